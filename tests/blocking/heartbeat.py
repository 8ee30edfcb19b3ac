"""How long an event loop lets a task wait for its turn."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass

from typing_extensions import Self

PERIOD = 0.001
"""Seconds between two beats of a loop that nothing blocks."""


@dataclass
class Block:
    """The longest block of a loop.

    :param wall: By how many seconds a beat came late at most.
    :param cpu: The most CPU seconds that the process used between two beats, in all of its threads: a busy
        machine makes the wall time longer, but not these, and a thread that keeps the interpreter counts.
    """

    wall: float = 0.0
    cpu: float = 0.0


class Heartbeat:
    """Beats as long as its context lasts, and notes the longest block meanwhile."""

    def __init__(self) -> None:
        self.longest = Block()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._beat())
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.sleep(2 * PERIOD)
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _beat(self) -> None:
        longest, wall, cpu = self.longest, time.perf_counter(), time.process_time()
        while True:
            await asyncio.sleep(PERIOD)
            before, wall = wall, time.perf_counter()
            longest.wall = max(longest.wall, wall - before - PERIOD)
            used, cpu = cpu, time.process_time()
            longest.cpu = max(longest.cpu, cpu - used)
