"""Elastic Path Commerce Cloud's jobs, ``GET /v2/jobs/:id``."""

from __future__ import annotations

from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.auth import Auth, ClientCredentials, Clock, bearer_key
from airflow_jobstatus.protocol.job import JobState
from airflow_jobstatus.protocol.vendor import Form, Listing, Vendor


def elastic_path_auth(account: Account, clock: Clock) -> Auth:
    """Sign with a token bought for client id and secret, or with a ready token where there is no client id.

    Source: https://elasticpath.dev/docs/authentication/Tokens/client-credential-token
    """
    if account.login:
        return ClientCredentials(account, clock, token_path="/oauth/access_token")  # noqa: S106  a path
    return bearer_key(account, clock)


ELASTIC_PATH = Vendor(
    name="Elastic Path",
    conn_type="elastic_path",
    docs="https://elasticpath.dev/docs/api/exports/get-a-job",
    base_url="https://api.moltin.com",
    auth=elastic_path_auth,
    form=Form(
        login="Client ID",
        login_placeholder="leave empty to give a ready token below",
        password="Client secret",  # noqa: S106  a label
    ),
    job_path="/v2/jobs/{id}",
    probe_path="/v2/jobs",
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
    # Product jobs keep under "attributes", promotion jobs under "meta", what the other jobs have at the top.
    status=("status", "attributes.status"),
    times={
        "created_at": ("timestamps.created_at", "attributes.created_at", "meta.timestamps.created_at"),
        "started_at": ("attributes.started_at",),
        "updated_at": ("timestamps.updated_at", "attributes.updated_at", "meta.timestamps.updated_at"),
        "completed_at": ("attributes.completed_at",),
    },
    error=("error",),
    # The pagination guide: page[limit] is at most 100. Where /v2/jobs does not page, one answer holds all.
    listing=Listing(
        path="/v2/jobs?page%5Blimit%5D=100", page_size=100, jobs="data", parameter="page%5Boffset%5D"
    ),
    # "Reads may lag writes, rarely up to a minute": the eventual-consistency page of elasticpath.dev.
    lag=60.0,
)
"""Elastic Path; its jobs have no counters and expire a week after creation."""
