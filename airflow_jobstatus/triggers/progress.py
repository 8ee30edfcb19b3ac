"""Keeps an XCom with the progress of each wait in the triggerer, for people to see inside Airflow.

Airflow serves one request of a triggerer after the other, an XCom in about 12 ms, and while it does nobody's
trigger starts or ends; where many triggers run it then goes once round its loop, with queries about all of
them. So news are written soon, everything else seldom, and all waits share one budget.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import Context
from typing import Any, Protocol

from airflow_jobstatus.polling.per_loop import PerLoop
from airflow_jobstatus.triggers.supervisor import Rank
from airflow_jobstatus.triggers.xcoms import XComError, XComs
from airflow_jobstatus.waiting.batch import BatchRun, Polled
from airflow_jobstatus.waiting.progress import ELSE_AFTER, KEY, NEWS_AFTER, progress

SOON = 0.5
"""Seconds after which news are written: a wait that its first poll ends is not worth an XCom."""
EVERY = 0.5
"""The least seconds between two writes of the whole triggerer."""
PATIENCE = 5.0
"""The most seconds that a write queues: the next one will have newer news."""
SHARE = 30
"""A write is followed by at least this many times the seconds that it took: a busy Airflow is left alone."""
SHARE_OF_REMOVALS = 10
"""The same after the removal of what is over and would be stale."""
CROWD = 0.02
"""The least pause after a write, in seconds for each wait that has still to be written."""
LONGEST_PAUSE = 10.0
"""The longest pause between two writes, however many wait, or however busy Airflow is."""

log = logging.getLogger(__name__)


class Shown(Protocol):
    """Something whose progress is shown."""

    due: float | None
    """When to write it next, on the writer's clock; None while there is nothing new."""
    written: float
    """When it was last written."""
    next_within: float
    """The seconds from that in which it is its turn again, if there is something new by then."""
    urgent: bool
    """Whether what is to be seen is wrong about whether the API answers: then it does not queue."""
    apart: float
    """The least seconds from its write to the next one's."""
    share: int
    """The least seconds from its write to the next one's, as a multiple of those that it took."""
    crowd: float
    """The least seconds from its write to the next one's, for each of those that have still to be written."""

    async def write(self) -> None:
        """Write how far it is now."""


class ProgressWriter:
    """Writes the progress of the waits of one event loop, one after the other; nobody waits for it.

    :param clock: Seconds that never run backwards.
    :param sleep: Sleeps for some seconds.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._promised: dict[Shown, float] = {}
        self._dirty: dict[Shown, None] = {}
        self._took = 0.0  # seconds that a write takes of late, for the promises
        self._writing: asyncio.Task[None] | None = None

    def note(self, shown: Shown, *, news: bool) -> None:
        """Have a wait written before long: a poll has changed what there is to see.

        :param shown: The wait.
        :param news: Whether a person would want to know at once.
        """
        due = max(self._clock() + SOON, shown.written + (NEWS_AFTER if news else ELSE_AFTER))
        shown.due = due if shown.due is None else min(shown.due, due)
        if shown not in self._promised:
            self._promised[shown] = due + self._turn_within(shown)
        self.put(shown)

    def put(self, shown: Shown) -> None:
        """Have something written when it is due.

        :param shown: What it is.
        """
        self._dirty[shown] = None
        if self._writing is None:
            # In a context of its own: it serves more than the one whose poll happened to begin it.
            self._writing = Context().run(asyncio.create_task, self._write_all())

    def forget(self, shown: Shown) -> None:
        """Write a wait no more; a write that was sent reaches Airflow before whatever is asked of it next.

        :param shown: The wait.
        """
        self._promised.pop(shown, None)
        self._dirty.pop(shown, None)

    async def _write_all(self) -> None:
        try:
            while self._dirty:
                began = self._clock()
                shown = min(self._dirty, key=lambda shown: self._turn(shown, began))
                if (pause := (shown.due or 0.0) - began) > 0:
                    await self._sleep(min(pause, EVERY))
                    continue
                del self._dirty[shown]
                shown.due, shown.written, shown.next_within = None, began, self._turn_within(shown)
                if shown in self._promised:
                    self._promised[shown] = began + shown.next_within
                try:
                    await shown.write()
                except XComError as error:
                    log.debug("The progress of a wait is not shown: %s", error)
                except Exception:
                    log.exception("The progress of a wait cannot be shown")
                took = self._clock() - began
                self._took += (min(took, 1.0) - self._took) / 10
                await self._sleep(_pause(shown, len(self._dirty), took))
        finally:
            self._writing = None

    def _turn_within(self, shown: Shown) -> float:
        """Return the seconds in which it is a wait's turn, if all others have theirs before."""
        count = len(self._promised) + (shown not in self._promised)
        return max(ELSE_AFTER, count * (self._took + _pause(shown, count, self._took)))

    def _turn(self, shown: Shown, now: float) -> tuple[bool, bool, float]:
        due = shown.due or 0.0
        promised = self._promised.get(shown, due)
        is_late = promised < now and shown.written > float("-inf")
        return due > now, not is_late, due if shown.urgent else promised


def _pause(shown: Shown, count: int, took: float) -> float:
    """Return the seconds for which to leave Airflow alone after a write, while some more are to come."""
    return max(shown.apart, min(max(shown.share * took, shown.crowd * count), LONGEST_PAUSE))


class ShownWait:
    """The progress of one wait, as an XCom.

    :param xcoms: The XComs of its task instance.
    :param conn_id: The connection.
    """

    apart = EVERY
    share = SHARE
    crowd = CROWD

    def __init__(self, xcoms: XComs, conn_id: str) -> None:
        self._xcoms = xcoms
        self._conn_id = conn_id
        self._run: BatchRun | None = None
        self._sent_failing = self._shown_failing = False
        self.urgent = False
        self.due: float | None = None
        self.written = float("-inf")
        self.next_within = ELSE_AFTER

    def polled(self, run: BatchRun, *, news: bool) -> None:
        """Note that a poll has changed what there is to see.

        :param run: The wait.
        :param news: Whether a person would want to know at once.
        """
        self._run = run
        if news:
            self._compare()

    def end(self) -> None:
        """Show nothing any more, not even by a write that queues."""
        self._run = None

    async def write(self) -> None:
        """Push the XCom, with the state as it is when the push has its turn."""
        await self._xcoms.push_latest(KEY, self._values, patience=PATIENCE)
        self._shown_failing = self._sent_failing
        self._compare()

    def _compare(self) -> None:
        self.urgent = self._run is not None and bool(self._run.failing) != self._shown_failing

    def _values(self) -> dict[str, Any] | None:
        if self._run is None:  # the wait has ended meanwhile
            return None
        self._sent_failing = bool(self._run.failing)
        return {"conn_id": self._conn_id, **progress(self._run, time.time(), self.next_within)}


class Removal:
    """The removal of what showed the progress of a wait.

    :param xcoms: The XComs of its task instance.
    """

    urgent = True
    apart = 0.0
    share = SHARE_OF_REMOVALS
    crowd = 0.0
    next_within = float("inf")

    def __init__(self, xcoms: XComs) -> None:
        self._xcoms = xcoms
        self.due: float | None = float("-inf")  # before all news: of what is over none is true
        self.written = float("-inf")

    async def write(self) -> None:
        """Delete the XCom."""
        await self._xcoms.delete([KEY], rank=Rank.NEWS)


def remove_later(xcoms: XComs) -> None:
    """Have the progress of a wait that has ended removed; whoever ends it does not wait for that.

    :param xcoms: The XComs of its task instance.
    """
    _writer().put(Removal(xcoms))


@contextmanager
def shown(xcoms: XComs, conn_id: str) -> Iterator[Polled]:
    """Show a wait's progress for as long as the context lasts; give what it calls after each poll.

    :param xcoms: The XComs of its task instance.
    :param conn_id: The connection.
    """
    writer = _writer()
    wait = ShownWait(xcoms, conn_id)

    def polled(run: BatchRun, news: bool) -> None:  # noqa: FBT001  as a batch calls it
        wait.polled(run, news=news)
        writer.note(wait, news=news)

    try:
        yield polled
    finally:
        wait.end()
        writer.forget(wait)


_writer = PerLoop(ProgressWriter)
