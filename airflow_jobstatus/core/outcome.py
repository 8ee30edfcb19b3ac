"""How a wait ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from airflow_jobstatus.core.job import Job


class Ending(str, Enum):
    """The ways in which a wait can end."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TOO_MANY_FAILED = "too_many_failed"
    TIMEOUT = "timeout"
    EXECUTION_TIMEOUT = "execution_timeout"
    UNREACHABLE = "unreachable"
    GONE = "gone"
    UNAUTHORIZED = "unauthorized"
    REJECTED = "rejected"

    __str__ = str.__str__


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a wait ended, in a form that passes through an Airflow trigger event.

    :param ending: The way it ended.
    :param message: What to tell a person: which job of which vendor, what happened, what to do.
    :param job: The job as it was last seen, None if it never was.
    """

    ending: Ending
    message: str
    job: Job | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the outcome as plain JSON values."""
        return {
            "ending": self.ending.value,
            "message": self.message,
            "job": None if self.job is None else self.job.to_dict(),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Outcome:
        """Return the outcome that :meth:`to_dict` told.

        :raises KeyError: if the ending or the message is missing.
        :raises ValueError: if the ending or the job is unreadable.
        """
        job = values.get("job")
        return cls(
            ending=Ending(values["ending"]),
            message=values["message"],
            job=None if job is None else Job.from_dict(job),
        )
