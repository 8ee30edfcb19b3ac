"""An event loop whose clock jumps to the next timer as soon as there is nothing to do."""

from __future__ import annotations

import asyncio
import selectors
from typing import Any

EPOCH = 1_700_000_000.0
"""The moment, in seconds since the epoch, at which a virtual clock begins."""
TURN = 1e-7
"""What a turn of the loop takes, in seconds: in no time at all, whoever tries again at once would hang."""
LAST = 30 * 86400.0
"""The seconds after which whoever still waits is taken to hang."""


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Never blocks: what would be a pause moves the clock on."""

    def __init__(self) -> None:
        super().__init__(_Jumping(self))
        self.now = 0.0
        self.turns = 0

    def time(self) -> float:
        return self.now

    def clock(self) -> float:
        """Give the moment in seconds since the epoch."""
        return EPOCH + self.now

    def jump(self, seconds: float | None) -> None:
        """Move the clock to the end of a pause; None means that no timer is left to wake anybody."""
        self.turns += 1
        if seconds is None or self.now > LAST:
            raise RuntimeError(f"nothing will ever happen again after {self.now:.0f} s of virtual time")
        self.now += max(seconds, TURN)


class _Jumping(selectors.DefaultSelector):
    def __init__(self, loop: VirtualTimeLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        events = super().select(0)
        if not events:
            self._loop.jump(timeout)
        return events
