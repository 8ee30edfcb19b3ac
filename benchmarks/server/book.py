"""The jobs of one round: how far each is at what moment."""

from __future__ import annotations

import math
from datetime import datetime, timezone

from benchmarks.case import Case

RECORDS = 1000
LONG_AGO = "2026-08-01T12:45:00Z"


class Book:
    """The jobs of one round; those beyond the waiters' own have ended, to warm up with.

    :param case: The case.
    """

    def __init__(self, case: Case) -> None:
        self.size = case.waiters
        self._starts, self._ends = case.starts(), case.ends()
        self._begins = math.inf

    def begin(self, at: float) -> None:
        """Set the moment from which the jobs' times count, in seconds since the epoch."""
        self._begins = at

    def seconds(self, now: float) -> float:
        """Return the seconds since the round began."""
        return 0.0 if math.isinf(self._begins) else now - self._begins

    def done(self, number: int, now: float) -> int:
        """Return how many records of a job are dealt with; it has ended when all are."""
        if number >= self.size:
            return RECORDS
        start, end, seconds = self._starts[number], self._ends[number], self.seconds(now)
        if seconds >= end:
            return RECORDS
        return max(0, int((RECORDS - 1) * (seconds - start) / (end - start)))

    def end(self, number: int) -> str:
        """Return when a job ends, in ISO 8601."""
        if number >= self.size or math.isinf(self._begins):
            return LONG_AGO
        moment = datetime.fromtimestamp(self._begins + self._ends[number], timezone.utc)
        return moment.isoformat().replace("+00:00", "Z")
