"""What a wait for many jobs tells the task's log: how many have ended, not what each one does."""

from __future__ import annotations

import logging
from collections.abc import Callable

from airflow_jobstatus.waiting.log import Say
from airflow_jobstatus.waiting.outcome import Ending

EVERY = 10.0
"""The least seconds between two lines that tell how many jobs have ended."""
WARN_EVERY = 60.0
"""The least seconds between two warnings; of a thousand jobs that meet the same outage, one speaks."""


class Tally:
    """Counts the endings of many jobs, and says where it stands now and then.

    :param vendor: The vendor's name.
    :param total: How many jobs are waited for.
    :param say: Takes the lines.
    :param clock: Seconds since the epoch.
    """

    def __init__(self, vendor: str, total: int, *, say: Say, clock: Callable[[], float]) -> None:
        self._vendor = vendor
        self._total = total
        self._say = say
        self._clock = clock
        self._ended = 0
        self._succeeded = 0
        self._told_at = clock()
        self._warned_at = float("-inf")

    def say_for_one(self, level: int, line: str) -> None:
        """Take a log line that speaks of one job alone; only warnings pass, and few of them."""
        now = self._clock()
        if level >= logging.WARNING and now - self._warned_at >= WARN_EVERY:
            self._warned_at = now
            self._say(level, line)

    def count(self, ending: Ending) -> None:
        """Count a job that has ended."""
        self._ended += 1
        self._succeeded += ending is Ending.SUCCEEDED
        now = self._clock()
        if now - self._told_at >= EVERY or self._ended == self._total:
            self._told_at = now
            others = self._ended - self._succeeded
            bad = f", {others} of them without success" if others else ""
            self._say(logging.INFO, f"{self._ended} of {self._total} {self._vendor} jobs have ended{bad}")
