"""What a wait remembers from poll to poll, as plain values that survive a restart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from airflow_jobstatus.protocol.job import Job


@dataclass(frozen=True, kw_only=True, slots=True)
class WaitState:
    """What a wait remembers.

    :param job: The job as it was last seen, None if it never was.
    :param polls: How many polls were made.
    :param faults: How many of them had no good answer.
    :param failures: How many of those came since the last good answer.
    :param silent_since: When the first of them came, in seconds since the epoch.
    :param pace: When progress was first seen, and how far it was then.
    :param expected_at: When the job should end if it goes on at its pace; None if it stalls or tells nothing.
    :param not_before: The moment until which the vendor asked to wait.
    :param logged_at: When the log was last told anything, in seconds since the epoch.
    """

    job: Job | None = None
    polls: int = 0
    faults: int = 0
    failures: int = 0
    silent_since: float | None = None
    pace: tuple[float, float] | None = None
    expected_at: float | None = None
    not_before: float | None = None
    logged_at: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the state as plain JSON values."""
        values: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        values["job"] = None if self.job is None else self.job.to_dict()
        values["pace"] = None if self.pace is None else list(self.pace)
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> WaitState:
        """Return the state that :meth:`to_dict` told; keys that it does not know are ignored.

        :raises KeyError: if the job in it is incomplete.
        :raises ValueError: if the job in it is unreadable.
        """
        known = {f.name: values[f.name] for f in fields(cls) if f.name in values}
        if known.get("job") is not None:
            known["job"] = Job.from_dict(known["job"])
        if known.get("pace") is not None:
            known["pace"] = tuple(known["pace"])
        return cls(**known)

    def saw(self, job: Job, now: float) -> WaitState:
        """Return the state after a poll with a good answer, which gives every budget back.

        :param job: What was seen.
        :param now: Seconds since the epoch.
        """
        if self.job is not None and self.job.counters and not (job.counters or job.state.is_terminal):
            # An answer such as GeoBridge's 409 tells the state alone; what was counted before still holds.
            job = replace(self.job, state=job.state, status=job.status)
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
            pace=pace,
            expected_at=expected_at,
            logged_at=self.logged_at,
        )

    def missed(self, now: float, retry_after: float | None) -> WaitState:
        """Return the state after a poll without a good answer.

        :param now: Seconds since the epoch.
        :param retry_after: Seconds that the vendor asked to wait, None if it did not.
        """
        return replace(
            self,
            polls=self.polls + 1,
            faults=self.faults + 1,
            failures=self.failures + 1,
            silent_since=now if self.silent_since is None else self.silent_since,
            not_before=None if retry_after is None else now + retry_after,
        )
