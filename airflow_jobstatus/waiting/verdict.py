"""What a job means for the wait that polls it: the one place where that is decided."""

from __future__ import annotations

from airflow_jobstatus.protocol.errors import InvalidConnectionError
from airflow_jobstatus.protocol.job import Job, JobState
from airflow_jobstatus.protocol.vendor import Vendor
from airflow_jobstatus.waiting.outcome import Ending, Outcome
from airflow_jobstatus.waiting.wait import Wait

ENDINGS = {
    JobState.SUCCEEDED: Ending.SUCCEEDED,
    JobState.FAILED: Ending.FAILED,
    JobState.CANCELLED: Ending.CANCELLED,
}


def conclude(vendor: str, job: Job, wait: Wait) -> Outcome | None:
    """Return how a poll ends the wait, None if the job goes on.

    :param vendor: The vendor's name.
    :param job: The job as it was seen.
    :param wait: What was asked for.
    """
    ending = ENDINGS.get(job.state)
    if ending is None:
        return None
    subject = f"{vendor} job {job.id!r}"
    told = describe(job)
    if ending is Ending.SUCCEEDED and (
        broken := excess(job.failed or 0, job.total or job.processed or 0, wait)
    ):
        return Outcome(ending=Ending.TOO_MANY_FAILED, message=f"{subject} {told}, {broken}", job=job)
    because = f": {job.error}" if job.error else ""
    return Outcome(ending=ending, message=f"{subject} {told}{because}", job=job)


def describe(job: Job) -> str:
    """Return a job's state for people: ``processing, 640/1000 records, 64 %``."""
    parts = [f"is {job.status}" if not job.state.is_terminal else f"ended as {job.status}"]
    if records := describe_records(job):
        parts.append(records)
    return ", ".join(parts)


def describe_records(job: Job) -> str:
    """Return a job's counters for people, empty where it has none."""
    if job.processed is not None and job.total is not None:
        share = "" if job.progress is None else f", {job.progress:.0%}".replace("%", " %")
        failed = f", {job.failed} failed" if job.failed else ""
        return f"{job.processed}/{job.total} records{share}{failed}"
    return ", ".join(f"{name} {count}" for name, count in job.counters.items())


def describe_cancellation(vendor: str, job_id: str, *, accepted: bool) -> str:
    """Return for people what became of asking a vendor to cancel a job."""
    return f"{vendor} job {job_id!r} {'is being cancelled' if accepted else 'had ended already'}"


def excess(failed: int, total: int, wait: Wait) -> str:
    """Return by what records that failed break the limits of a wait, empty if they do not.

    :param failed: How many failed.
    :param total: Of how many.
    :param wait: What was asked for.
    """
    if wait.max_failed is not None and failed > wait.max_failed:
        return f"and {failed} failed records are more than max_failed={wait.max_failed}"
    if wait.max_failed_ratio is not None and total and failed / total > wait.max_failed_ratio:
        return (
            f"and {failed} of {total} failed records are more than max_failed_ratio={wait.max_failed_ratio}"
        )
    return ""


def check_limits(vendor: Vendor, wait: Wait) -> None:
    """Refuse a limit of failed records where the vendor counts none.

    :param vendor: The vendor.
    :param wait: What was asked for.
    :raises InvalidConnectionError: if it cannot be judged.
    """
    if wait.judges_records and vendor.records.failed is None:
        raise InvalidConnectionError(
            f"max_failed and max_failed_ratio cannot be judged: {vendor.name} counts no failed records"
        )
