"""What a wait remembers from poll to poll, as plain values that survive a restart."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from airflow_jobstatus.protocol.job import Job

NUMBERS: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("polls", "faults", "failures"), int),
    **dict.fromkeys(
        ("polled_at", "silent", "seen_at", "moved_at", "expected_at", "not_before", "logged_at"), float
    ),
}
"""The fields that hold a number, and what reads it."""
PAIRS: Mapping[str, Callable[[Any], Any]] = {"refused": int, "pace": float}
"""The fields that hold two numbers, and what reads the first; the second is a moment or a share."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WaitState:
    """What a wait remembers.

    :param job: The job as it was last seen, None if it never was.
    :param polls: How many polls were made.
    :param faults: How many of them had no good answer.
    :param polled_at: When the last of them was made, in seconds since the epoch.
    :param failures: How many had no good answer since the last one that had.
    :param silent: For how many seconds polls have been made since then, all without a good answer.
    :param refused: The HTTP code with which the vendor last refused the job, and since when it has.
    :param seen_at: When the job was last seen, in seconds since the epoch.
    :param moved_at: When the job was last seen to change, in seconds since the epoch.
    :param pace: When progress was first seen, and how far it was then.
    :param expected_at: When the job should end if it goes on at its pace; None if it stalls or shows none.
    :param not_before: The moment until which the vendor asked to wait.
    :param logged_at: When the last line was logged, in seconds since the epoch.
    """

    job: Job | None = None
    polls: int = 0
    faults: int = 0
    polled_at: float | None = None
    failures: int = 0
    silent: float = 0.0
    refused: tuple[int, float] | None = None
    seen_at: float | None = None
    moved_at: float | None = None
    pace: tuple[float, float] | None = None
    expected_at: float | None = None
    not_before: float | None = None
    logged_at: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the state as plain JSON values."""
        values: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        values["job"] = None if self.job is None else self.job.to_dict()
        for name in PAIRS:
            values[name] = None if values[name] is None else list(values[name])
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> tuple[WaitState, frozenset[str]]:
        """Return the state that :meth:`to_dict` described, and the keys that cannot be read.

        A wait ends right without it, so what another release wrote in another form is left out.
        """
        if not isinstance(values, Mapping):
            return cls(), frozenset({"state"})
        known: dict[str, Any] = {}
        unread = set()
        for name, value in values.items():
            try:
                known[name] = _read(name, value)
            except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
                unread.add(name)
        return cls(**{name: value for name, value in known.items() if value is not None}), frozenset(unread)

    def saw(self, job: Job, now: float) -> WaitState:
        """Return the state after a poll with a good answer, which gives every budget back.

        :param job: What was seen.
        :param now: Seconds since the epoch.
        """
        if self.job is not None and self.job.counters and not (job.counters or job.state.is_terminal):
            # An answer such as GeoBridge's 409 shows the state alone; what was counted before still holds.
            job = replace(self.job, state=job.state, status=job.status, retry_after=job.retry_after)
        pace, expected_at, done = self.pace, None, job.progress
        if done is not None and pace is None:
            pace = (now, done)
        elif (
            done is not None and pace is not None and self.job is not None and done > (self.job.progress or 0)
        ):
            since, start = pace
            expected_at = now + (1 - done) * (now - since) / (done - start) if done > start else None
        return WaitState(
            job=job,
            polls=self.polls + 1,
            faults=self.faults,
            polled_at=now,
            seen_at=now,
            moved_at=self.moved_at if self.job is not None and _same(self.job, job) else now,
            pace=pace,
            expected_at=expected_at,
            not_before=None if job.retry_after is None else now + job.retry_after,
            logged_at=self.logged_at,
        )

    def missed(self, now: float, *, silent: float, retry_after: float | None, code: int | None) -> WaitState:
        """Return the state after a poll without a good answer.

        :param now: Seconds since the epoch.
        :param silent: For how many seconds polls have now been made without a good answer.
        :param retry_after: Seconds that the vendor asked to wait, None if it did not.
        :param code: The HTTP code with which the vendor itself refused the job, None if it did not.
        """
        refused = self.refused
        if code is not None and (refused is None or refused[0] != code):
            refused = (code, now)
        return replace(
            self,
            polls=self.polls + 1,
            faults=self.faults + 1,
            polled_at=now,
            failures=self.failures + 1,
            silent=silent,
            refused=refused,
            not_before=None if retry_after is None else now + retry_after,
        )


def _same(before: Job, after: Job) -> bool:
    """Return whether nothing about a job has moved."""
    return (before.status, before.counters, before.progress, before.updated_at) == (
        after.status,
        after.counters,
        after.progress,
        after.updated_at,
    )


def _read(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name == "job":
        return Job.from_dict(value)
    if name in PAIRS:
        first, second = value
        return PAIRS[name](_finite(first)), _finite(second)
    return NUMBERS[name](_finite(value))


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("no finite number")
    return number
