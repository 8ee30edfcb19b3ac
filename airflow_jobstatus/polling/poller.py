"""Polls the jobs of one account for all that wait for them in one event loop."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import deque
from collections.abc import Callable, Container, Coroutine, Iterable, Mapping
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from functools import partial
from heapq import heappop, heappush
from itertools import count
from typing import Any, TypeAlias, TypeVar, cast

from airflow_jobstatus.polling.client import Hook, Session
from airflow_jobstatus.polling.listing import PAUSE_AFTER_NONSENSE, Sweeper
from airflow_jobstatus.polling.throttle import Gate
from airflow_jobstatus.protocol.api import Api
from airflow_jobstatus.protocol.errors import CallError
from airflow_jobstatus.protocol.http import Flow
from airflow_jobstatus.protocol.job import Job
from airflow_jobstatus.protocol.reader import Page
from airflow_jobstatus.waiting.log import Say
from airflow_jobstatus.waiting.outcome import Outcome
from airflow_jobstatus.waiting.state import WaitState
from airflow_jobstatus.waiting.wait import Wait
from airflow_jobstatus.waiting.watch import Watch

log = logging.getLogger(__name__)

T = TypeVar("T")
Ticket: TypeAlias = "asyncio.Future[bool]"
"""What a request that is no single look waits for at the gate: whether it may go."""
Poll = Callable[[], Coroutine[Any, Any, None]]

IN_FLIGHT = 32
"""The most requests of one account that are under way at once."""
LONGEST_NAP = 60.0
"""Seconds after which the clock is read again, should someone have set it."""
TICK = 0.1
"""Polls start at multiples of this many seconds: together they cost the event loop less than one by one."""
AT_ONCE = 100
"""How many waiters are served before the event loop gets its turn."""
GRACE = 60.0
"""How many seconds after its deadline a wait ends without the last poll that it should have had."""
SET_BACK = 1.0
"""Seconds by which the clock must have been set back to matter."""


@dataclass(eq=False)
class Waiter:
    """One wait, and whoever awaits its outcome."""

    watch: Watch
    outcome: asyncio.Future[Outcome]


@dataclass(eq=False)
class Entry:
    """One job that is waited for; its waiters share every poll.

    :param job_id: The job's id.
    :param waiters: Who waits for it.
    :param due: When to poll next, in seconds since the epoch; None while a poll is under way.
    :param beat: The moment of the wait's grid that the next look is meant for; a sweep may come before it.
    :param unlisted_until: Until when it is asked for singly, because the vendor's list did not show it.
    """

    job_id: str
    waiters: list[Waiter] = field(default_factory=list)
    due: float | None = None
    beat: float = -math.inf
    unlisted_until: float = -math.inf

    def next_poll(self, now: float) -> float:
        """Return when the first of the waiters wants to poll next."""
        return min([waiter.watch.next_poll(now) for waiter in self.waiters])

    def interval(self, now: float) -> float:
        """Return the seconds between two polls that the most eager of the waiters wants."""
        return min([waiter.watch.interval(now) for waiter in self.waiters])


class Poller:
    """Everything that one account's waits share: session, token, rate limit, and what to poll when.

    :param hook: The hook that knows the account.
    :param session: What carries the calls; one of its own by default.
    :param gate: What earlier waits on the account have learned of it, nothing by default.
    :param clock: Seconds since the epoch, by which waits are planned.
    :param steady: Seconds that never run backwards, by which requests are spaced.
    """

    def __init__(
        self,
        hook: Hook,
        *,
        session: Session | None = None,
        gate: Gate | None = None,
        clock: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._vendor = hook.vendor
        self._session = session or Session(hook)
        self._clock = clock
        self._steady = steady
        self._ahead = clock() - steady()
        self._sweeper = Sweeper(hook.vendor)
        self._no_sweep_before = -math.inf
        self.gate = gate or Gate(hook.vendor.requests_per_second, hook.conn_id, steady())
        self._tickets: deque[Ticket] = deque()
        self._entries: dict[str, Entry] = {}
        self._heap: list[tuple[float, int, Entry]] = []
        self._order = count()
        self._polls: set[asyncio.Task[None]] = set()
        self._context = Context()
        self._turn: asyncio.Handle | None = None
        self._turn_before = math.inf
        self._turn_at_an_end = False

    async def wait(self, wait: Wait, *, say: Say, state: WaitState | None = None) -> Outcome:
        """Poll a job until the wait for it ends.

        :param wait: What was asked for.
        :param say: Takes log lines; it is called in the context of the caller.
        :param state: What an earlier process of the same wait remembered.
        :returns: how the wait ended.
        """
        # Airflow tells by the context which task's log a line belongs to, and the polls run in another one.
        context = copy_context()

        def say_there(level: int, line: str) -> None:
            context.run(say, level, line)

        watch = Watch(wait, self._vendor, knows=self._knows, say=say_there, state=state)
        waiter = Waiter(watch, asyncio.get_running_loop().create_future())
        # Where more is due than the rate allows, the last poll may come late; the end of the wait may not.
        late = max(0.0, wait.deadline - self._clock()) + GRACE
        end = asyncio.get_running_loop().call_later(late, self._expire, waiter)
        try:
            self._join(waiter)
            return await waiter.outcome
        finally:
            end.cancel()
            self._leave(waiter)

    async def cancel(self, job_id: str) -> bool:
        """Ask the vendor to cancel a job, as soon as the gate lets the request pass.

        :param job_id: The job's id.
        :returns: whether it will; False if the job has ended already.
        :raises JobStatusError: as :meth:`Api.cancel`.
        """
        while not await self._pass_gate():  # noqa: ASYNC110  it is time that it waits for
            await asyncio.sleep(min(self.gate.delay(self._steady()), 1.0))
        answer = await self._ask(lambda api: api.cancel(job_id))
        if isinstance(answer, CallError):
            raise answer
        return answer

    async def close(self) -> None:
        """End every poll and close the session."""
        if self._turn is not None:
            self._turn.cancel()
        polls = list(self._polls)
        for poll in polls:
            poll.cancel()
        await asyncio.gather(*polls, return_exceptions=True)
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
        # What is due already stays so, else frequent newcomers would put the look off for ever.
        if entry.due is not None and (due := waiter.watch.next_poll(self._clock())) < entry.due:
            self._put(entry, due)

    def _leave(self, waiter: Waiter) -> None:
        entry = self._entries.get(waiter.watch.wait.job_id)
        if entry is not None and waiter in entry.waiters:
            entry.waiters.remove(waiter)
            if not entry.waiters:
                del self._entries[entry.job_id]

    def _schedule(self, entry: Entry, now: float, *, healthy: bool = True) -> None:
        """Plan the next poll: at the beat after that of the last poll, and not later than an interval on."""
        last = max(now, entry.beat) if healthy else now
        entry.beat = entry.next_poll(last)
        self._put(entry, min(entry.beat, now + entry.interval(now)) if last > now else entry.beat)

    def _put(self, entry: Entry, due: float) -> None:
        entry.due = due
        heappush(self._heap, (entry.due, next(self._order), entry))
        if due < self._turn_before:
            self._take_turn_in(0.0, before=-math.inf)

    def _first(self) -> Entry | None:
        """Return the entry that is due first, dropping what has left or was scheduled anew."""
        while self._heap:
            due, _, entry = self._heap[0]
            if entry.waiters and entry.due == due:
                return entry
            heappop(self._heap)
        return None

    def _take_turn_in(self, seconds: float, *, before: float = -math.inf, at_an_end: bool = False) -> None:
        """Plan the next turn.

        :param seconds: When to take it at the latest.
        :param before: A job that becomes due before this moment brings it forward.
        :param at_an_end: Whether a poll that ends does.
        """
        if self._turn is not None:
            self._turn.cancel()
        self._turn_before, self._turn_at_an_end = before, at_an_end
        # In a context of its own, and so are the polls: they serve more than the one who happened to ask.
        self._turn = asyncio.get_running_loop().call_later(
            min(seconds, LONGEST_NAP), self._take_turn, context=self._context
        )

    def _take_turn(self) -> None:
        """Start a poll of everything that is due and that the gate lets pass, and plan the next turn."""
        self._turn_before = -math.inf
        try:
            while not self._rest():
                pass
        except Exception as error:  # noqa: BLE001  a waiter must learn of any mistake here, or it would hang
            self._turn, self._turn_before = None, math.inf
            self._refuse_tickets()
            self._fail(list(self._entries.values()), error)

    def _rest(self) -> bool:
        """Take one step of a turn; return whether it was the last, the next turn being planned."""
        now = self._now()
        entry, ticket = self._first(), self._first_ticket()
        if entry is None or entry.due is None or entry.due > now:
            if ticket is None:
                self._take_turn_when_due(entry, now)
                return True
            entry = None
        if error := self.gate.closed_by(self._steady()):
            self._answer_due(error, now)
            self._refuse_tickets()
            self._take_turn_in(0.0)
        elif ticket is None and len(self._polls) >= self._most_in_flight():
            self._take_turn_in(LONGEST_NAP, at_an_end=True)
        elif delay := self.gate.delay(self._steady()):
            self._take_turn_in(delay, at_an_end=True)
        else:
            self._let_pass(entry, ticket, now)
            return False
        return True

    def _take_turn_when_due(self, entry: Entry | None, now: float) -> None:
        if entry is None or entry.due is None:
            self._turn, self._turn_before = None, math.inf
        else:
            self._take_turn_in(math.ceil(entry.due / TICK) * TICK - now, before=entry.due)

    def _let_pass(self, entry: Entry | None, ticket: Ticket | None, now: float) -> None:
        """Let one request pass the gate, or begin a sweep, whose requests come to the gate themselves."""
        if ticket is not None:
            self.gate.enter(self._steady())
            ticket.set_result(True)
        elif entry is not None and (batch := self._batch(entry, now)):
            beats = {job.job_id: _take(job) for job in batch}
            self._start(partial(self._sweep, {job.job_id: job for job in batch}, beats), batch)
        elif entry is not None:
            _take(entry)
            self.gate.enter(self._steady())
            self._start(partial(self._poll, entry), [entry])

    def _now(self) -> float:
        """Return the time; if someone has set the clock back, bring forward what would be due too late."""
        now = self._clock()
        before, self._ahead = self._ahead, now - self._steady()
        if before - self._ahead > SET_BACK:
            self._heap.clear()
            for entry in self._entries.values():
                if entry.due is not None:
                    self._put(entry, entry.due - (before - self._ahead))
        return now

    def _most_in_flight(self) -> int:
        """Return how many requests may be under way; until the account is known, neither is its rate."""
        return 1 if self._session.api is None else IN_FLIGHT

    def _start(self, poll: Poll, entries: Iterable[Entry]) -> None:
        self._polls.add(asyncio.create_task(self._finish(poll, entries)))

    async def _finish(self, poll: Poll, entries: Iterable[Entry]) -> None:
        try:
            await poll()
        except Exception as error:  # noqa: BLE001  as above
            self._fail(entries, error)
        finally:
            self._polls.discard(cast("asyncio.Task[None]", asyncio.current_task()))
            for entry in entries:
                if entry.waiters and entry.due is None:  # whatever ended the poll: the waits go on
                    self._schedule(entry, self._clock(), healthy=False)
            self._go_on()

    def _go_on(self) -> None:
        """Take a turn now, if one was waiting for a look to end or for the gate to open."""
        if self._turn_at_an_end:
            self._take_turn_in(0.0)

    async def _poll(self, entry: Entry) -> None:
        seen = await self._ask(lambda api: api.get_job(entry.job_id))
        if isinstance(seen, CallError):
            seen.job_id = entry.job_id  # errors that come before the call do not know it
        self._deliver(entry, seen, self._clock())

    async def _ask(self, flow: Callable[[Api], Flow[T]]) -> T | CallError:
        """Make a call that has passed the gate, and let the gate learn from it."""
        try:
            answer = await self._session.call(flow)
        except BaseException:
            # A request that is never seen to end would keep the gate closed for ever.
            self.gate.abandon()
            raise
        else:
            self.gate.leave(answer if isinstance(answer, CallError) else None, self._steady())
            return answer
        finally:
            self.gate.set_rate(self._rate())
            self._go_on()

    def _batch(self, first: Entry, now: float) -> list[Entry]:
        """Return the jobs that one sweep of the list should poll at; empty if single polls are cheaper.

        They are those that are due before the first one is due again.
        """
        steady = self._steady()
        if max(first.unlisted_until, self._no_sweep_before) > steady:
            return []
        if not self._sweeper.pays(len(self._entries), steady):
            return []
        period = first.interval(now)
        batch = [
            entry
            for entry in self._entries.values()
            if entry.due is not None and entry.due <= now + period and entry.unlisted_until <= steady
        ]
        if self._sweeper.pays(len(batch), steady):
            return batch
        self._no_sweep_before = steady + period / 4
        return []

    async def _sweep(self, batch: dict[str, Entry], beats: Mapping[str, float]) -> None:
        """Poll many jobs by the list; what it does not show keeps its place for a single poll.

        :param batch: The jobs by id.
        :param beats: When each was due.
        """

        def take(page: Page) -> None:
            now = self._clock()
            for job_id, job in page.jobs.items():
                if self._sweeper.tells_all(job):
                    self._deliver(batch.pop(job_id), job, now)

        try:
            if await self._sweeper.sweep(batch, partial(self._read_page, batch), take, self._steady):
                for entry in batch.values():
                    entry.unlisted_until = self._steady() + PAUSE_AFTER_NONSENSE
        except Exception as error:  # noqa: BLE001  single polls tell of it what there is to tell
            self._sweeper.give_up(self._steady())
            log.warning(
                "%s's list of jobs cannot be read, each is polled (%s)",
                self._vendor.name,
                type(error).__name__,
            )
        finally:
            for job_id, entry in batch.items():
                if entry.waiters:
                    self._put(entry, beats[job_id])

    async def _read_page(self, wanted: Container[str], place: str | None) -> Page | CallError | None:
        """Read a page of the list as soon as the gate lets it pass; None if the gate has closed."""
        if not await self._pass_gate():
            return None
        return await self._ask(lambda api: api.list_jobs(wanted, place=place))

    async def _pass_gate(self) -> bool:
        """Wait until the gate lets a request pass; return False if it has closed instead."""
        ticket: Ticket = asyncio.get_running_loop().create_future()
        self._tickets.append(ticket)
        self._take_turn_in(0.0)
        try:
            return await ticket
        except asyncio.CancelledError:
            if ticket.done() and not ticket.cancelled() and ticket.result():
                self.gate.abandon()
                self._go_on()
            raise

    def _first_ticket(self) -> Ticket | None:
        """Return the ticket of who has waited longest at the gate, dropping those who have left or passed."""
        while self._tickets and self._tickets[0].done():
            self._tickets.popleft()
        return self._tickets[0] if self._tickets else None

    def _refuse_tickets(self) -> None:
        while (ticket := self._first_ticket()) is not None:
            ticket.set_result(False)

    def _rate(self) -> float:
        api = self._session.api
        own = None if api is None else api.account.requests_per_second
        return own or self._vendor.requests_per_second

    def _answer_due(self, error: CallError, now: float) -> None:
        """Answer some of what is due with the error that keeps the gate closed, instead of knocking again."""
        for _ in range(AT_ONCE):
            entry = self._first()
            if entry is None or entry.due is None or entry.due > now:
                return
            heappop(self._heap)
            self._deliver(entry, error, now)

    def _deliver(self, entry: Entry, seen: Job | CallError, now: float) -> None:
        """Tell a job's waiters what was seen; look again for those that go on waiting."""
        for waiter in entry.waiters.copy():
            try:
                outcome = waiter.watch.observe(seen, now)
            except Exception as error:  # noqa: BLE001  as above, but the job's other waiters go on
                self._end(waiter, error)
            else:
                if outcome is not None:
                    self._end(waiter, outcome)
        if entry.waiters:
            self._schedule(entry, now, healthy=isinstance(seen, Job))

    def _fail(self, entries: Iterable[Entry], error: BaseException) -> None:
        for waiter in [waiter for entry in entries for waiter in entry.waiters]:
            self._end(waiter, error)

    def _expire(self, waiter: Waiter) -> None:
        try:
            self._end(waiter, waiter.watch.expire(self._clock()))
        except Exception as error:  # noqa: BLE001  as above
            self._end(waiter, error)

    def _end(self, waiter: Waiter, outcome: Outcome | BaseException) -> None:
        self._leave(waiter)
        if waiter.outcome.done():
            return
        if isinstance(outcome, Outcome):
            waiter.outcome.set_result(outcome)
        else:
            waiter.outcome.set_exception(outcome)


def _take(entry: Entry) -> float:
    """Mark a job as being polled, at once, so that nobody else polls; return when it was due."""
    due, entry.due = entry.due, None
    return due or 0.0
