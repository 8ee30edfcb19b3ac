"""What every file of ``tests/fixtures`` has to be read as, and with which HTTP code it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from airflow_jobstatus.protocol.errors import (
    CallError,
    NotFoundError,
    PermanentError,
    TransientError,
    UnauthorizedError,
)
from airflow_jobstatus.protocol.job import JobState

PENDING, RUNNING = JobState.PENDING, JobState.RUNNING
SUCCEEDED, FAILED, CANCELLED = JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A job."""

    state: JobState
    status: str
    counters: Mapping[str, int] = field(default_factory=dict)
    records: tuple[int | None, int | None, int | None, int | None] = (None, None, None, None)
    """Total, processed, succeeded, failed."""
    progress: float | None = None
    error: str | None = None
    times: Mapping[str, str] = field(default_factory=dict)
    code: int = 200


@dataclass(frozen=True)
class Missed:
    """An error."""

    code: int
    kind: type[CallError]
    words: str


def courier(received: int, enqueued: int, failures: int, progress: float) -> dict[str, object]:
    return {
        "counters": {"received": received, "enqueued": enqueued, "failures": failures},
        "records": (received, enqueued + failures, enqueued, failures),
        "progress": progress,
    }


def geobridge(
    total: int, processed: int, succeeded: int, failed: int, progress: float | None
) -> dict[str, object]:
    return {
        "counters": {
            "total_records": total,
            "processed_records": processed,
            "successful_records": succeeded,
            "failed_records": failed,
        },
        "records": (total, processed, succeeded, failed),
        "progress": progress,
    }


def made(created: str, updated: str | None = None, **more: str) -> dict[str, str]:
    return {"created_at": created, **({"updated_at": updated} if updated else {}), **more}


EXPORT = made("2018-10-04T11:08:49.156490+00:00", "2018-10-04T11:08:49.162867+00:00")
NO_MATCH = "No results matched the supplied filter"
IMPORT = made(
    "2024-01-05T13:46:41.695000+00:00",
    "2024-01-05T13:46:42.070000+00:00",
    started_at="2024-01-05T13:46:42.070000+00:00",
    completed_at="2024-01-05T13:46:42.142000+00:00",
)
SUBMITTED = {"created_at": "2024-03-18T12:40:00+00:00"}
STARTED = {**SUBMITTED, "started_at": "2024-03-18T12:41:05+00:00"}
NO_JOB = "without a job"

EXPECTED: Mapping[tuple[str, str], Seen | Missed] = {
    ("courier", "completed"): Seen(state=SUCCEEDED, status="COMPLETED", **courier(2, 2, 0, 1.0)),
    ("courier", "inferred_completed_with_failures"): Seen(
        state=SUCCEEDED, status="COMPLETED", **courier(5, 3, 2, 1.0)
    ),
    ("courier", "created_schema_placeholder"): Seen(
        state=PENDING, status="CREATED", **courier(123, 123, 123, 1.0)
    ),
    ("courier", "inferred_created"): Seen(state=PENDING, status="CREATED", **courier(2, 0, 0, 0.0)),
    ("courier", "inferred_processing"): Seen(state=RUNNING, status="PROCESSING", **courier(2, 1, 0, 0.5)),
    ("courier", "inferred_error"): Seen(state=FAILED, status="ERROR", **courier(2, 0, 2, 1.0)),
    ("courier", "error_400"): Missed(400, PermanentError, "Error Message: invalid_request_error"),
    ("courier", "error_400_validation"): Missed(
        400, PermanentError, "Either 'content' or 'template' must be"
    ),
    ("courier", "inferred_error_401"): Missed(401, UnauthorizedError, "Unauthorized: authentication_error"),
    ("courier", "inferred_error_403"): Missed(403, UnauthorizedError, "Forbidden: authorization_error"),
    ("courier", "inferred_error_404"): Missed(404, NotFoundError, "Job not found"),
    ("courier", "inferred_error_429"): Missed(429, TransientError, "Rate limit exceeded"),
    ("courier", "inferred_error_500"): Missed(500, TransientError, "Internal error: api_error"),
    ("courier", "inferred_error_503"): Missed(503, TransientError, "Service Unavailable: api_error"),
    ("courier", "create_job_201"): Missed(201, PermanentError, NO_JOB),
    ("courier", "ingest_users_200_with_errors"): Missed(200, PermanentError, NO_JOB),
    ("courier", "list_users_page"): Missed(200, PermanentError, NO_JOB),
    ("elastic_path", "complete"): Seen(
        state=SUCCEEDED,
        status="complete",
        times=made("2018-08-20T11:01:15.419445+00:00", "2018-08-20T11:01:25.377485+00:00"),
    ),
    ("elastic_path", "inferred_success"): Seen(state=SUCCEEDED, status="success", times=EXPORT),
    ("elastic_path", "inferred_success_upper"): Seen(state=SUCCEEDED, status="SUCCESS", times=EXPORT),
    ("elastic_path", "inferred_processing"): Seen(state=RUNNING, status="processing", times=EXPORT),
    ("elastic_path", "inferred_started_upper"): Seen(state=RUNNING, status="STARTED", times=EXPORT),
    ("elastic_path", "pending"): Seen(
        state=PENDING, status="pending", times=made("2018-08-20T11:01:15.419445+00:00")
    ),
    ("elastic_path", "create_job_201_pending"): Seen(
        state=PENDING, status="pending", times=made("2018-08-20T15:01:13.019450+00:00"), code=201
    ),
    ("elastic_path", "failed"): Seen(state=FAILED, status="failed", error=NO_MATCH, times=EXPORT),
    ("elastic_path", "failed_schema_placeholder"): Seen(
        state=FAILED, status="failed", error=NO_MATCH, times=EXPORT
    ),
    ("elastic_path", "inferred_failed_error_null"): Seen(state=FAILED, status="failed", times=EXPORT),
    ("elastic_path", "pcm_started"): Seen(
        state=RUNNING,
        status="started",
        times=made("2024-01-05T13:46:41.695000+00:00", "2024-01-05T13:46:42.070000+00:00"),
    ),
    ("elastic_path", "pcm_cancelled"): Seen(
        state=CANCELLED,
        status="cancelled",
        times=made("2023-11-14T15:37:13.589000+00:00", "2023-11-14T15:37:13.589000+00:00"),
    ),
    ("elastic_path", "pcm_pending_export"): Seen(
        state=PENDING,
        status="pending",
        times=made("2024-01-05T15:27:23.161000+00:00", "2024-01-05T15:27:23.161000+00:00"),
    ),
    ("elastic_path", "pcm_success_export"): Seen(
        state=SUCCEEDED,
        status="success",
        times=made(
            "2024-01-05T15:27:23.161000+00:00",
            "2024-01-05T15:27:23.650000+00:00",
            started_at="2024-01-05T15:27:23.650000+00:00",
            completed_at="2024-01-05T15:27:23.663000+00:00",
        ),
    ),
    ("elastic_path", "pcm_success_import"): Seen(state=SUCCEEDED, status="success", times=IMPORT),
    ("elastic_path", "promotion_cancelling"): Seen(
        state=RUNNING,
        status="cancelling",
        times=made("2024-12-03T23:31:40.962680+00:00", "2024-12-03T23:31:40.962680+00:00"),
    ),
    ("elastic_path", "error_400"): Missed(400, PermanentError, "required: enabled is required"),
    ("elastic_path", "error_401"): Missed(401, UnauthorizedError, "Unable to validate access token"),
    ("elastic_path", "error_403"): Missed(403, UnauthorizedError, "Forbidden"),
    ("elastic_path", "error_404"): Missed(404, NotFoundError, "The requested category could not be found"),
    ("elastic_path", "error_404_unwrapped"): Missed(
        404, NotFoundError, "The resource you are requesting does not"
    ),
    ("elastic_path", "error_409"): Missed(409, PermanentError, "Write conflict detected"),
    ("elastic_path", "error_429"): Missed(429, TransientError, "HTTP 429 Too Many Requests"),
    ("elastic_path", "error_429_status_only"): Missed(429, TransientError, "HTTP 429 Too Many Requests"),
    ("elastic_path", "error_500"): Missed(500, TransientError, "you can report with your request id"),
    ("elastic_path", "error_500_with_meta"): Missed(500, TransientError, "An internal error has occurred."),
    ("elastic_path", "pcm_error_404_string_status"): Missed(404, NotFoundError, "Not Found"),
    ("elastic_path", "pcm_error_422_string_status"): Missed(422, PermanentError, "<XYZ> can not be empty"),
    ("elastic_path", "promotion_file_not_ready_422"): Missed(
        422, PermanentError, "Job has no file to download"
    ),
    ("elastic_path", "token_400_string_status"): Missed(400, PermanentError, "Bad Request"),
    ("elastic_path", "token_401_string_status"): Missed(401, UnauthorizedError, "Unauthorized"),
    ("elastic_path", "token_500_string_status"): Missed(
        500, TransientError, "there was a problem processing"
    ),
    ("elastic_path", "create_job_202_array"): Missed(202, PermanentError, NO_JOB),
    ("elastic_path", "job_file_schema_placeholder"): Missed(200, PermanentError, NO_JOB),
    ("elastic_path", "list_failed"): Missed(200, PermanentError, NO_JOB),
    ("elastic_path", "list_pending_processing"): Missed(200, PermanentError, NO_JOB),
    ("elastic_path", "pcm_job_errors"): Missed(200, PermanentError, NO_JOB),
    ("elastic_path", "pcm_list"): Missed(200, PermanentError, NO_JOB),
    ("elastic_path", "promotion_list_failed"): Missed(200, PermanentError, NO_JOB),
    ("elastic_path", "token_200"): Missed(200, PermanentError, NO_JOB),
    ("elastic_path", "token_200_wrapped"): Missed(200, PermanentError, NO_JOB),
    ("elastic_path", "token_200_implicit_wrapped"): Missed(200, PermanentError, NO_JOB),
    ("geobridge", "processing"): Seen(
        state=RUNNING, status="processing", **geobridge(1000, 640, 638, 2, 0.64), times=STARTED
    ),
    ("geobridge", "inferred_queued"): Seen(state=PENDING, status="queued", times=SUBMITTED),
    ("geobridge", "inferred_succeeded"): Seen(
        state=SUCCEEDED,
        status="succeeded",
        **geobridge(1000, 1000, 995, 5, 1.0),
        times={**STARTED, "completed_at": "2024-03-18T12:49:12+00:00"},
    ),
    ("geobridge", "inferred_failed"): Seen(
        state=FAILED,
        status="failed",
        **geobridge(0, 0, 0, 0, None),
        error="Input could not be downloaded.",
        times={**STARTED, "completed_at": "2024-03-18T12:42:00+00:00"},
    ),
    ("geobridge", "inferred_cancelled"): Seen(
        state=CANCELLED, status="cancelled", **geobridge(1000, 640, 638, 2, 0.64), times=STARTED
    ),
    ("geobridge", "inferred_error_409_still_running"): Seen(state=RUNNING, status="processing", code=409),
    ("geobridge", "cancel_error_409"): Seen(state=RUNNING, status="processing", code=409),
    ("geobridge", "error_401"): Missed(401, UnauthorizedError, "API key is missing or invalid."),
    ("geobridge", "error_404"): Missed(404, NotFoundError, "No job exists with id 00000000"),
    ("geobridge", "error_429"): Missed(429, TransientError, "may only be polled twice per second"),
    ("geobridge", "error_500"): Missed(500, TransientError, "Failed to deserialize job payload"),
    ("geobridge", "cancel_error_429"): Missed(429, TransientError, "once every 5 seconds"),
    ("geobridge", "cancel_error_500"): Missed(500, TransientError, "Unexpected exception while cancelling"),
    ("geobridge", "inferred_list"): Missed(200, PermanentError, NO_JOB),
}
