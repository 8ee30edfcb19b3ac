"""What a wait writes to the task's log: news, not polls."""

from __future__ import annotations

import logging
from contextvars import copy_context
from datetime import datetime, timezone
from typing import Any, Protocol

from airflow_jobstatus.protocol.errors import CallError
from airflow_jobstatus.protocol.job import Job
from airflow_jobstatus.waiting.description import closing, facts, headline, job_name
from airflow_jobstatus.waiting.outcome import Outcome
from airflow_jobstatus.waiting.state import WaitState
from airflow_jobstatus.waiting.wait import Source, Wait


class Say(Protocol):
    """Takes the lines of a log."""

    def __call__(self, level: int, event: str, **fields: Any) -> None:
        """Log a line for people, with what it says as fields for machines."""


COUNTERS_EVERY = 10.0
"""Seconds between two lines about counters alone, unless they grew by a tenth of the whole."""
MOST_WORDS = 20
"""How many status words without a meaning a wait warns of: a word may count, as in "step 17 of 900"."""
RARER = 0.1
"""Such lines keep this share of the wait so far apart: a wait of days has thousands of polls."""
HEARTBEAT_EVERY = 600.0
"""Seconds of silence after which a line says that the wait goes on."""
LAST_MOMENT = datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone.utc).timestamp()
"""The last second that a date can name, in seconds since the epoch; a ``timeout`` may reach beyond it."""


def in_this_context(say: Say) -> Say:
    """Return what logs in the context of the caller, wherever it is called.

    Airflow knows by the context which task's log a line belongs to, and polls run in another one.

    :param say: Takes the lines.
    """
    context = copy_context()

    def say_there(level: int, event: str, **fields: Any) -> None:
        context.run(say, level, event, **fields)

    return say_there


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
            line = f"good answer again, after {polls(before.failures)} without one"
            self._write(logging.INFO, line, now)
        is_new = job.status not in self._warned and len(self._warned) < MOST_WORDS
        if is_new and not self._source.knows(job.status):
            self._warned.add(job.status)
            line = f"{unknown_word(job.status)}; waiting on as if it were running"
            self._write(logging.WARNING, line, now, status=job.status)
        if (news := self._news(job, now)) is not None and not job.state.is_terminal:
            self._logged = job
            self._write(logging.INFO, headline(job) + news, now, **facts(job))

    def missed(self, error: CallError, state: WaitState, now: float) -> None:
        """Log a poll without a good answer: the first in a row, then at every heartbeat.

        :param error: What the poll met.
        :param state: What the wait remembers, this poll included.
        :param now: Seconds since the epoch.
        """
        if state.failures == 1:
            check = "" if state.job or error.hint is None else f" ({error.hint})"
            line = f"{error.reason}{check}"
        elif now - self.logged_at >= HEARTBEAT_EVERY:
            line = f"no good answer for {state.silent:.0f} s in {polls(state.failures)}, last: {error.reason}"
        else:
            return
        until = time_of(min(now + self._wait.unreachable_timeout - state.silent, self._wait.deadline))
        line = f"{line}; retrying until {until}"
        self._write(logging.WARNING, line, now, failures=state.failures, code=error.http_status)

    def close(self, outcome: Outcome, state: WaitState, now: float) -> None:
        """Log how the wait ended, and what it took; the reason of a failure is for the task to say.

        :param outcome: How it ended.
        :param state: What the wait remembers, the last poll included.
        :param now: Seconds since the epoch.
        """
        took = f"{now - self._wait.began:.1f} s"
        if not self._resumed:
            faults = f", {state.faults} of them without a good answer" if state.faults else ""
            took += f" and {polls(state.polls)}{faults}"
        line = f"{closing(outcome)}, after {took}"
        self._write(logging.INFO, line, now, polls=state.polls, **facts(outcome.job))

    def _news(self, job: Job, now: float) -> str | None:
        """Return what is worth a line, as the end of that line; None for nothing."""
        logged = self._logged
        if logged is None:
            return plan(self._wait)
        if job.status != logged.status:
            return "; the wait goes on after a restart" if self._resumed else f" (was {logged.status})"
        if now - self.logged_at >= HEARTBEAT_EVERY:
            return f", for {now - self._wait.began:.0f} s now"
        if job.counters and job.counters != logged.counters:
            grown = (job.progress or 0) - (logged.progress or 0)
            if now - self.logged_at >= quiet(self._wait, self.logged_at) or grown >= 0.1:  # noqa: PLR2004  a tenth of the whole
                return ""
        return None

    def _write(self, level: int, line: str, now: float, **fields: Any) -> None:
        self.logged_at = now
        job = job_name(self._source.vendor.name, self._wait.job_id)
        known = {name: value for name, value in fields.items() if value is not None}
        self._say(level, f"{line} - {job}", job=self._wait.job_id, **known)


def unknown_word(status: str) -> str:
    """Return what to do about a status word that has no meaning."""
    return (
        f"nobody knows what status {status!r} means (give it a meaning in the connection's extra, "
        f'such as "states": {{"{status}": "failed"}})'
    )


def quiet(wait: Wait, logged_at: float) -> float:
    """Return the least seconds from a line to the next that is about counters alone."""
    return max(COUNTERS_EVERY, RARER * (logged_at - wait.began))


def plan(wait: Wait) -> str:
    """Return how the wait goes on, as the end of the line of its first poll."""
    return f"; polling again about every {wait.interval:g} s until {time_of(wait.deadline)} at the latest"


def polls(count: int) -> str:
    """Return a number of polls in words."""
    return "1 poll" if count == 1 else f"{count} polls"


def time_of(moment: float) -> str:
    """Return a moment for people; one beyond the calendar is its last second."""
    return f"{datetime.fromtimestamp(min(moment, LAST_MOMENT), timezone.utc):%Y-%m-%d %H:%M:%S} UTC"
