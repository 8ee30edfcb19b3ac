"""GeoBridge's geocoding batches, ``GET /bulk/jobs/{id}``."""

from __future__ import annotations

from airflow_jobstatus.protocol.facts import Cancel, Form, Listing, Probe, Records, Submit
from airflow_jobstatus.protocol.job import JobState
from airflow_jobstatus.protocol.results import Results
from airflow_jobstatus.protocol.sign_in import KeyAuth
from airflow_jobstatus.protocol.vendor import Vendor

RECORDS = ("total_records", "processed_records", "successful_records", "failed_records")

GEOBRIDGE = Vendor(
    name="GeoBridge",
    conn_type="geobridge",
    docs="https://geobridge-docs-site.pages.dev/reference/bulk-jobs",
    base_url="https://api-na.geobridge.io/v1",
    auth=KeyAuth(name="X-API-Key"),
    form=Form(password="API key"),  # noqa: S106  a label
    path="/bulk/jobs/{id}",
    probe=Probe(path="/bulk/jobs?limit=1"),
    # "pending" is the prose of the cancel page for queued.
    states={
        "queued": JobState.PENDING,
        "pending": JobState.PENDING,
        "processing": JobState.RUNNING,
        "succeeded": JobState.SUCCEEDED,
        "failed": JobState.FAILED,
        "cancelled": JobState.CANCELLED,
        "canceled": JobState.CANCELLED,
    },
    id="id",
    records=Records(
        counters={name: f"statistics.{name}" for name in RECORDS},
        total="total_records",
        processed="processed_records",
        succeeded="successful_records",
        failed="failed_records",
    ),
    times={
        "created_at": "submitted_at",
        "started_at": "started_at",
        "completed_at": "completed_at",
    },
    # A broken callback can fail a job whose data are sound, so its errors are reported too.
    error=("error", "failure", "delivery_attempts[].error"),
    # "application/problem+json".
    error_form=("type", "title"),
    # The get-started guide says that 409 on this GET means still running.
    http_states={409: "processing"},
    # "createbulkjob": the id is under id, in the guide under job_id; a key gets its first answer again for
    # 24 hours.
    submit=Submit(
        path="/bulk/jobs",
        id=("id", "job_id"),
        idempotency_header="X-Idempotency-Key",
        required=("input",),
        find="look for it in the list at GET /bulk/jobs, the newest first,",
    ),
    # "cancelbulkjob": 202 while it goes on to cancelled, 409 once it has ended.
    cancel=Cancel(path="/bulk/jobs/{id}", ended_codes=frozenset({409})),
    # "getbulkjobresults": pages with a cursor, or a stream for who accepts one; large results are a presigned
    # URL, whose field is not published. The 409 of the get-started guide is one of a job that still runs.
    results=Results(
        path="/bulk/jobs/{id}/results",
        link=("results.url", "url", "results_url", "download_url", "href"),
        records=("results.features", "results"),
        cursor="cursor",
        formats={"ndjson": "application/x-ndjson", "csv": "text/csv"},
        format_parameter="format",
        unready_codes=frozenset({409}),
    ),
    # "listbulkjobs": newest first; the largest page is not published.
    listing=Listing(
        path="/bulk/jobs?limit=100", page_size=100, jobs="jobs", cursor="cursor", parameter="cursor"
    ),
    # "Job status may only be polled twice per second."
    min_interval=0.5,
)
"""GeoBridge; its answer holds ``callback.secret`` in clear, which is never read."""
