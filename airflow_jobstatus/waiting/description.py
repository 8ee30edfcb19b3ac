"""How a job is put into words for people: in messages, in the log, by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from airflow_jobstatus.protocol.job import Job
from airflow_jobstatus.protocol.vendor import normal
from airflow_jobstatus.waiting.outcome import Outcome


class Counted(Protocol):
    """What has counters: a job, or the sum of many."""

    @property
    def counters(self) -> Mapping[str, int]:
        """The vendor's own counters by their own names."""

    @property
    def total(self) -> int | None:
        """How many records there are."""

    @property
    def processed(self) -> int | None:
        """How many are dealt with."""

    @property
    def failed(self) -> int | None:
        """How many failed."""

    @property
    def progress(self) -> float | None:
        """The share of the work done, 0 to 1."""


def job_name(vendor: str, job_id: str) -> str:
    """Return how messages and the log name a job: ``GeoBridge job 'x'``."""
    return f"{vendor} job {job_id!r}"


def describe(job: Job) -> str:
    """Return a job's state as the end of a sentence: ``is processing, 64 %, 640/1000 records``."""
    state = _ended(job) if job.state.is_terminal else f"is {job.status}"
    return _joined(state, describe_records(job))


def headline(job: Job) -> str:
    """Return a job's state as a line of the log begins: ``64 %, 640/1000 records, processing``."""
    return _joined(describe_records(job), job.status)


def closing(outcome: Outcome) -> str:
    """Return how a wait ended as its last line in the log begins: ``failed, 64 %, 640/1000 records``."""
    job = outcome.job
    if job is None or not job.state.is_terminal:
        return outcome.ending.in_words
    return _joined(_ended(job), describe_records(job))


def describe_records(counted: Counted) -> str:
    """Return counters for people, empty where there are none."""
    share = "" if counted.progress is None else f"{100 * counted.progress:.0f} %"
    if counted.processed is not None and counted.total is not None:
        failed = f"{counted.failed} failed" if counted.failed else ""
        return _joined(share, f"{counted.processed}/{counted.total} records", failed)
    return _joined(share, *(f"{name} {count}" for name, count in counted.counters.items()))


def numbers(counted: Counted) -> dict[str, Any]:
    """Return counters as the fields of a log line; those that are unknown are left out."""
    fields = {name: getattr(counted, name) for name in ("processed", "total", "failed")}
    if counted.progress is not None:
        fields["progress"] = round(counted.progress, 4)
    return {name: value for name, value in fields.items() if value is not None}


def facts(job: Job | None) -> dict[str, Any]:
    """Return what a log line says of a job as its fields, none of a job that was never seen."""
    return {} if job is None else {"status": job.status, **numbers(job)}


def describe_cancellation(vendor: str, job_id: str, *, accepted: bool) -> str:
    """Return for people what became of asking a vendor to cancel a job."""
    return f"{'being cancelled' if accepted else 'had ended already'} - {job_name(vendor, job_id)}"


def _ended(job: Job) -> str:
    if normal(job.status) == job.state:
        return job.state.value
    return f"{job.state} (status {job.status})"


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)
