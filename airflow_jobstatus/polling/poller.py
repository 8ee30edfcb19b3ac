"""Looks at the jobs of one account for all that wait for them in one event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Container, Coroutine, Mapping
from contextlib import aclosing
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from functools import partial
from heapq import heappop, heappush
from itertools import count
from typing import Any, TypeVar, cast

from airflow_jobstatus.core.api import Api
from airflow_jobstatus.core.errors import CallError
from airflow_jobstatus.core.http import Flow
from airflow_jobstatus.core.job import Job
from airflow_jobstatus.core.journal import Say
from airflow_jobstatus.core.memory import Memory
from airflow_jobstatus.core.outcome import Outcome
from airflow_jobstatus.core.reader import Page
from airflow_jobstatus.core.wait import Wait
from airflow_jobstatus.core.watch import Watch
from airflow_jobstatus.polling.gate import Gate
from airflow_jobstatus.polling.session import Hook, Session
from airflow_jobstatus.polling.sweep import Sweeper

T = TypeVar("T")

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
    :param listed: Whether the vendor's list may show it.
    """

    job_id: str
    waiters: list[Waiter] = field(default_factory=list)
    due: float | None = None
    listed: bool = True

    def next_look(self, now: float) -> float:
        """Return when the first of the waiters wants to look next."""
        return min(waiter.watch.next_look(now) for waiter in self.waiters)


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
        self._sweeper = Sweeper(hook.vendor)
        self._no_sweep_before = 0.0
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
        self._put(entry, entry.next_look(now))

    def _put(self, entry: Entry, due: float) -> None:
        entry.due = due
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
                elif batch := self._batch(entry, entry.due, now):
                    beats = {job.job_id: _take(job) for job in batch}
                    self._start(self._sweep({job.job_id: job for job in batch}, beats), batch)
                else:
                    _take(entry)
                    self._gate.enter(now)
                    self._start(self._look(entry), [entry])
        except Exception as error:  # noqa: BLE001  a waiter must learn of any mistake here, or it would hang
            self._fail(list(self._entries.values()), error)

    def _start(self, look: Coroutine[Any, Any, None], entries: list[Entry]) -> None:
        self._looks.add(_in_the_background(self._finish(look, entries)))

    async def _finish(self, look: Coroutine[Any, Any, None], entries: list[Entry]) -> None:
        try:
            await look
        except Exception as error:  # noqa: BLE001  as above
            self._fail(entries, error)
        finally:
            self._looks.discard(cast("asyncio.Task[None]", asyncio.current_task()))
            self._wake()

    async def _look(self, entry: Entry) -> None:
        seen = await self._ask(lambda api: api.get_job(entry.job_id))
        self._deliver(entry, seen, self._clock())

    async def _ask(self, flow: Callable[[Api], Flow[T]]) -> T | CallError:
        """Make a call that has passed the gate, and let the gate learn from it."""
        answer = await self._session.call(flow)
        self._gate.leave(answer if isinstance(answer, CallError) else None, self._clock())
        self._gate.set_rate(self._rate())
        return answer

    def _batch(self, first: Entry, due: float, now: float) -> list[Entry]:
        """Return the jobs that one sweep of the list should look at; empty if single looks are cheaper.

        They are those that are due before the first one is due again.
        """
        if now < self._no_sweep_before or not first.listed or not self._sweeper.pays(len(self._entries), now):
            return []
        period = first.next_look(due) - due
        batch = [
            entry
            for entry in self._entries.values()
            if entry.listed and entry.due is not None and entry.due <= now + period
        ]
        if self._sweeper.pays(len(batch), now):
            return batch
        self._no_sweep_before = now + period / 4
        return []

    async def _sweep(self, batch: dict[str, Entry], beats: Mapping[str, float]) -> None:
        """Look at many jobs by the list; what it does not show keeps its place for a single look.

        :param batch: The jobs by id.
        :param beats: When each was due.
        """
        complete = False
        try:
            async with aclosing(
                self._sweeper.pages(batch, partial(self._read_page, batch), self._clock)
            ) as pages:
                async for page in pages:
                    now = self._clock()
                    for job_id, job in page.jobs.items():
                        if self._sweeper.tells_all(job):
                            self._deliver(batch.pop(job_id), job, now, max(now, beats[job_id]))
                    complete = True
        finally:
            for job_id, entry in batch.items():
                entry.listed = entry.listed and not complete
                if entry.waiters:
                    self._put(entry, beats[job_id])

    async def _read_page(self, wanted: Container[str], place: str | None) -> Page | CallError | None:
        """Read a page of the list as soon as the gate lets it pass; None if the gate has closed."""
        while delay := self._gate.delay(self._clock()):
            if self._gate.closed_by(self._clock()):
                return None
            await asyncio.sleep(min(delay, 1.0))
        self._gate.enter(self._clock())
        return await self._ask(lambda api: api.list_jobs(wanted, place=place))

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

    def _deliver(self, entry: Entry, seen: Job | CallError, now: float, beat: float | None = None) -> None:
        """Tell a job's waiters what was seen; look again for those that go on waiting.

        :param entry: The job.
        :param seen: What was seen.
        :param now: Seconds since the epoch.
        :param beat: The moment that the look was meant for, where it came early.
        """
        for waiter in entry.waiters.copy():
            if outcome := waiter.watch.observe(seen, now):
                self._leave(waiter)
                if not waiter.outcome.done():
                    waiter.outcome.set_result(outcome)
        if entry.waiters:
            self._schedule(entry, now if beat is None else beat)

    def _fail(self, entries: list[Entry], error: Exception) -> None:
        for waiter in [waiter for entry in entries for waiter in entry.waiters]:
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


def _take(entry: Entry) -> float:
    """Mark a job as being looked at, at once, so that nobody else looks; return when it was due."""
    due, entry.due = entry.due, None
    return due or 0.0


def _in_the_background(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Start a task in a context of its own, for it serves more than the one who happened to start it."""
    return Context().run(asyncio.create_task, work)
