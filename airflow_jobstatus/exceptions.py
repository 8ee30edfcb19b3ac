"""What a task of this package raises when it fails: catch these, or name them in a ``retry_policy``.

Each is a subclass of the exception by which Airflow decides on retries: after an ``AirflowFailException`` or
an ``AirflowSensorTimeout`` there is none. ``OUTCOMES`` is the table of all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow.providers.common.compat.sdk import (
    AirflowException,
    AirflowFailException,
    AirflowSensorTimeout,
    AirflowTaskTimeout,
)

from airflow_jobstatus.waiting.outcome import Ending, Outcome

if TYPE_CHECKING:
    from airflow_jobstatus.protocol.job import Job


class JobStatusFailure(BaseException):
    """What all of these exceptions have in common: they know how the wait ended.

    :param message: Which job of which vendor, what happened, what to do.
    """

    outcome: Outcome | None = None
    """How the wait ended, None where it never began."""

    @property
    def job(self) -> Job | None:
        """Return the job as it was last seen, with its counters; None if it never was, and for a list."""
        return None if self.outcome is None else self.outcome.job

    @property
    def jobs(self) -> tuple[Job | None, ...]:
        """Return the jobs as they were last seen, in the order given; one for a wait for one."""
        if self.outcome is None:
            return ()
        return (self.outcome.job,) if self.outcome.jobs is None else self.outcome.jobs

    @property
    def counters(self) -> dict[str, int]:
        """Return each counter by the vendor's own name, of many jobs the sum."""
        return {} if self.outcome is None else self.outcome.counters


class JobFailed(JobStatusFailure, AirflowFailException):
    """The vendor says that the job failed."""


class JobCancelled(JobStatusFailure, AirflowFailException):
    """Somebody cancelled the job at the vendor."""


class TooManyFailed(JobStatusFailure, AirflowFailException):
    """The job succeeded, but more records failed than ``max_failed`` or ``max_failed_ratio`` allows."""


class JobTimeout(JobStatusFailure, AirflowSensorTimeout):
    """The job has not ended within the sensor's ``timeout``."""


class ExecutionTimeout(JobStatusFailure, AirflowTaskTimeout):
    """The job has not ended within the task's ``execution_timeout``, in the triggerer."""


class JobStalled(JobStatusFailure, AirflowFailException):
    """Nothing about the job has changed for ``stall_timeout``."""


class JobGone(JobStatusFailure, AirflowFailException):
    """The vendor no longer knows the job."""


class JobRejected(JobStatusFailure, AirflowFailException):
    """No poll can succeed: the id is unknown or wrong, or the connection or an argument cannot be used."""


class JobMayExist(JobStatusFailure, AirflowFailException):
    """A job may have been submitted, but nobody knows; a retry might submit it twice."""


class StoreUnavailable(JobStatusFailure, AirflowException):
    """Airflow's task state store failed, and without it a job might be submitted twice."""


class ResultsNotReady(JobStatusFailure, AirflowException):
    """The results of the job are not there yet."""


class ResultsNotWritten(JobStatusFailure, AirflowException):
    """The results could not be written to their file."""


class Unreachable(JobStatusFailure, AirflowException):
    """The vendor's API gave no good answer for ``unreachable_timeout``."""


class Unauthorized(JobStatusFailure, AirflowException):
    """The vendor refused the credential, or its rights."""


class ConnectionMissing(JobStatusFailure, AirflowException):
    """Airflow has no such connection, or could not look it up."""


class ReleasesDiffer(JobStatusFailure, AirflowException):
    """The trigger's event cannot be read: worker and triggerer run different releases of this package."""


@dataclass(frozen=True)
class Row:
    """What becomes of a task by one ending of its wait.

    :param when: What happened, for people.
    :param raises: What the task raises, None for a success.
    :param is_retried: Whether Airflow retries the task, if it has retries left.
    """

    when: str
    raises: type[JobStatusFailure] | None
    is_retried: bool = False


OUTCOMES: Mapping[Ending, Row] = {
    Ending.SUCCEEDED: Row("the job succeeded", None),
    Ending.TOO_MANY_FAILED: Row(
        "the job succeeded, but too many records failed (`max_failed`, `max_failed_ratio`)", TooManyFailed
    ),
    Ending.FAILED: Row("the job failed", JobFailed),
    Ending.CANCELLED: Row("the job was cancelled", JobCancelled),
    Ending.GONE: Row("the job no longer exists", JobGone),
    Ending.REJECTED: Row("no poll can succeed: the id, the connection or an argument is wrong", JobRejected),
    Ending.STALLED: Row("nothing about the job changed for `stall_timeout`", JobStalled),
    Ending.TIMEOUT: Row("the job has not ended within `timeout`", JobTimeout),
    Ending.EXECUTION_TIMEOUT: Row(
        "the job has not ended within `execution_timeout`", ExecutionTimeout, is_retried=True
    ),
    Ending.UNREACHABLE: Row(
        "the API gave no good answer for `unreachable_timeout`", Unreachable, is_retried=True
    ),
    Ending.UNAUTHORIZED: Row("the credential or its rights were refused", Unauthorized, is_retried=True),
}
"""What becomes of a task, by each ending of its wait: the documentation and the tests are made of it."""


def outcome_table() -> str:
    """Return ``OUTCOMES`` as the table of the documentation."""
    lines = ["| What happened | The task raises | Retried |", "| --- | --- | --- |"]
    for row in OUTCOMES.values():
        raises = "nothing, it succeeds" if row.raises is None else f"`{row.raises.__name__}` ({_base(row)})"
        retried = "" if row.raises is None else "yes" if row.is_retried else "no"
        lines.append(f"| {row.when} | {raises} | {retried} |")
    return "\n".join(lines)


def _base(row: Row) -> str:
    bases = () if row.raises is None else row.raises.__bases__
    return ", ".join(f"`{base.__name__}`" for base in bases if base is not JobStatusFailure)
