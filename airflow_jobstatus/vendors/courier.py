"""Courier's bulk notifications, ``GET /bulk/:job_id``."""

from __future__ import annotations

from airflow_jobstatus.protocol.facts import Form, Probe, Records
from airflow_jobstatus.protocol.job import JobState
from airflow_jobstatus.protocol.sign_in import HttpAuth
from airflow_jobstatus.protocol.vendor import Vendor

COURIER = Vendor(
    name="Courier",
    conn_type="courier",
    docs="https://courier.com/docs/reference/bulk/get_job",
    base_url="https://api.courier.com",
    auth=HttpAuth(),
    form=Form(password="API key", password_placeholder="pk_prod_..."),  # noqa: S106  a label and an example
    path="/bulk/{id}",
    # Courier lists no bulk jobs, so the probe asks for one that is not there.
    probe=Probe(path="/bulk/airflow-connection-test", codes=frozenset({200, 400, 404})),
    # The four words of https://github.com/trycourier/courier-python, types/bulk_retrieve_job_response.py.
    states={
        "created": JobState.PENDING,
        "processing": JobState.RUNNING,
        "completed": JobState.SUCCEEDED,
        "error": JobState.FAILED,
    },
    job="job",
    # No reason is documented; these are where others put one.
    error=("error", "failure"),
    records=Records(
        counters={"received": "received", "enqueued": "enqueued", "failures": "failures"},
        total="received",
        succeeded="enqueued",
        failed="failures",
    ),
)
"""Courier; its answer carries no id, no times, and as documented no reason of a failure."""
