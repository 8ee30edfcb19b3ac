"""One wait under way: what was seen so far, and what follows from each poll."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from airflow_jobstatus.protocol.errors import (
    CallError,
    NotFoundError,
    PermanentError,
    TransientError,
    UnauthorizedError,
)
from airflow_jobstatus.protocol.job import Job
from airflow_jobstatus.waiting import schedule
from airflow_jobstatus.waiting.description import describe, job_name
from airflow_jobstatus.waiting.log import Say, WaitLog, time_of, unknown_word
from airflow_jobstatus.waiting.outcome import Ending, Outcome
from airflow_jobstatus.waiting.state import WaitState
from airflow_jobstatus.waiting.verdict import conclude
from airflow_jobstatus.waiting.wait import Source, Wait

LATEST = 30.0
"""Seconds by which a poll may come late, on a busy machine or through the rate limit, and still count in full
as time in which the API was tried."""
GRACE = 60.0
"""How many seconds after its deadline a wait ends without the last poll that it should have had."""
LATE = 60.0
"""Seconds after the begin of a wait from which a process that joins it is not its first."""
ROUNDING = 0.001
"""Seconds that a sum of moments may lack."""


class Watch:
    """One wait under way; whoever drives it polls when it says, and passes on what was seen.

    :param wait: What was asked for.
    :param source: The account whose job is polled.
    :param say: Takes log lines, each with its level.
    :param state: What an earlier process of the same wait remembered.
    :param joined: When this process took the wait on, in seconds since the epoch; in time by default.
    :param resumed: Whether an earlier process of the same task has polled, and this one ends after its poll.
    :param polled: Is called after each poll, with whether it brought news: a first sight, another status, or
        the begin or the end of a row of faults; nobody is by default.
    """

    def __init__(  # noqa: PLR0913  what was asked for, of whom, and what is around it
        self,
        wait: Wait,
        source: Source,
        *,
        say: Say,
        state: WaitState | None = None,
        joined: float = -math.inf,
        resumed: bool = False,
        polled: Callable[[Watch, bool], None] | None = None,
    ) -> None:
        self.wait = wait
        self.fault: CallError | None = None
        """What the last poll met, None where it had a good answer."""
        self._joined = joined
        self._resumed = resumed
        self._source = source
        self._state = state or WaitState()
        self._polled = polled
        self._is_first = True
        self._log = WaitLog(wait, source, say=say, state=self._state)

    @property
    def state(self) -> WaitState:
        """Return what the wait remembers."""
        return replace(self._state, logged_at=self._log.logged_at)

    @property
    def seen(self) -> Job | None:
        """Return the job as it was last seen, None if it never was."""
        return self._state.job

    @property
    def is_failing(self) -> bool:
        """Return whether the last poll had no good answer."""
        return self._state.failures > 0

    @property
    def job(self) -> str:
        """Return how messages name the job."""
        return job_name(self._source.vendor.name, self.wait.job_id)

    def observe(self, seen: Job | CallError, now: float, *, took: float = 0.0) -> Outcome | None:
        """Return how what a poll saw ends the wait, None if it goes on.

        :param seen: The job, or the error that the poll met.
        :param now: Seconds since the epoch.
        :param took: For how many seconds the poll was in flight.
        """
        if self._is_first and self._state.polled_at is not None and now > self._planned + LATEST:
            self._log.resume()
        before = None if self._is_first else self._headline
        self._is_first = False
        outcome = self._saw(seen, now) if isinstance(seen, Job) else self._missed(seen, now, took)
        if outcome is None and now + self._source.vendor.min_interval > self.wait.deadline:
            outcome = self._timed_out(now)
        if outcome is not None:
            self._log.close(outcome, self._state, now)
        if self._polled is not None:
            self._polled(self, self._headline != before)
        return outcome

    def expire(self, now: float) -> Outcome:
        """Return how the wait ends when its time is over and there was no last poll.

        :param now: Seconds since the epoch.
        """
        outcome = self._timed_out(now)
        self._log.close(outcome, self._state, now)
        return outcome

    def interval(self, now: float) -> float:
        """Return the seconds between two polls of the job while it is healthy.

        :param now: Seconds since the epoch.
        """
        return schedule.interval(self.wait, now, self._floor)

    @property
    def last_poll(self) -> float:
        """Return the moment from which on a poll is the last, in seconds since the epoch."""
        too_late_for_another = self.wait.deadline - self._source.vendor.min_interval
        return min(schedule.last_poll(self.wait, self._state), too_late_for_another)

    def next_poll(self, now: float) -> float:
        """Return when to poll next, in seconds since the epoch.

        :param now: Seconds since the epoch.
        """
        return schedule.next_poll(self.wait, self._state, now, self._floor)

    @property
    def _floor(self) -> float:
        """Return the least seconds between two polls."""
        return max(self._source.vendor.min_interval, self.wait.apart)

    def _saw(self, job: Job, now: float) -> Outcome | None:
        before, self.fault = self._state, None
        self._state = before.saw(job, now)
        self._log.saw(job, before, now)
        return conclude(self._source.vendor.name, job, self.wait) or self._stalled(now)

    def _missed(self, error: CallError, now: float, took: float) -> Outcome | None:
        before, self.fault = self._state, error
        refused = isinstance(error, PermanentError) and error.from_vendor
        self._state = before.missed(
            now,
            silent=self._silence(before, now, took),
            retry_after=error.retry_after if isinstance(error, TransientError) else None,
            code=error.http_status if refused else None,
        )
        if not self._is_passing(error, before, now):
            return self._refused(error)
        if self._state.silent >= self.wait.unreachable_timeout - ROUNDING:
            return self._unreachable(error)
        self._log.missed(error, self._state, now)
        return None

    def _silence(self, before: WaitState, now: float, took: float) -> float:
        """Return for how many seconds polls have been made without a good answer, the one just made included.

        Time in which none was made does not count: the machine may have slept, or the clock been set.
        """
        if not before.failures or before.polled_at is None:
            return took
        waited = max(0.0, min(now - took, self._planned + LATEST) - before.polled_at)
        return before.silent + waited + took

    @property
    def _headline(self) -> tuple[str | None, bool]:
        job = self._state.job
        return None if job is None else job.status, self.is_failing

    @property
    def _planned(self) -> float:
        """Return for when the last poll planned the next one."""
        return self.next_poll(self._state.polled_at or self.wait.began)

    def _is_passing(self, error: CallError, before: WaitState, now: float) -> bool:
        """Return whether a later poll may see something else.

        Before the account's first good answer an error is what it says: the host may be wrong. After one, it
        is the job's only if the vendor says so in its own form; of a job that was seen the vendor has to say
        it again, but for a credential that is refused. Reads lag writes for a while. A process that joins a
        wait under way does not know what answers others had, so it takes it that there were good ones; one
        that ends after its poll cannot wait for the vendor to say it again.
        """
        if not isinstance(error, PermanentError):
            return True
        is_late = self._resumed or self._joined > self.wait.began + LATE
        if not error.from_vendor and (before.job is not None or self._source.is_proven or is_late):
            return True
        if before.job is None and (self._resumed or not is_late):
            return isinstance(error, NotFoundError) and now - self.wait.began < self._source.vendor.lag
        if isinstance(error, UnauthorizedError):
            return False
        if before.refused is None or before.refused[0] != error.http_status:
            return True
        return isinstance(error, NotFoundError) and now - before.refused[1] < self._source.vendor.lag

    def _refused(self, error: CallError) -> Outcome:
        job = self._state.job
        if isinstance(error, UnauthorizedError):
            return Outcome(ending=Ending.UNAUTHORIZED, message=str(error), job=job)
        if isinstance(error, NotFoundError) and job is not None:
            message = (
                f"{self.job} no longer exists ({error.reason}). {self._last_seen(at=self._state.seen_at)}"
            )
            return Outcome(ending=Ending.GONE, message=message, job=job)
        return Outcome(ending=Ending.REJECTED, message=str(error), job=job)

    def _unreachable(self, error: CallError) -> Outcome:
        message = (
            f"{self.job}: no good answer for {self._state.silent:.0f} s in {self._state.failures} polls "
            f"(unreachable_timeout={self.wait.unreachable_timeout:g}), last: {error.reason}. "
            f"{self._last_seen()}"
        )
        return Outcome(ending=Ending.UNREACHABLE, message=message, job=self._state.job)

    def _stalled(self, now: float) -> Outcome | None:
        limit, since = self.wait.stall_timeout, self._state.moved_at
        if limit is None or since is None or now - since < limit - ROUNDING:
            return None
        message = (
            f"{self.job} has not moved for {now - since:.0f} s (stall_timeout={limit:g}). {self._last_seen()}"
        )
        return Outcome(ending=Ending.STALLED, message=message, job=self._state.job)

    def _timed_out(self, now: float) -> Outcome:
        message = (
            f"{self.job} has not ended {now - self.wait.began:.0f} s after the wait began "
            f"({self.wait.limit}={self.wait.deadline - self.wait.began:g}). {self._last_seen()}"
        )
        if self.fault is not None:
            message += f"; the last poll failed: {self.fault.reason}"
        if self._joined > self.wait.deadline + LATEST:
            first = "first polled" if self._state.polls <= 1 else "polled again only"
            late = now - self.wait.deadline
            message += f"; {first} {late:.0f} s after its deadline: no triggerer or worker had room"
        return Outcome(ending=Ending(self.wait.limit.value), message=message, job=self._state.job)

    def _last_seen(self, *, at: float | None = None) -> str:
        job = self._state.job
        if job is None:
            return "It was never seen"
        when = "" if at is None else f" at {time_of(at)}"
        word = "" if self._source.knows(job.status) else f"; {unknown_word(job.status)}"
        return f"Last seen{when}: it {describe(job)}{word}"
