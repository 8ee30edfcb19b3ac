"""What a job means for the wait that polls it: the one place where that is decided."""

from __future__ import annotations

from airflow_jobstatus.protocol.errors import InvalidConnectionError
from airflow_jobstatus.protocol.job import Job, JobState
from airflow_jobstatus.protocol.vendor import Vendor
from airflow_jobstatus.waiting.description import describe, job_name
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
    subject = job_name(vendor, job.id)
    if ending is Ending.SUCCEEDED:
        if broken := excess(job.failed or 0, job.total or job.processed or 0, wait):
            return Outcome(
                ending=Ending.TOO_MANY_FAILED, message=f"{subject} succeeded, but {broken}", job=job
            )
        return Outcome(ending=ending, message=f"{subject} {describe(job)}", job=job)
    because = job.error or f"{vendor} gives no reason"
    return Outcome(ending=ending, message=f"{subject} {describe(job)}: {because}", job=job)


def excess(failed: int, total: int, wait: Wait) -> str:
    """Return by what records that failed break the limits of a wait, empty if they do not.

    :param failed: How many failed.
    :param total: Of how many.
    :param wait: What was asked for.
    """
    what = (
        f"{failed} of {total} records ({_percent(failed / total)}) failed"
        if total
        else f"{failed} records failed"
    )
    if wait.max_failed is not None and failed > wait.max_failed:
        return f"{what}: over max_failed={wait.max_failed}"
    if wait.max_failed_ratio is not None and total and failed / total > wait.max_failed_ratio:
        return f"{what}: over max_failed_ratio={wait.max_failed_ratio}"
    return ""


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def check_limits(vendor: Vendor, wait: Wait) -> None:
    """Refuse a limit of failed records that the vendor's counters cannot check.

    :param vendor: The vendor.
    :param wait: What was asked for.
    :raises InvalidConnectionError: if the vendor counts no failed records or, for a ratio, no total.
    """
    if wait.judges_records and vendor.records.failed is None:
        raise InvalidConnectionError(
            f"max_failed and max_failed_ratio cannot be judged: {vendor.name} counts no failed records"
        )
    records = vendor.records
    if wait.max_failed_ratio is not None and not (records.total or records.processed or records.succeeded):
        raise InvalidConnectionError(
            f"max_failed_ratio cannot be judged: {vendor.name} counts failed records, but not how many there "
            "are in all"
        )
