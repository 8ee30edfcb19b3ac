"""A server that plays Courier, Elastic Path, GeoBridge and an HTTP job API, to test DAGs without an account.

``python -m airflow_jobstatus.sandbox`` starts it and prints the connections to use; in tests::

    sandbox = Sandbox(seconds=2)
    job_id = sandbox.add_job("geobridge", failed_records=5)
    with sandbox.serve() as url:
        connections = sandbox.connections(url)
        sandbox.add_fault("geobridge", "outage", seconds=5)

It plays any other API too that a connection of type ``http_job`` declares: :meth:`Sandbox.add_api`, or
``--connection FILE`` on the command line. Each value is placed where the declaration looks for it, if that is
names joined by dots; for more, pass what the API answers.
"""

from airflow_jobstatus.sandbox.courier import COURIER_API_KEY
from airflow_jobstatus.sandbox.elastic_path import ELASTIC_PATH_CLIENT_ID, ELASTIC_PATH_CLIENT_SECRET
from airflow_jobstatus.sandbox.geobridge import GEOBRIDGE_API_KEY
from airflow_jobstatus.sandbox.http_job import HTTP_JOB_KEY
from airflow_jobstatus.sandbox.logged import LoggedRequest
from airflow_jobstatus.sandbox.server import Sandbox

__all__ = [
    "COURIER_API_KEY",
    "ELASTIC_PATH_CLIENT_ID",
    "ELASTIC_PATH_CLIENT_SECRET",
    "GEOBRIDGE_API_KEY",
    "HTTP_JOB_KEY",
    "LoggedRequest",
    "Sandbox",
]
