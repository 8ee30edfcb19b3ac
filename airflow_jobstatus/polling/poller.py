"""Looks at the jobs of one account for all that wait for them in one event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Protocol
from weakref import WeakKeyDictionary

from airflow_jobstatus.core.api import Api
from airflow_jobstatus.core.errors import CallError, InvalidConnectionError
from airflow_jobstatus.core.job import Job
from airflow_jobstatus.core.journal import Say
from airflow_jobstatus.core.memory import Memory
from airflow_jobstatus.core.outcome import Ending, Outcome
from airflow_jobstatus.core.vendor import Vendor
from airflow_jobstatus.core.wait import Wait
from airflow_jobstatus.core.watch import Watch
from airflow_jobstatus.transports.aio import Transport


class Hook(Protocol):
    """What a poller needs of a hook."""

    conn_id: str

    @property
    def vendor(self) -> Vendor:
        """The vendor's declaration."""

    async def aget_api(self) -> Api:
        """Return the vendor's calls with the connection's account."""


class Poller:
    """The session and the signed-in state of one account, shared by its waiters.

    :param hook: The hook that knows the account.
    :param clock: Seconds since the epoch.
    :param sleep: Sleeps for some seconds.
    """

    def __init__(
        self,
        hook: Hook,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._hook = hook
        self._clock = clock
        self._sleep = sleep
        self._opening = asyncio.Lock()
        self._open: tuple[Api, Transport] | None = None
        self._closing = AsyncExitStack()

    async def wait(self, wait: Wait, *, say: Say, memory: Memory | None = None) -> Outcome:
        """Look at a job until the wait for it ends.

        :param wait: What was asked for.
        :param say: Takes log lines.
        :param memory: What an earlier process of the same wait remembered.
        :returns: how the wait ended.
        """
        try:
            api, transport = await self._opened()
        except InvalidConnectionError as error:
            message = f"{self._hook.vendor.name} job {wait.job_id!r}: {error}"
            return Outcome(ending=Ending.REJECTED, message=message, job=memory.job if memory else None)
        watch = Watch(wait, api.vendor, knows=api.knows, say=say, memory=memory)
        while True:
            now = self._clock()
            await self._sleep(watch.next_look(now) - now)
            seen = await self._look(api, transport, wait.job_id)
            if outcome := watch.observe(seen, self._clock()):
                return outcome

    async def close(self) -> None:
        """Close the session."""
        await self._closing.aclose()

    async def _look(self, api: Api, transport: Transport, job_id: str) -> Job | CallError:
        try:
            return await transport.run(api.get_job(job_id))
        except CallError as error:
            return error

    async def _opened(self) -> tuple[Api, Transport]:
        async with self._opening:
            if self._open is None:
                api = await self._hook.aget_api()
                self._open = api, await self._closing.enter_async_context(Transport(api.account))
            return self._open


class _Joined:
    """A poller and the number of its waiters."""

    def __init__(self, poller: Poller) -> None:
        self.poller = poller
        self.waiters = 0


_pollers: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[type, str], _Joined]] = WeakKeyDictionary()


@asynccontextmanager
async def joined(hook: Hook) -> AsyncIterator[Poller]:
    """Join the poller of a hook's account in this event loop; the first makes it, the last closes it.

    :param hook: The hook; its class and connection id name the account.
    """
    pollers = _pollers.setdefault(asyncio.get_running_loop(), {})
    key = (type(hook), hook.conn_id)
    shared = pollers.setdefault(key, _Joined(Poller(hook)))
    shared.waiters += 1
    try:
        yield shared.poller
    finally:
        shared.waiters -= 1
        if not shared.waiters:
            del pollers[key]
            await shared.poller.close()
