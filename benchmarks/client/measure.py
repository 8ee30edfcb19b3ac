"""Measures one round: a peer waits for every job of a case."""

from __future__ import annotations

import asyncio
import gc
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import aiohttp
import psutil  # type: ignore[import-untyped,unused-ignore]

from benchmarks.case import Case
from benchmarks.client.ticker import Ticker
from benchmarks.peers.peer import Peer
from benchmarks.quantile import quantile

WARM_UP = 3
"""Jobs that are waited for before anything is measured; they have ended already."""
LEAD = 0.2
"""Seconds between the order to begin and the begin."""
STEP = 0.02
"""Seconds between two moments at which waits are begun."""
IDLE = 2.0
"""Seconds in which the process is watched while nobody waits."""
KIB = 1024


class Measurement:
    """One round.

    :param peer: Who waits.
    :param case: The case.
    :param control: The URL of the server's control.
    """

    def __init__(self, peer: Peer, case: Case, control: str) -> None:
        self._peer = peer
        self._case = case
        self._control = control
        self._seen: dict[int, float] = {}
        self._failures: list[str] = []
        self._own_cpu = 0.0

    async def run(self) -> dict[str, Any]:
        """Return what was measured, as plain JSON values."""
        await self._peer.opened()
        await asyncio.wait_for(
            asyncio.gather(*(self._peer.wait(self._case.waiters + n) for n in range(WARM_UP))), 30
        )
        await self._peer.closed()
        gc.collect()
        empty, idle = _resident(), await _idle()
        at = time.time() + LEAD
        await self._order(f"begin/{at!r}")
        await asyncio.sleep(max(0.0, at - time.time()))
        await self._peer.opened()
        ticker = Ticker()
        ticking = asyncio.create_task(ticker.run())
        began, cpu = time.perf_counter(), time.process_time()
        tasks = await self._begin_all(at)
        full = await self._weigh(at, ticker)
        last = at + max(self._case.ends()) + self._case.within
        _, stuck = await asyncio.wait(tasks, timeout=max(0.1, last - time.time()))
        seconds = time.perf_counter() - began
        cpu = time.process_time() - cpu - self._own_cpu - idle * seconds
        ticking.cancel()
        counts = await self._order("counts")
        for task in stuck:
            task.cancel()
        await asyncio.gather(*tasks, ticking, return_exceptions=True)
        await self._peer.closed()
        ends = self._case.ends()
        lags = [moment - at - ends[number] for number, moment in self._seen.items()]
        return {
            "cpu": cpu,
            "seconds": seconds,
            "succeeded": len(self._seen),
            "failed": len(tasks) - len(self._seen) - len(stuck),
            "stuck": len(stuck),
            "failures": self._failures[:3],
            "lag": {str(q): quantile(lags, q / 100) for q in (50, 95, 99, 100)},
            "loop_lag": {str(q): quantile(ticker.delays, q / 100) for q in (50, 99, 100)},
            "kib_per_waiter": (full - empty) / KIB / self._case.waiters,
            "counts": counts,
        }

    async def _begin_all(self, at: float) -> list[asyncio.Task[None]]:
        """Begin the waits, each at its moment."""
        tasks: list[asyncio.Task[None]] = []
        starts = self._case.starts()
        while len(tasks) < len(starts):
            now = time.time() - at
            while len(tasks) < len(starts) and starts[len(tasks)] <= now:
                tasks.append(asyncio.create_task(self._wait(len(tasks))))
            await asyncio.sleep(STEP)
        return tasks

    async def _wait(self, number: int) -> None:
        try:
            succeeded = await self._peer.wait(number)
        except Exception as error:  # noqa: BLE001  a wait that fails is counted as lost
            self._failures.append(repr(error)[:300])
            return
        if succeeded:
            self._seen[number] = time.time()
        else:
            self._failures.append("the event reports no success")

    async def _weigh(self, at: float, ticker: Ticker) -> int:
        """Return the resident memory when everyone waits and has polled at least once."""
        all_polled = self._case.spread + 1.1 * self._case.interval
        await asyncio.sleep(max(0.0, at + all_polled - time.time()))
        with self._apart(ticker):
            gc.collect()
            return _resident()

    @contextmanager
    def _apart(self, ticker: Ticker) -> Iterator[None]:
        """Leave what is done inside out of the measured CPU time and loop lag."""
        began = time.process_time()
        yield
        self._own_cpu += time.process_time() - began
        ticker.skip()

    async def _order(self, order: str) -> Any:
        async with aiohttp.ClientSession() as session, session.get(self._control + order) as response:
            return await response.json()


def raise_limits() -> None:
    """Allow as many open files as the system does."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def _idle() -> float:
    """Return the seconds of CPU time per second that the process takes while only the ticker runs."""
    ticking = asyncio.create_task(Ticker().run())
    before = time.process_time()
    await asyncio.sleep(IDLE)
    spent = time.process_time() - before
    ticking.cancel()
    return spent / IDLE


def _resident() -> int:
    return int(psutil.Process().memory_info().rss)
