"""Lets the dispatcher sleep, and wakes it when there is news."""

from __future__ import annotations

import asyncio
import math

from airflow_jobstatus.polling.limiter import LONGEST_NAP


class Alarm:
    """One sleeper's alarm clock."""

    def __init__(self) -> None:
        self._news = asyncio.Event()
        self._until = -math.inf

    async def sleep(self, seconds: float, *, until: float = -math.inf) -> None:
        """Sleep until there is news, or the time is over.

        :param seconds: The most seconds to sleep; the clock may be set meanwhile, so never longer than a nap.
        :param until: The moment that the sleeper waits for; what happens before it is news.
        """
        self._news.clear()
        self._until = until
        timer = asyncio.get_running_loop().call_later(min(seconds, LONGEST_NAP), self._news.set)
        try:
            await self._news.wait()
        finally:
            timer.cancel()
            self._until = -math.inf

    def ring(self) -> None:
        """Wake the sleeper, whatever it waits for."""
        self._news.set()

    def ring_before(self, moment: float) -> None:
        """Wake the sleeper if a moment comes before the one that it waits for."""
        if moment < self._until:
            self._news.set()
