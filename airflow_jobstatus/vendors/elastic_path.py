"""Elastic Path Commerce Cloud's jobs, ``GET /v2/jobs/:id``."""

from __future__ import annotations

from airflow_jobstatus.protocol.facts import Form, Listing, Probe, Submit
from airflow_jobstatus.protocol.job import JobState
from airflow_jobstatus.protocol.results import Results
from airflow_jobstatus.protocol.sign_in import OAuth2
from airflow_jobstatus.protocol.vendor import Vendor

ELASTIC_PATH = Vendor(
    name="Elastic Path",
    conn_type="elastic_path",
    docs="https://elasticpath.dev/docs/api/exports/get-a-job",
    base_url="https://api.moltin.com",
    # A token bought for client id and secret, or a ready token where there is no client id:
    # https://elasticpath.dev/docs/authentication/Tokens/client-credential-token
    auth=OAuth2(
        token_url="/oauth/access_token",  # noqa: S106  a path
        token=("data.access_token", "access_token"),
        expires_in=("data.expires_in", "expires_in"),
        ready_token=True,
    ),
    form=Form(
        login="Client ID",
        login_placeholder="leave empty to give a ready token below",
        password="Client secret",  # noqa: S106  a label
    ),
    path="/v2/jobs/{id}",
    probe=Probe(path="/v2/jobs"),
    # The documents disagree in words and in case: the exporter's OpenAPI file says pending, started, success,
    # failed; older pages and the JavaScript SDK say processing and complete; promotion and product jobs add
    # completed, cancelling and cancelled.
    states={
        "pending": JobState.PENDING,
        "processing": JobState.RUNNING,
        "started": JobState.RUNNING,
        "cancelling": JobState.RUNNING,
        "complete": JobState.SUCCEEDED,
        "completed": JobState.SUCCEEDED,
        "success": JobState.SUCCEEDED,
        "failed": JobState.FAILED,
        "cancelled": JobState.CANCELLED,
        "canceled": JobState.CANCELLED,
    },
    job="data",
    id="id",
    # Product jobs keep under "attributes", promotion jobs under "meta", what the other jobs have at the top.
    status=("status", "attributes.status"),
    times={
        "created_at": ("timestamps.created_at", "attributes.created_at", "meta.timestamps.created_at"),
        "started_at": "attributes.started_at",
        "updated_at": ("timestamps.updated_at", "attributes.updated_at", "meta.timestamps.updated_at"),
        "completed_at": "attributes.completed_at",
    },
    error=("error", "failure"),
    # A list of errors, one of the guide's samples but its entry alone.
    error_form=("errors", "title"),
    # "Create a job" answers 201 with the job, or 202 with a list of it; no idempotency key is documented:
    # https://elasticpath.dev/docs/api/exports/create-a-job
    submit=Submit(
        path="/v2/jobs",
        id=("data.id", "data[].id"),
        required=("data.job_type",),
        find="look for it in the list at GET /v2/jobs, which shows when each was made,",
    ),
    # "Get a job file" shows the link under data, the JavaScript SDK without; a promotion's file that is asked
    # for too early is a 422: https://elasticpath.dev/docs/api/exports/get-a-job-file
    results=Results(
        path="/v2/jobs/{id}/file",
        link=("data.href", "href"),
        formats={"csv": "application/json"},
        unready_codes=frozenset({422}),
    ),
    # The pagination guide: page[limit] is at most 100. Where /v2/jobs does not page, one answer holds all.
    listing=Listing(
        path="/v2/jobs?page%5Blimit%5D=100", page_size=100, jobs="data", parameter="page%5Boffset%5D"
    ),
    # "Reads may lag writes, rarely up to a minute": the eventual-consistency page of elasticpath.dev.
    lag=60.0,
)
"""Elastic Path; its jobs have no counters and expire a week after creation."""
