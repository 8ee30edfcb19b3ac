"""What a wait writes to the task's log: news, not polls."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timezone

from airflow_jobstatus.protocol.errors import CallError
from airflow_jobstatus.protocol.job import Job
from airflow_jobstatus.waiting.outcome import Ending
from airflow_jobstatus.waiting.state import WaitState
from airflow_jobstatus.waiting.verdict import describe, job_name
from airflow_jobstatus.waiting.wait import Source, Wait

Say = Callable[[int, str], None]
"""Takes a log line with its level."""

COUNTERS_EVERY = 10.0
"""Seconds between two lines about counters alone, unless they grew by a tenth of the whole."""
RARER = 0.1
"""Such lines keep this share of the wait so far apart: a wait of days has thousands of polls."""
HEARTBEAT_EVERY = 600.0
"""Seconds of silence after which a line says that the wait goes on."""
LAST_MOMENT = datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone.utc).timestamp()
"""The last second that a date can name, in seconds since the epoch; a ``timeout`` may reach beyond it."""
SUMMARY_EVERY = 10.0
"""The least seconds between two lines that say how many jobs have ended."""
WARN_EVERY = 60.0
"""The least seconds between two warnings; of a thousand jobs that meet the same outage, one speaks."""

ENDED = frozenset({Ending.SUCCEEDED, Ending.FAILED, Ending.CANCELLED, Ending.TOO_MANY_FAILED, Ending.GONE})
"""The endings of a wait by which its job has ended too."""


class WaitLog:
    """Logs the news of one wait: the first poll, changes, trouble and its end, a heartbeat in between.

    :param wait: What was asked for.
    :param source: The account whose job is polled.
    :param say: Takes the lines.
    :param state: What the wait remembers; the lines of an earlier process are in the log already.
    """

    def __init__(self, wait: Wait, source: Source, *, say: Say, state: WaitState) -> None:
        self._wait = wait
        self._source = source
        self._say = say
        self._logged = state.job
        self.logged_at = wait.began if state.logged_at is None else state.logged_at
        self._warned = set() if state.job is None else {state.job.status}
        self._resumed = False

    def resume(self) -> None:
        """Note that there were polls that this process has not counted; the last line gives no number."""
        self._resumed = True

    def saw(self, job: Job, before: WaitState, now: float) -> None:
        """Log what is new about a job.

        :param job: The job as it was just seen.
        :param before: What the wait remembered before.
        :param now: Seconds since the epoch.
        """
        if before.failures:
            self._write(
                logging.INFO,
                f"{self._job}: good answer again, after {_polls(before.failures)} without one",
                now,
            )
        if not self._source.knows(job.status) and job.status not in self._warned:
            self._warned.add(job.status)
            self._write(
                logging.WARNING,
                f"{self._job}: {unknown_word(job.status)}; waiting on as if it were running",
                now,
            )
        if (news := self._news(job, now)) and not job.state.is_terminal:
            self._logged = job
            self._write(logging.INFO, f"{self._job} {describe(job)}{news}", now)

    def missed(self, error: CallError, state: WaitState, now: float) -> None:
        """Log a poll without a good answer: the first in a row, then at every heartbeat.

        :param error: What the poll met.
        :param state: What the wait remembers, this poll included.
        :param now: Seconds since the epoch.
        """
        if state.failures == 1:
            check = "" if state.job or error.hint is None else f" ({error.hint})"
            line = f"{self._job}: {error.reason}{check}"
        elif now - self.logged_at >= HEARTBEAT_EVERY:
            line = (
                f"{self._job}: no good answer for {state.silent:.0f} s in {_polls(state.failures)}, "
                f"last: {error.reason}"
            )
        else:
            return
        until = time_of(min(now + self._wait.unreachable_timeout - state.silent, self._wait.deadline))
        self._write(logging.WARNING, f"{line}; retrying until {until}", now)

    def close(self, message: str, state: WaitState, now: float) -> None:
        """Log how the wait ended, and what it took.

        :param message: How it ended.
        :param state: What the wait remembers, the last poll included.
        :param now: Seconds since the epoch.
        """
        took = f"{now - self._wait.began:.1f} s"
        if not self._resumed:
            faults = f", {state.faults} of them without a good answer" if state.faults else ""
            took += f" and {_polls(state.polls)}{faults}"
        self._write(logging.INFO, f"{message} (after {took})", now)

    @property
    def _job(self) -> str:
        return job_name(self._source.vendor.name, self._wait.job_id)

    def _news(self, job: Job, now: float) -> str:
        """Return what is worth a line, as the end of that line; empty for nothing."""
        logged = self._logged
        if logged is None:
            every = f"about every {self._wait.interval:g} s"
            return f"; polling again {every} until {time_of(self._wait.deadline)} at the latest"
        if job.status != logged.status:
            return "; the wait goes on after a restart" if self._resumed else f" (was {logged.status})"
        if now - self.logged_at >= HEARTBEAT_EVERY:
            return f", for {now - self._wait.began:.0f} s now"
        if job.counters and job.counters != logged.counters:
            grown = (job.progress or 0) - (logged.progress or 0)
            quiet = max(COUNTERS_EVERY, RARER * (self.logged_at - self._wait.began))
            if now - self.logged_at >= quiet or grown >= 0.1:  # noqa: PLR2004  a tenth of the whole
                return "."
        return ""

    def _write(self, level: int, line: str, now: float) -> None:
        self.logged_at = now
        self._say(level, line)


class BatchLog:
    """Logs how many of a batch's jobs have ended, now and then; what one job does is left out.

    :param source: The account whose jobs are polled.
    :param total: How many jobs are waited for.
    :param say: Takes the lines.
    :param clock: Seconds since the epoch.
    """

    def __init__(self, source: Source, total: int, *, say: Say, clock: Callable[[], float]) -> None:
        self._source = source
        self._total = total
        self._say = say
        self._clock = clock
        self._left = 0
        self._ended = 0
        self._succeeded = 0
        self._logged_at = clock()
        self._warned_at = float("-inf")

    def say_for_one(self, level: int, line: str) -> None:
        """Take a log line that speaks of one job alone; only warnings pass, and few of them."""
        now = self._clock()
        if level >= logging.WARNING and now - self._warned_at >= WARN_EVERY:
            self._warned_at = now
            self._say(level, line)

    def count(self, ending: Ending) -> None:
        """Count a job that has ended; one that is only waited for no longer has not."""
        self._left += 1
        self._ended += ending in ENDED
        self._succeeded += ending is Ending.SUCCEEDED
        now = self._clock()
        if self._ended and (now - self._logged_at >= SUMMARY_EVERY or self._left == self._total):
            self._logged_at = now
            others = self._ended - self._succeeded
            bad = f", {others} of them without success" if others else ""
            self._say(
                logging.INFO,
                f"{self._ended} of {self._total} {self._source.vendor.name} jobs have ended{bad}",
            )


def unknown_word(status: str) -> str:
    """Return what to do about a status word that has no meaning."""
    return (
        f"nobody knows what status {status!r} means (give it a meaning in the connection's extra, "
        f'such as "states": {{"{status}": "failed"}})'
    )


def _polls(count: int) -> str:
    return "1 poll" if count == 1 else f"{count} polls"


def time_of(moment: float) -> str:
    """Return a moment for people; one beyond the calendar is its last second."""
    return f"{datetime.fromtimestamp(min(moment, LAST_MOMENT), timezone.utc):%Y-%m-%d %H:%M:%S} UTC"
