"""Which job of an account is due next, and who waits for it: it neither waits nor calls."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count

from airflow_jobstatus.protocol.errors import CallError
from airflow_jobstatus.protocol.job import Job
from airflow_jobstatus.waiting.outcome import Outcome
from airflow_jobstatus.waiting.state import WaitState
from airflow_jobstatus.waiting.watch import Watch

AT_ONCE = 100
"""How many jobs are answered before the event loop may run other tasks."""

End = Callable[[Outcome | BaseException], None]
"""Takes how a wait ended, or the mistake that ended it."""


@dataclass(eq=False)
class Waiter:
    """One wait, and what takes its end.

    :param watch: The wait.
    :param end: What takes its end.
    :param joined_at: When it joined, by whatever clock; None once it has been polled.
    """

    watch: Watch
    end: End
    joined_at: float | None = None


@dataclass(eq=False)
class Entry:
    """One job that is waited for; its waiters share every poll.

    :param job_id: The job's id.
    :param waiters: Who waits for it.
    :param due: When to poll next, in seconds since the epoch; None while a poll is in flight.
    :param slot: The slot of the schedule that the next poll stands for; a list poll may come before it.
    :param unlisted_until: Until when to poll it singly, because the vendor's list did not show it.
    :param unlisted_to: The page to which that list was read; infinity for its end.
    :param single_at: From when on a list poll is not enough, in seconds since the epoch.
    :param expected_at: When the job should have ended, by its counters on the list.
    """

    job_id: str
    waiters: list[Waiter] = field(default_factory=list)
    due: float | None = None
    slot: float = -math.inf
    unlisted_until: float = -math.inf
    unlisted_to: float = math.inf
    single_at: float = math.inf
    expected_at: float = math.inf

    def next_poll(self, now: float) -> float:
        """Return when the first of the waiters wants to poll next."""
        return min([waiter.watch.next_poll(now) for waiter in self.waiters])

    @property
    def last_poll(self) -> float:
        """Return the moment of the poll that decides for one of the waiters, in seconds since the epoch.

        Infinity where nobody waits any more, which may be while a poll is in flight.
        """
        return min([waiter.watch.last_poll for waiter in self.waiters], default=math.inf)

    @property
    def state(self) -> WaitState:
        """Return what the first of the waiters remembers of the job."""
        return self.waiters[0].watch.state

    def is_put_off(self, now: float) -> bool:
        """Return whether the vendor asked with a good answer to poll the job no sooner than later."""
        state = self.state
        return not state.failures and state.not_before is not None and state.not_before > now

    def interval(self, now: float) -> float:
        """Return the shortest interval of the waiters, in seconds."""
        return min([waiter.watch.interval(now) for waiter in self.waiters])


class Agenda:
    """A priority queue of jobs by due time, and the waiters of each job.

    Whoever polls takes what is due first, and delivers what was seen; that plans the next poll.
    """

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._heap: list[tuple[float, int, Entry]] = []
        self._overdue: dict[Entry, None] = {}
        self._order = count()

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    @property
    def planned(self) -> int:
        """Return how many plans are kept, out-of-date ones included."""
        return len(self._heap)

    def join(self, waiter: Waiter, now: float) -> None:
        """Add a waiter to its job; a poll that is due sooner keeps its time."""
        job_id = waiter.watch.wait.job_id
        entry = self._entries.get(job_id)
        if entry is None:
            entry = self._entries[job_id] = Entry(job_id, [waiter])
            self.plan(entry, now)
            return
        entry.waiters.append(waiter)
        # What is due already stays so, else frequent newcomers would put the poll off for ever.
        if entry.due is not None and (due := waiter.watch.next_poll(now)) < entry.due:
            self.put(entry, due)

    def leave(self, waiter: Waiter) -> None:
        """Remove a waiter, and with the last one its job."""
        entry = self._entries.get(waiter.watch.wait.job_id)
        if entry is not None and waiter in entry.waiters:
            entry.waiters.remove(waiter)
            if not entry.waiters:
                del self._entries[entry.job_id]
                self._overdue.pop(entry, None)

    @property
    def first_due(self) -> float:
        """Return when the first job is due, in seconds since the epoch; infinity if none is planned."""
        entry = self.first
        return math.inf if entry is None or entry.due is None else entry.due

    @property
    def first(self) -> Entry | None:
        """Return the job that is due first, dropping plans that are out of date."""
        while self._heap:
            due, _, entry = self._heap[0]
            if entry.waiters and entry.due == due:
                return entry
            heappop(self._heap)
        return None

    def hurry(self, waiter: Waiter) -> None:
        """Have the job of a wait whose time is over polled before all others."""
        if (entry := self._entries.get(waiter.watch.wait.job_id)) is not None:
            self._overdue[entry] = None

    def due(self, now: float) -> Entry | None:
        """Return the job that is to be polled before all others, else the one that has been due for longest.

        :param now: Seconds since the epoch.
        :returns: the job, None if none is due.
        """
        if overdue := next((entry for entry in self._overdue if entry.due is not None), None):
            return overdue
        entry = self.first
        return entry if entry is not None and entry.due is not None and entry.due <= now else None

    def take(self, entry: Entry) -> float:
        """Mark a job as in flight, so that nobody else polls it; return when it was due."""
        self._overdue.pop(entry, None)
        due, entry.due = entry.due, None
        return due or 0.0

    def put(self, entry: Entry, due: float) -> None:
        """Set when a job is due."""
        entry.due = due
        heappush(self._heap, (due, next(self._order), entry))

    def plan(self, entry: Entry, now: float, *, healthy: bool = True) -> None:
        """Plan a job's next poll: at the slot after its last one, and at the latest one interval from now."""
        last = max(now, entry.slot) if healthy else now
        entry.slot = entry.next_poll(last)
        soon = max(
            now + entry.interval(now), entry.state.not_before or now
        )  # a pause that was asked for holds
        self.put(entry, min(entry.slot, soon) if last > now else entry.slot)

    def bring_forward(self, seconds: float) -> None:
        """Move every due time to an earlier moment, because the clock was set back."""
        self._heap.clear()
        for entry in self._entries.values():
            if entry.due is not None:
                self.put(entry, entry.due - seconds)

    def hasten(self, now: float) -> None:
        """Plan each job within an interval: a vendor that asked for a longer pause answers again.

        A pause that it asked for with a good answer is about that job, and holds.
        """
        for entry in self._entries.values():
            is_late = entry.due is not None and entry.due > (soon := now + entry.interval(now))
            if is_late and not entry.is_put_off(now):
                self.put(entry, soon)

    def deliver(self, entry: Entry, seen: Job | CallError, now: float, *, took: float = 0.0) -> None:
        """Pass what was seen on to a job's waiters, and plan its next poll for those that go on waiting.

        :param entry: The job.
        :param seen: What was seen of it.
        :param now: Seconds since the epoch.
        :param took: For how many seconds the poll was in flight.
        """
        for waiter in entry.waiters.copy():
            try:
                outcome = waiter.watch.observe(seen, now, took=took)
            except Exception as error:  # noqa: BLE001  the job's other waiters go on
                self._end(waiter, error)
            else:
                if outcome is not None:
                    self._end(waiter, outcome)
        if entry.waiters:
            self.plan(entry, now, healthy=isinstance(seen, Job))

    def answer_due(self, error: CallError, now: float) -> None:
        """Answer some of what is due with the error for which the account pauses; a last poll is made."""
        for _ in range(AT_ONCE):
            entry = self.due(now)
            if entry is None or entry.last_poll <= now:
                return
            self.take(entry)
            self.deliver(entry, error, now)

    def expire(self, waiter: Waiter, now: float) -> None:
        """End a wait whose time is over."""
        try:
            self._end(waiter, waiter.watch.expire(now))
        except Exception as error:  # noqa: BLE001  as above
            self._end(waiter, error)

    def fail(self, entries: Iterable[Entry], error: BaseException) -> None:
        """End every wait for some jobs with a mistake."""
        for waiter in [waiter for entry in entries for waiter in entry.waiters]:
            self._end(waiter, error)

    def _end(self, waiter: Waiter, outcome: Outcome | BaseException) -> None:
        self.leave(waiter)
        waiter.end(outcome)
