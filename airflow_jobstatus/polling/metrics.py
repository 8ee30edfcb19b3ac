"""Every metric of the waits on one account, by name: what is counted, and what is measured.

``docs/reference/metrics.md`` says what each means, and which alarm to set. Vendor and connection are tags;
nothing is kept for each job. Where no metrics are taken, a call here only finds that out.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Protocol

from airflow_jobstatus.polling.agenda import Agenda, Entry
from airflow_jobstatus.polling.throttle import TOO_MANY_REQUESTS, Throttle
from airflow_jobstatus.protocol.errors import CallError, PermanentError, TransientError, UnauthorizedError
from airflow_jobstatus.waiting.outcome import Outcome

REQUESTS = "jobstatus.requests"
"""Counts the requests to a vendor, by outcome: good, throttled, failed, unauthorized, refused."""
PAUSED_SECONDS = "jobstatus.paused_seconds"
"""For how many seconds more an account pauses, after a 429 or in an outage; a gauge of each triggerer."""
WAITS = "jobstatus.waits"
"""How many jobs are waited for; a gauge of each triggerer."""
LATENESS = "jobstatus.lateness"
"""How long after it was due a poll begins."""
ENDED = "jobstatus.ended"
"""Counts the waits that have ended, by ending."""
DETECTION = "jobstatus.detection"
"""How long after a job has ended, by the vendor's clock, its wait ends."""
FIRST_POLL = "jobstatus.first_poll"
"""How long after it has come to the triggerer a wait is polled first."""

REPORT_EVERY = 10.0
"""Seconds between two reports of the gauges."""
UNSAFE = re.compile(r"[^\w.-]", re.ASCII)
"""What a tag may not hold in one of the formats."""


class Sink(Protocol):
    """What takes metrics; Airflow's ``Stats`` does."""

    def incr(self, stat: str, *, tags: Mapping[str, str]) -> None:
        """Count one."""

    def gauge(self, stat: str, value: float, *, tags: Mapping[str, str]) -> None:
        """Say how much there is now."""

    def timing(self, stat: str, dt: timedelta, *, tags: Mapping[str, str]) -> None:
        """Say how long something took."""


class Metrics:
    """The metrics of the waits on one account in one triggerer.

    :param sink: What takes them; None where none are taken.
    :param vendor: The type of the connection.
    :param conn_id: The connection.
    """

    def __init__(self, sink: Sink | None = None, vendor: str = "", conn_id: str = "") -> None:
        self._sink = sink
        self._tags = {"vendor": UNSAFE.sub("_", vendor), "connection": UNSAFE.sub("_", conn_id)}
        self._here = {**self._tags, "hostname": UNSAFE.sub("_", socket.gethostname())}
        self._timer: asyncio.TimerHandle | None = None

    def requested(self, answer: object) -> None:
        """Count a request.

        :param answer: What it brought, or the error that it met.
        """
        if self._sink is not None:
            self._sink.incr(REQUESTS, tags={**self._tags, "outcome": _outcome(answer)})

    def started(self, seconds: float) -> None:
        """Note that a poll begins so many seconds after it was due."""
        self._time(LATENESS, seconds)

    def polled(self, entry: Entry, now: float) -> None:
        """Note which waits for a job are polled first.

        :param entry: The job.
        :param now: Seconds that never run backwards.
        """
        for waiter in entry.waiters if self._sink is not None else ():
            if waiter.joined_at is not None:
                self._time(FIRST_POLL, now - waiter.joined_at)
                waiter.joined_at = None

    def ended(self, outcome: Outcome, now: float) -> None:
        """Count a wait that has ended.

        :param outcome: How it ended.
        :param now: Seconds since the epoch.
        """
        if self._sink is None:
            return
        self._sink.incr(ENDED, tags={**self._tags, "ending": outcome.ending.value})
        job = outcome.job
        if job is not None and job.state.is_terminal and job.completed_at is not None:
            self._time(DETECTION, now - job.completed_at.timestamp())

    def report(self, agenda: Agenda, throttle: Throttle, steady: Callable[[], float]) -> None:
        """Report the gauges now, and again and again until this is closed.

        :param agenda: What is waited for.
        :param throttle: What knows of pauses.
        :param steady: Seconds that never run backwards.
        """
        if self._sink is None:
            return
        error = throttle.paused_by(steady())
        self._gauge(len(agenda), 0.0 if error is None else error.retry_after or 0.0)
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(REPORT_EVERY, self.report, agenda, throttle, steady)

    def close(self) -> None:
        """Report that nobody waits any more: a gauge stays as it was said last."""
        if self._timer is not None:
            self._timer.cancel()
            self._gauge(0, 0.0)

    def _gauge(self, waits: int, paused: float) -> None:
        if self._sink is not None:
            self._sink.gauge(WAITS, waits, tags=self._here)
            self._sink.gauge(PAUSED_SECONDS, round(paused, 3), tags=self._here)

    def _time(self, name: str, seconds: float) -> None:
        if self._sink is not None:
            self._sink.timing(name, timedelta(seconds=max(0.0, seconds)), tags=self._tags)


def _outcome(answer: object) -> str:
    if not isinstance(answer, CallError):
        return "good"
    if answer.http_status == TOO_MANY_REQUESTS:
        return "throttled"
    if isinstance(answer, UnauthorizedError):
        return "unauthorized"
    if isinstance(answer, PermanentError):
        return "refused"
    return "failed" if isinstance(answer, TransientError) else "other"
