"""One wait under way: what was seen so far, and what follows from each poll."""

from __future__ import annotations

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
from airflow_jobstatus.waiting.log import Say, WaitLog, unknown_word
from airflow_jobstatus.waiting.outcome import Ending, Outcome
from airflow_jobstatus.waiting.state import WaitState
from airflow_jobstatus.waiting.verdict import conclude, describe, job_name
from airflow_jobstatus.waiting.wait import Source, Wait


class Watch:
    """One wait under way; whoever drives it polls when it says, and passes on what was seen.

    :param wait: What was asked for.
    :param source: The account whose job is polled.
    :param say: Takes log lines, each with its level.
    :param state: What an earlier process of the same wait remembered.
    """

    def __init__(self, wait: Wait, source: Source, *, say: Say, state: WaitState | None = None) -> None:
        self.wait = wait
        self._source = source
        self._state = state or WaitState()
        self._fault: CallError | None = None
        self._log = WaitLog(wait, source, say=say, state=self._state)

    @property
    def state(self) -> WaitState:
        """Return what the wait remembers."""
        return replace(self._state, logged_at=self._log.logged_at)

    @property
    def job(self) -> str:
        """Return how messages name the job."""
        return job_name(self._source.vendor.name, self.wait.job_id)

    def observe(self, seen: Job | CallError, now: float) -> Outcome | None:
        """Return how what a poll saw ends the wait, None if it goes on.

        :param seen: The job, or the error that the poll met.
        :param now: Seconds since the epoch.
        """
        outcome = self._saw(seen, now) if isinstance(seen, Job) else self._missed(seen, now)
        if outcome is None and now + self._source.vendor.min_interval > self.wait.deadline:
            outcome = self._timed_out(now)
        if outcome is not None:
            self._log.close(outcome.message, self._state, now)
        return outcome

    def expire(self, now: float) -> Outcome:
        """Return how the wait ends when its time is over and there was no last poll.

        :param now: Seconds since the epoch.
        """
        outcome = self._timed_out(now)
        self._log.close(outcome.message, self._state, now)
        return outcome

    def interval(self, now: float) -> float:
        """Return the seconds between two polls of the job while it is healthy.

        :param now: Seconds since the epoch.
        """
        return schedule.interval(self.wait, now, self._source.vendor.min_interval)

    def next_poll(self, now: float) -> float:
        """Return when to poll next, in seconds since the epoch.

        :param now: Seconds since the epoch.
        """
        return schedule.next_poll(self.wait, self._state, now, self._source.vendor.min_interval)

    def _saw(self, job: Job, now: float) -> Outcome | None:
        before, self._fault = self._state, None
        self._state = before.saw(job, now)
        self._log.saw(job, before, now)
        return conclude(self._source.vendor.name, job, self.wait)

    def _missed(self, error: CallError, now: float) -> Outcome | None:
        retry_after = error.retry_after if isinstance(error, TransientError) else None
        self._state, self._fault = self._state.missed(now, retry_after), error
        silence = now - (self._state.silent_since or now)
        if not self._is_passing(error, now):
            return self._refused(error)
        if silence >= self.wait.unreachable_timeout:
            return self._unreachable(error, silence)
        self._log.missed(error, self._state, now)
        return None

    def _is_passing(self, error: CallError, now: float) -> bool:
        """Return whether a later poll may see something else; reads lag writes for a while."""
        if isinstance(error, NotFoundError):
            return now - self.wait.began < self._source.vendor.lag
        return not isinstance(error, PermanentError)

    def _refused(self, error: CallError) -> Outcome:
        job = self._state.job
        if isinstance(error, UnauthorizedError):
            return Outcome(ending=Ending.UNAUTHORIZED, message=str(error), job=job)
        if isinstance(error, NotFoundError) and job is not None:
            message = f"{self.job} is gone: when last seen it {describe(job)}, now {error.reason}"
            return Outcome(ending=Ending.GONE, message=message, job=job)
        return Outcome(ending=Ending.REJECTED, message=str(error), job=job)

    def _unreachable(self, error: CallError, silence: float) -> Outcome:
        message = (
            f"{self.job}: no good answer for {silence:.0f} s in {self._state.failures} polls "
            f"(unreachable_timeout={self.wait.unreachable_timeout:g}), "
            f"last: {error.reason}. {self._last_seen()}"
        )
        return Outcome(ending=Ending.UNREACHABLE, message=message, job=self._state.job)

    def _timed_out(self, now: float) -> Outcome:
        message = (
            f"{self.job} has not ended {now - self.wait.began:.0f} s after the wait began "
            f"({self.wait.limit}={self.wait.deadline - self.wait.began:g}). {self._last_seen()}"
        )
        if self._fault is not None:
            message += f"; the last poll failed: {self._fault.reason}"
        return Outcome(ending=Ending(self.wait.limit.value), message=message, job=self._state.job)

    def _last_seen(self) -> str:
        job = self._state.job
        if job is None:
            return "It was never seen"
        word = "" if self._source.knows(job.status) else f"; {unknown_word(job.status)}"
        return f"Last seen: it {describe(job)}{word}"
