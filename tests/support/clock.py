"""Clocks that tests move."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass
class Clock:
    """Stands still until a test moves it."""

    now: float = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


class JumpingClock:
    """The wall clock, which can jump ahead: no job ends before the test wants it to."""

    ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead
