"""Notices that an event loop stood still, as in a process that was stopped or on a machine that slept."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from airflow_jobstatus.polling.per_loop import PerLoop

BEAT = 5.0
"""Seconds between two beats."""
LONG = 20.0
"""Seconds without a beat after which the loop counts as having stood still: after 30, by its default, Airflow
gives the waits of a triggerer to another."""
REMEMBERED = 300.0
"""Seconds for which that is remembered: a triggerer that goes on soon learns which waits it has lost."""


class Pulse:
    """Beats as long as somebody listens, and remembers a pause between two beats.

    :param clocks: Seconds: of those that stop while the machine sleeps, and of those that may be set.
    """

    def __init__(self, clocks: Sequence[Callable[[], float]] = (time.monotonic, time.time)) -> None:
        self._clocks = clocks
        self._listeners = 0
        self._timer: asyncio.TimerHandle | None = None
        self._beat_at = self._read()
        self._stood_still_at = -math.inf

    def join(self) -> None:
        """Listen; the first listener starts the pulse."""
        self._listeners += 1
        if self._listeners == 1:
            self._beat_at = self._read()
            self._beat()

    def leave(self) -> None:
        """Listen no longer; the last listener stops the pulse."""
        self._listeners -= 1
        if not self._listeners and self._timer is not None:
            self._notice()
            self._timer.cancel()
            self._timer = None

    @property
    def stood_still(self) -> bool:
        """Whether the loop stood still not long ago, for as long as somebody listened."""
        if self._listeners:
            self._notice()
        return self._read()[0] - self._stood_still_at < REMEMBERED

    def _beat(self) -> None:
        self._notice()
        self._timer = asyncio.get_running_loop().call_later(BEAT, self._beat)

    def _notice(self) -> None:
        before, self._beat_at = self._beat_at, self._read()
        if max(now - then for now, then in zip(self._beat_at, before, strict=True)) > LONG:
            self._stood_still_at = self._beat_at[0]

    def _read(self) -> list[float]:
        return [clock() for clock in self._clocks]


pulse = PerLoop(Pulse)
"""Returns the pulse of the running event loop."""


@asynccontextmanager
async def listening() -> AsyncIterator[Pulse]:
    """Listen to the pulse of the running event loop."""
    heard = pulse()
    heard.join()
    try:
        yield heard
    finally:
        heard.leave()
