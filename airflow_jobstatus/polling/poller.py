"""Polls the jobs of one account for everyone in one event loop who waits for them."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Container, Coroutine, Iterable, Mapping
from contextvars import Context
from typing import Any, TypeVar

from airflow_jobstatus.polling.agenda import AT_ONCE, Agenda, Entry
from airflow_jobstatus.polling.alarm import Alarm
from airflow_jobstatus.polling.client import Client, Hook
from airflow_jobstatus.polling.joining import Joining
from airflow_jobstatus.polling.limiter import LONGEST_NAP, Limiter
from airflow_jobstatus.polling.listing import SINGLE_EVERY, ListPoller
from airflow_jobstatus.polling.lookup import Lookup
from airflow_jobstatus.polling.metrics import Metrics
from airflow_jobstatus.polling.setbacks import Setbacks
from airflow_jobstatus.polling.throttle import Throttle
from airflow_jobstatus.protocol.api import Api
from airflow_jobstatus.protocol.errors import CallError
from airflow_jobstatus.protocol.http import Flow
from airflow_jobstatus.protocol.job import Job
from airflow_jobstatus.protocol.reader import Page
from airflow_jobstatus.protocol.vendor import Vendor
from airflow_jobstatus.waiting.batch import Batch, BatchRun, Polled
from airflow_jobstatus.waiting.log import Say, in_this_context
from airflow_jobstatus.waiting.outcome import Outcome
from airflow_jobstatus.waiting.state import WaitState
from airflow_jobstatus.waiting.wait import Wait

T = TypeVar("T")

IN_FLIGHT = 32
"""The most polls of an account that are in flight at once, and as many last polls beside them; one until the
account is known, and with it its rate."""
TICK = 0.1
"""Polls start at multiples of this many seconds: together they cost the event loop less than one by one."""


class Poller:
    """What all waits on one account share: its client, its rate limit, and the order of its polls.

    One dispatcher starts a poll of whatever is due, as far as the account allows.

    :param hook: The hook that knows the account.
    :param client: What makes the calls; one of its own by default.
    :param throttle: What earlier waits on the account have learned of it, nothing by default.
    :param metrics: What is measured; nothing by default.
    :param clock: Seconds since the epoch, by which waits are planned.
    :param steady: Seconds that never run backwards, by which requests are spaced.
    """

    def __init__(  # noqa: PLR0913  what it shares, and two clocks
        self,
        hook: Hook,
        *,
        client: Client | None = None,
        throttle: Throttle | None = None,
        metrics: Metrics | None = None,
        clock: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client or Client(hook)
        self._metrics = metrics or Metrics()
        self._clock = clock
        self._steady = steady
        self._setbacks = Setbacks(clock(), steady)
        self.throttle = throttle or Throttle(self._client.rate, hook.conn_id, steady())
        self._limiter = Limiter(self.throttle, steady)
        self._agenda = Agenda()
        self._list = ListPoller(
            self._agenda,
            self._client,
            read=self._read_page,
            deliver=self._deliver,
            clock=clock,
            steady=steady,
        )
        self._polls: set[asyncio.Task[None]] = set()
        self._dispatcher: asyncio.Task[None] | None = None
        self._alarm = Alarm()

    @property
    def vendor(self) -> Vendor:
        """The vendor's declaration, as it is known now."""
        return self._client.vendor

    @property
    def lookup(self) -> Lookup:
        """The look-up of the connection."""
        return self._client.lookup

    @property
    def is_idle(self) -> bool:
        """Whether nobody waits for anything, and nothing is planned or in flight."""
        return not (self._agenda or self.planned or self._polls)

    @property
    def planned(self) -> int:
        """How many plans are kept, those that are out of date included."""
        return self._agenda.planned

    async def wait(
        self,
        batch: Batch,
        wait: Wait,
        *,
        say: Say,
        states: Mapping[str, WaitState] | None = None,
        polled: Polled | None = None,
    ) -> Outcome:
        """Poll the jobs of a batch until the wait for them ends.

        :param batch: The jobs.
        :param wait: What was asked for.
        :param say: Takes log lines; it is called in the context of the caller.
        :param states: What an earlier process of the same wait remembered of each job, by id.
        :param polled: Is called after each poll, as :class:`BatchRun` says.
        :returns: how the wait ended.
        """
        say = in_this_context(say)
        run = BatchRun(batch, wait, self._client, say=say, clock=self._clock, states=states, polled=polled)
        joining = Joining(run, self._agenda, ring=self._alarm.ring, clock=self._clock, steady=self._steady)
        try:
            for number, watch in enumerate([*run.watches.values()]):
                if number % AT_ONCE == AT_ONCE - 1:
                    await asyncio.sleep(0)
                if not joining.ended.done():  # a credential that is refused for one job is refused for all
                    joining.join(watch)
                    self._wake()
            outcome = await joining.ended
        finally:
            joining.leave()
        self._metrics.ended(outcome, self._clock())
        return outcome

    async def cancel(self, job_id: str) -> bool:
        """Ask the vendor to cancel a job, as soon as the account allows.

        :param job_id: The job's id.
        :returns: whether it will; False if the job has ended already.
        :raises JobStatusError: as :meth:`Api.cancel`.
        """
        await self._limiter.enter_beside()
        answer = await self._call(lambda api: api.cancel(job_id))
        if isinstance(answer, CallError):
            raise answer
        return answer

    async def close(self) -> None:
        """End every poll and close the session."""
        self._limiter.close()
        self._metrics.close()
        tasks = [task for task in (*self._polls, self._dispatcher) if task is not None]
        for task in tasks:
            task.cancel()
        try:
            await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            self.throttle.abandon()  # a poll that is cancelled before its first step could not
            await self._client.close()

    async def _dispatch(self) -> None:
        while True:
            try:
                await self._step()
            except Exception as error:  # noqa: BLE001  a waiter must learn of any mistake here, or it would hang
                self._agenda.fail(self._agenda, error)
                await asyncio.sleep(0)

    async def _step(self) -> None:
        """Start one poll, or sleep until one may start."""
        now = self._now()
        if (entry := self._agenda.due(now)) is None and self.throttle.may_knock(self._steady()):
            entry = self._agenda.first  # somebody must try whether a pause is over
        if entry is None:
            await self._sleep_until_due(now)
            return
        urgent = entry.last_poll <= now
        if (error := self.throttle.paused_by(self._steady())) and not urgent:
            self._agenda.answer_due(error, now)  # instead of asking again
            await asyncio.sleep(0)
        elif len(self._polls) >= (1 if self._client.api is None else (1 + urgent) * IN_FLIGHT):
            await self._alarm.sleep(LONGEST_NAP)
        elif batch := self._list.batch(entry, now):
            self._metrics.started(now - (entry.due or now))
            self._start(self._list.poll(batch), batch)
        elif await self._limiter.enter(urgent=urgent):
            self._start_single_poll(entry)

    def _start_single_poll(self, entry: Entry) -> None:
        """Poll a job, or the one that has become due before it while the limiter let it wait."""
        entry = self._agenda.due(self._now()) or entry
        if entry.due is None or not entry.waiters:  # whoever waited for it has left
            self._limiter.give_back()
        else:
            self._metrics.started(self._clock() - self._agenda.take(entry))
            self._start(self._poll(entry), [entry])

    def _start(self, poll: Coroutine[Any, Any, None], entries: Iterable[Entry]) -> None:
        task = asyncio.create_task(poll)
        self._polls.add(task)
        task.add_done_callback(lambda task: self._finish(task, entries))

    async def _poll(self, entry: Entry) -> None:
        began = self._steady()
        seen = await self._call(lambda api: api.get_job(entry.job_id))
        if isinstance(seen, CallError):
            seen.job_id = entry.job_id  # errors that come before the call do not know it
        else:
            entry.single_at = self._clock() + SINGLE_EVERY
        self._deliver(entry, seen, took=self._steady() - began)

    async def _call(self, flow: Callable[[Api], Flow[T]]) -> T | CallError:
        """Make a call that has passed the limiter, and let the limiter learn from it."""
        try:
            answer = await self._client.call(flow)
        except BaseException:
            self._limiter.abandon()  # a request that is never seen to end would keep the account paused
            raise
        self._metrics.requested(answer)
        self.throttle.set_rate(self._client.rate)
        was_unsure = self.throttle.is_unsure
        self._limiter.leave(answer if isinstance(answer, CallError) else None)
        if was_unsure and not self.throttle.is_unsure:
            self._agenda.hasten(self._clock())
        return answer

    def _deliver(self, entry: Entry, seen: Job | CallError, *, took: float = 0.0) -> None:
        self._metrics.polled(entry, self._steady())
        self._agenda.deliver(entry, seen, self._clock(), took=took)
        self._wake()

    def _finish(self, task: asyncio.Task[None], entries: Iterable[Entry]) -> None:
        """Plan the next poll of each job that a poll left without one, however the poll ended."""
        self._polls.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self._agenda.fail(entries, error)
        for entry in entries:
            if entry.waiters and entry.due is None:
                self._agenda.plan(entry, self._clock(), healthy=False)
        self._alarm.ring()

    def _wake(self) -> None:
        """Wake the dispatcher if a job is due before it would wake by itself; the first job starts it."""
        if self._dispatcher is None:
            # In a context of its own, and so are the polls: they serve more than the one who happened to ask.
            self._dispatcher = Context().run(asyncio.create_task, self._dispatch())
            self._metrics.report(self._agenda, self.throttle, self._steady)
        self._alarm.ring_before(self._agenda.first_due)

    async def _sleep_until_due(self, now: float) -> None:
        due = self._agenda.first_due
        pause = LONGEST_NAP if due == math.inf else math.ceil(due / TICK) * TICK - now
        if due < math.inf and self.throttle.is_unsure:
            pause = min(pause, max(TICK, self.throttle.delay(self._steady())))
        await self._alarm.sleep(pause, until=due)

    def _now(self) -> float:
        """Return the time; if someone has set the clock back, bring forward what would be due too late."""
        now = self._clock()
        if back := self._setbacks.since_last(now):
            self._agenda.bring_forward(back)
        return now

    async def _read_page(self, wanted: Container[str], place: str | None) -> Page | CallError | None:
        """Read a page of the list as soon as the account allows; None if it pauses."""
        may = await self._limiter.enter()
        return await self._call(lambda api: api.list_jobs(wanted, place=place)) if may else None
