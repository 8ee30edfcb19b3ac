"""How late an event loop is."""

from __future__ import annotations

import asyncio
import time

PERIOD = 0.05


class Ticker:
    """Wakes every 50 ms and notes how much later it was than meant.

    A loop that is blocked for a second has missed twenty wakes, and all of them are noted.
    """

    def __init__(self) -> None:
        self.delays: list[float] = []
        self._due = 0.0

    async def run(self) -> None:
        """Tick until cancelled."""
        self._due = time.perf_counter() + PERIOD
        while True:
            await asyncio.sleep(self._due - time.perf_counter())
            now = time.perf_counter()
            while self._due <= now:
                self.delays.append(now - self._due)
                self._due += PERIOD

    def skip(self) -> None:
        """Leave out the time since the last tick: it was the benchmark's own."""
        self._due = time.perf_counter() + PERIOD
