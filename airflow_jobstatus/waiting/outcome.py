"""How a wait ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from airflow_jobstatus.protocol.job import Job
from airflow_jobstatus.waiting.totals import Totals


class Ending(str, Enum):
    """The ways in which a wait can end."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TOO_MANY_FAILED = "too_many_failed"
    TIMEOUT = "timeout"
    EXECUTION_TIMEOUT = "execution_timeout"
    STALLED = "stalled"
    UNREACHABLE = "unreachable"
    GONE = "gone"
    UNAUTHORIZED = "unauthorized"
    REJECTED = "rejected"

    __str__ = str.__str__

    @property
    def in_words(self) -> str:
        """The ending as people read it."""
        return self.value.replace("_", " ")


TIMEOUTS = (Ending.TIMEOUT, Ending.EXECUTION_TIMEOUT)
"""The endings of waits whose time was over."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a wait ended, in a form that passes through an Airflow trigger event.

    :param ending: The way it ended.
    :param message: What to say to a person: which job of which vendor, what happened, what to do.
    :param job: The job as it was last seen, None if it never was.
    :param jobs: The jobs of a wait for many, in the order given; None for a wait for one.
    :param overdue: The ids of those of many whose time was over.
    """

    ending: Ending
    message: str
    job: Job | None = None
    jobs: tuple[Job | None, ...] | None = None
    overdue: tuple[str, ...] = ()

    @property
    def value(self) -> Any:
        """Return what the task returns: its job or jobs as plain JSON values, None for one never seen."""
        return _as_dict(self.job) if self.jobs is None else [_as_dict(job) for job in self.jobs]

    @property
    def seen(self) -> tuple[Job, ...]:
        """Return the jobs that were ever seen, as they were last."""
        jobs = (self.job,) if self.jobs is None else self.jobs
        return tuple(job for job in jobs if job is not None)

    @property
    def counters(self) -> dict[str, int]:
        """Return each counter by the vendor's own name, of many jobs the sum."""
        return Totals.of((self.job,) if self.jobs is None else self.jobs).counters

    @property
    def xcoms(self) -> dict[str, Any]:
        """Return what is pushed beside the return value: counters, and the outputs of a wait for one job."""
        outputs = self.job.outputs if self.jobs is None and self.job is not None else {}
        return {**outputs, **self.counters}

    def to_dict(self) -> dict[str, Any]:
        """Return the outcome as plain JSON values."""
        key = "job" if self.jobs is None else "jobs"
        overdue = {"overdue": list(self.overdue)} if self.overdue else {}
        return {"ending": self.ending.value, "message": self.message, key: self.value, **overdue}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Outcome:
        """Return the outcome that :meth:`to_dict` described.

        :raises KeyError: if the ending or the message is missing.
        :raises ValueError: if the ending, the message or the job is unreadable.
        """
        if not isinstance(values["message"], str):
            raise ValueError("the message is no text")  # noqa: TRY004  as the rest that is unreadable
        jobs = values.get("jobs")
        return cls(
            ending=Ending(values["ending"]),
            message=values["message"],
            job=_read(values.get("job")),
            jobs=None if jobs is None else tuple(map(_read, jobs)),
            overdue=tuple(map(str, values.get("overdue", ()))),
        )


def _as_dict(job: Job | None) -> dict[str, Any] | None:
    return None if job is None else job.to_dict()


def _read(values: Mapping[str, Any] | None) -> Job | None:
    return None if values is None else Job.from_dict(values)
