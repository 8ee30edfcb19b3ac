"""The vendors that this package knows, each as data in a file of its own; and what a declaration is made of.

Whoever declares a vendor in Python imports from here alone; ``geobridge.py`` is a full example. A
declaration is a :class:`Vendor`, checked when it is made. A hook names it, and a provider lists the hook's
connection type by :func:`connection_type`::

    from airflow_jobstatus.hooks.base import JobStatusHook
    from airflow_jobstatus.vendors import Form, HttpAuth, JobState, Probe, Vendor

    ACME = Vendor(name="Acme", conn_type="acme", path="/jobs/{id}", auth=HttpAuth(), ...)

    class AcmeHook(JobStatusHook):
        vendor = ACME

Nothing here imports Airflow or an HTTP library.
"""

from airflow_jobstatus.connections.form import connection_type
from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.errors import InvalidVendorError
from airflow_jobstatus.protocol.facts import Cancel, Form, Listing, Probe, Records, Submit
from airflow_jobstatus.protocol.http import Flow, Request, Response, follow
from airflow_jobstatus.protocol.job import Job, JobState
from airflow_jobstatus.protocol.results import Results
from airflow_jobstatus.protocol.sign_in import HttpAuth, KeyAuth, NoAuth, OAuth2
from airflow_jobstatus.protocol.signing import Auth, Clock, Signature
from airflow_jobstatus.protocol.submission import Submission
from airflow_jobstatus.protocol.vendor import Vendor
from airflow_jobstatus.vendors.courier import COURIER
from airflow_jobstatus.vendors.declared import HTTP_JOB, declared
from airflow_jobstatus.vendors.elastic_path import ELASTIC_PATH
from airflow_jobstatus.vendors.geobridge import GEOBRIDGE

__all__ = [
    "COURIER",
    "ELASTIC_PATH",
    "GEOBRIDGE",
    "HTTP_JOB",
    "Account",
    "Auth",
    "Cancel",
    "Clock",
    "Flow",
    "Form",
    "HttpAuth",
    "InvalidVendorError",
    "Job",
    "JobState",
    "KeyAuth",
    "Listing",
    "NoAuth",
    "OAuth2",
    "Probe",
    "Records",
    "Request",
    "Response",
    "Results",
    "Signature",
    "Submission",
    "Submit",
    "Vendor",
    "connection_type",
    "declared",
    "follow",
]
