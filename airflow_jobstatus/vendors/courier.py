"""Courier's bulk notifications, ``GET /bulk/:job_id``."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from airflow_jobstatus.protocol.errors import InvalidSubmissionError
from airflow_jobstatus.protocol.facts import Form, Probe, Records, Submit
from airflow_jobstatus.protocol.http import Flow, NotJsonError, Response
from airflow_jobstatus.protocol.job import JobState
from airflow_jobstatus.protocol.results import Results
from airflow_jobstatus.protocol.sign_in import HttpAuth
from airflow_jobstatus.protocol.submission import Submission
from airflow_jobstatus.protocol.vendor import Vendor, fill

MOST_USERS = 1000
"""Users in one call; a bound of ours, Courier's is by size."""
LARGEST_CHUNK = 5_000_000
"""Bytes of users in one call: Courier takes bodies of 6 MB
(https://www.courier.com/docs/reference/api-overview)."""
FIELDS = {"message", "users"}
REASONS_SHOWN = 3


def send(submission: Submission, payload: Any) -> Flow[str]:
    """Create a job, add its users, and run it; until that nothing is sent to anybody.

    Source: https://www.courier.com/docs/tutorials/sending/how-to-send-bulk-notifications.

    :param submission: The submission.
    :param payload: ``{"message": {"event": ..., ...}, "users": [...]}``, each as Courier's API takes it.
    :returns: the id of the job.
    """
    chunks = list(_chunks(_users(payload)))
    created = yield from submission.write(
        "/bulk", {"message": payload["message"]}, step="create", starts=False
    )
    job_id = submission.read_id(created, starts=False)
    refused: Counter[str] = Counter()
    for number, users in enumerate(chunks):
        answer = yield from submission.write(
            fill("/bulk/{id}", job_id), {"users": users}, step=f"users-{number}", job_id=job_id, starts=False
        )
        refused.update(_refused(answer))
    if refused:
        said = "; ".join(reason for reason, _ in refused.most_common(REASONS_SHOWN))
        reason = f"{refused.total()} of {sum(map(len, chunks))} users were refused: {said}"
        if refused.total() >= sum(map(len, chunks)):
            raise submission.refused(f"{reason}; the job was not run", job_id)
        submission.warn(reason)
    yield from submission.write(fill("/bulk/{id}/run", job_id), None, step="run", job_id=job_id)
    return job_id


def _users(payload: Any) -> list[Any]:
    if unknown := sorted(payload.keys() - FIELDS):
        raise InvalidSubmissionError(f"payload has {unknown[0]!r:.40}, and may have message and users only")
    users = payload["users"]
    if not isinstance(users, list) or not all(isinstance(user, dict) and user for user in users):
        raise InvalidSubmissionError("payload has users that are not a list of JSON objects")
    return users


def _chunks(users: list[Any]) -> Iterator[list[Any]]:
    chunk: list[Any] = []
    size = 0
    for user in users:
        length = len(json.dumps(user).encode()) + 2
        if length > LARGEST_CHUNK:
            raise InvalidSubmissionError(
                f"payload has a user of {length} bytes, which is too large for Courier"
            )
        if len(chunk) == MOST_USERS or size + length > LARGEST_CHUNK:
            yield chunk
            chunk, size = [], 0
        chunk.append(user)
        size += length
    yield chunk


def _refused(answer: Response) -> list[str]:
    """Return why users were refused, a reason for each; the users themselves are nobody's business."""
    try:
        body = answer.json()
    except NotJsonError:  # of the 2xx answers only some have a body
        return []
    errors = body.get("errors") if isinstance(body, dict) else None
    found = errors if isinstance(errors, list) else []
    return [str(one.get("error")) if isinstance(one, dict) else "no reason is given" for one in found]


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
    # https://github.com/trycourier/docs, docs/reference/idempotent-requests.mdx: the first answer to a POST
    # is repeated for 24 hours, that of an error too.
    submit=Submit(
        path="/bulk",
        id="jobId",
        idempotency_header="Idempotency-Key",
        required=("message.event", "users"),
        find="look for its messages in Courier's log",
        flow=send,
    ),
    # What became of each user, and the id of the message: "list users" of the same tutorial.
    results=Results(
        path="/bulk/{id}/users",
        records="items",
        cursor="paging.cursor",
        more="paging.more",
        formats={"ndjson": "application/json"},
    ),
)
"""Courier; its answer carries no id, no times, and as documented no reason of a failure."""
