"""What one wait was asked for, as plain values that survive a restart; and of whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import Enum
from typing import Any, Protocol

from airflow_jobstatus.protocol.vendor import Vendor

DEFAULT_UNREACHABLE_TIMEOUT = 3600.0


class Source(Protocol):
    """The account whose jobs are polled, as far as a wait asks it for facts."""

    @property
    def vendor(self) -> Vendor:
        """The vendor's declaration, as it is known now."""

    @property
    def is_proven(self) -> bool:
        """Whether the account has had a good answer: its host and its credential are right."""

    def knows(self, status: str) -> bool:
        """Return whether a status word has a meaning."""

    def page_of(self, job_id: str) -> str | None:
        """Return the URL of a job's page for people, None where there is none."""


class Limit(str, Enum):
    """The arguments that can set a deadline."""

    TIMEOUT = "timeout"
    EXECUTION_TIMEOUT = "execution_timeout"

    __str__ = str.__str__


@dataclass(frozen=True, kw_only=True)
class Wait:
    """What one wait for one job was asked for.

    :param job_id: The job's id.
    :param began: When the wait began, in seconds since the epoch.
    :param deadline: When it ends at the latest, in seconds since the epoch.
    :param limit: The argument that set the deadline.
    :param interval: Seconds between two polls of a healthy job.
    :param exponential: Whether the interval doubles from poll to poll.
    :param max_interval: The most seconds to which it doubles, None for no bound.
    :param unreachable_timeout: Seconds without a single good answer after which the wait gives up.
    :param stall_timeout: Seconds without any change of the job after which the wait gives up, None for never.
    :param apart: The least seconds between two polls, where each begins a process.
    :param max_failed: How many failed records a job that succeeded may have, None for any number.
    :param max_failed_ratio: Which share of failed records it may have, 0 to 1, None for any.
    """

    job_id: str
    began: float
    deadline: float
    limit: Limit = Limit.TIMEOUT
    interval: float = 60.0
    exponential: bool = False
    max_interval: float | None = None
    unreachable_timeout: float = DEFAULT_UNREACHABLE_TIMEOUT
    stall_timeout: float | None = None
    apart: float = 0.0
    max_failed: int | None = None
    max_failed_ratio: float | None = None

    @property
    def judges_records(self) -> bool:
        """Return whether the number of failed records matters to this wait."""
        return self.max_failed is not None or self.max_failed_ratio is not None

    def to_dict(self) -> dict[str, Any]:
        """Return the wait as plain JSON values."""
        return {**asdict(self), "limit": self.limit.value}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> tuple[Wait, frozenset[str]]:
        """Return the wait that :meth:`to_dict` described, and the keys that this release does not know.

        A limit that this release does not know is one of them; it only names what set the deadline.

        :raises TypeError: if the job id, the begin or the deadline is missing.
        """
        names = {f.name for f in fields(cls)}
        known = {name: value for name, value in values.items() if name in names}
        unknown = set(values) - names
        if "limit" in known:
            try:
                known["limit"] = Limit(known["limit"])
            except ValueError:
                del known["limit"]
                unknown.add("limit")
        return cls(**known), frozenset(unknown)
