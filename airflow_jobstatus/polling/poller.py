"""Looks at the jobs of one account for all that wait for them in one event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from typing import Any

from airflow_jobstatus.core.errors import CallError
from airflow_jobstatus.core.job import Job
from airflow_jobstatus.core.journal import Say
from airflow_jobstatus.core.memory import Memory
from airflow_jobstatus.core.outcome import Outcome
from airflow_jobstatus.core.wait import Wait
from airflow_jobstatus.core.watch import Watch
from airflow_jobstatus.polling.gate import Gate
from airflow_jobstatus.polling.session import Hook, Session

IN_FLIGHT = 32
"""The most requests of one account that are under way at once."""
LONGEST_NAP = 60.0
"""Seconds after which the clock is read again, should someone have set it."""
AT_ONCE = 100
"""How many waiters are served before the event loop gets its turn."""


@dataclass(eq=False)
class Waiter:
    """One wait, and whoever awaits its outcome."""

    watch: Watch
    outcome: asyncio.Future[Outcome]


@dataclass(eq=False)
class Entry:
    """One job that is waited for; its waiters share every look.

    :param job_id: The job's id.
    :param waiters: Who waits for it.
    :param due: When to look next, in seconds since the epoch; None while a look is under way.
    """

    job_id: str
    waiters: list[Waiter] = field(default_factory=list)
    due: float | None = None


class Poller:
    """Everything that one account's waits share: session, token, rate limit, and what to look at when.

    :param hook: The hook that knows the account.
    :param session: What carries the calls; one of its own by default.
    :param clock: Seconds since the epoch.
    """

    def __init__(
        self, hook: Hook, *, session: Session | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._vendor = hook.vendor
        self._session = session or Session(hook)
        self._clock = clock
        self._gate = Gate(hook.vendor.requests_per_second, hook.conn_id, clock())
        self._entries: dict[str, Entry] = {}
        self._heap: list[tuple[float, int, Entry]] = []
        self._order = count()
        self._alarm: asyncio.Future[None] | None = None
        self._looks: set[asyncio.Task[None]] = set()
        self._dispatcher: asyncio.Task[None] | None = None

    async def wait(self, wait: Wait, *, say: Say, memory: Memory | None = None) -> Outcome:
        """Look at a job until the wait for it ends.

        :param wait: What was asked for.
        :param say: Takes log lines; it is called in the context of the caller.
        :param memory: What an earlier process of the same wait remembered.
        :returns: how the wait ended.
        """
        # Airflow tells by the context which task's log a line belongs to, and the looks run in another one.
        context = copy_context()

        def say_there(level: int, line: str) -> None:
            context.run(say, level, line)

        watch = Watch(wait, self._vendor, knows=self._knows, say=say_there, memory=memory)
        waiter = Waiter(watch, asyncio.get_running_loop().create_future())
        self._join(waiter)
        if self._dispatcher is None:
            self._dispatcher = _in_the_background(self._dispatch())
        try:
            return await waiter.outcome
        finally:
            self._leave(waiter)

    async def close(self) -> None:
        """End every look and close the session."""
        tasks = [task for task in (self._dispatcher, *self._looks) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._session.close()

    def _knows(self, status: str) -> bool:
        api = self._session.api
        return api is None or api.knows(status)

    def _join(self, waiter: Waiter) -> None:
        job_id = waiter.watch.wait.job_id
        entry = self._entries.get(job_id)
        if entry is None:
            entry = self._entries[job_id] = Entry(job_id, [waiter])
            self._schedule(entry, self._clock())
            return
        entry.waiters.append(waiter)
        if entry.due is not None:
            self._schedule(entry, self._clock())

    def _leave(self, waiter: Waiter) -> None:
        entry = self._entries.get(waiter.watch.wait.job_id)
        if entry is not None and waiter in entry.waiters:
            entry.waiters.remove(waiter)
            if not entry.waiters:
                del self._entries[entry.job_id]

    def _schedule(self, entry: Entry, now: float) -> None:
        entry.due = min(waiter.watch.next_look(now) for waiter in entry.waiters)
        heappush(self._heap, (entry.due, next(self._order), entry))
        self._wake()

    def _first(self) -> Entry | None:
        """Return the entry that is due first, dropping what has left or was scheduled anew."""
        while self._heap:
            due, _, entry = self._heap[0]
            if entry.waiters and entry.due == due:
                return entry
            heappop(self._heap)
        return None

    async def _dispatch(self) -> None:
        """Start a look whenever one is due and the gate lets it pass."""
        try:
            while True:
                now = self._clock()
                entry = self._first()
                if entry is None or entry.due is None:
                    await self._nap(LONGEST_NAP)
                elif entry.due > now:
                    await self._nap(entry.due - now)
                elif error := self._gate.closed_by(now):
                    await self._answer_due(error, now)
                elif len(self._looks) >= IN_FLIGHT:
                    await self._nap(LONGEST_NAP)
                elif delay := self._gate.delay(now):
                    await self._nap(delay)
                else:
                    self._start(entry, now)
        except Exception as error:  # noqa: BLE001  a waiter must learn of any mistake here, or it would hang
            for entry in list(self._entries.values()):
                self._fail(entry, error)

    def _start(self, entry: Entry, now: float) -> None:
        heappop(self._heap)
        entry.due = None
        self._gate.enter(now)
        task = _in_the_background(self._look(entry))
        self._looks.add(task)
        task.add_done_callback(self._looks.discard)

    async def _look(self, entry: Entry) -> None:
        try:
            seen = await self._session.call(lambda api: api.get_job(entry.job_id))
            now = self._clock()
            self._gate.leave(seen if isinstance(seen, CallError) else None, now)
            self._gate.set_rate(self._rate())
            self._deliver(entry, seen, now)
        except Exception as error:  # noqa: BLE001  as above
            self._fail(entry, error)
        finally:
            self._wake()

    def _rate(self) -> float:
        api = self._session.api
        own = None if api is None else api.account.requests_per_second
        return own or self._vendor.requests_per_second

    async def _answer_due(self, error: CallError, now: float) -> None:
        """Answer what is due with the error that keeps the gate closed, instead of knocking again."""
        served = 0
        while (entry := self._first()) is not None and entry.due is not None and entry.due <= now:
            heappop(self._heap)
            self._deliver(entry, error, now)
            served += 1
            if served % AT_ONCE == 0:
                await asyncio.sleep(0)

    def _deliver(self, entry: Entry, seen: Job | CallError, now: float) -> None:
        """Tell a job's waiters what was seen; look again for those that go on waiting."""
        for waiter in entry.waiters.copy():
            if outcome := waiter.watch.observe(seen, now):
                self._leave(waiter)
                if not waiter.outcome.done():
                    waiter.outcome.set_result(outcome)
        if entry.waiters:
            self._schedule(entry, now)

    def _fail(self, entry: Entry, error: Exception) -> None:
        for waiter in entry.waiters.copy():
            self._leave(waiter)
            if not waiter.outcome.done():
                waiter.outcome.set_exception(error)

    async def _nap(self, seconds: float) -> None:
        """Sleep until there is news, at most for some seconds."""
        loop = asyncio.get_running_loop()
        self._alarm = loop.create_future()
        timer = loop.call_later(min(seconds, LONGEST_NAP), self._wake)
        try:
            await self._alarm
        finally:
            timer.cancel()
            self._alarm = None

    def _wake(self) -> None:
        if self._alarm is not None and not self._alarm.done():
            self._alarm.set_result(None)


def _in_the_background(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Start a task in a context of its own, for it serves more than the one who happened to start it."""
    return Context().run(asyncio.create_task, work)
