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
from weakref import WeakKeyDictionary

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
CROWD = 0.02
"""Seconds that each wait which has still to be written adds to the pause before the next one is."""
LONGEST_PAUSE = 10.0
"""The seconds after which one of a crowd is written nevertheless, and a busy Airflow is asked to store it."""
SHARE_OF_REMOVALS = 10
"""The same for the removal of what is over and would be stale."""

log = logging.getLogger(__name__)


class Shown(Protocol):
    """Something whose progress is shown."""

    due: float | None
    """When to write it next, on the writer's clock; None while there is nothing new."""
    written: float
    """When it was last written."""
    urgent: bool
    """Whether what is to be seen is wrong about whether the API answers: then it is written before others."""
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
        self._dirty: dict[Shown, None] = {}
        self._writing: asyncio.Task[None] | None = None

    def next_within(self, shown: Shown) -> float:
        """Return the seconds in which it is a wait's turn again, behind those that have still to be written.

        :param shown: The wait.
        """
        count = len(self._dirty) + 1
        return max(ELSE_AFTER, count * _pause(shown, count))

    def note(self, shown: Shown, *, news: bool) -> None:
        """Have a wait written before long: a poll has changed what there is to see.

        :param shown: The wait.
        :param news: Whether a person would want to know at once.
        """
        due = max(self._clock() + SOON, shown.written + (NEWS_AFTER if news else ELSE_AFTER))
        shown.due = due if shown.due is None else min(shown.due, due)
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
        self._dirty.pop(shown, None)

    async def _write_all(self) -> None:
        try:
            while self._dirty:
                began = self._clock()
                shown = min(self._dirty, key=lambda shown: _turn(shown, began))
                if (pause := (shown.due or 0.0) - began) > 0:
                    await self._sleep(min(pause, EVERY))
                    continue
                del self._dirty[shown]
                shown.due, shown.written = None, began
                try:
                    await shown.write()
                except XComError as error:
                    log.debug("The progress of a wait is not shown: %s", error)
                except Exception:
                    log.exception("The progress of a wait cannot be shown")
                await self._sleep(_pause(shown, len(self._dirty), self._clock() - began))
        finally:
            self._writing = None


def _turn(shown: Shown, now: float) -> tuple[bool, bool, float]:
    due = shown.due or 0.0
    return due > now, not shown.urgent, due


def _pause(shown: Shown, count: int, took: float = 0.0) -> float:
    """Return for how many seconds to leave Airflow alone after a write, while some more are to come."""
    return max(shown.apart, min(max(shown.share * took, shown.crowd * count), LONGEST_PAUSE))


class ShownWait:
    """The progress of one wait, as an XCom.

    :param xcoms: The XComs of its task instance.
    :param conn_id: The connection.
    :param writer: What writes it.
    """

    apart = EVERY
    share = SHARE
    crowd = CROWD

    def __init__(self, xcoms: XComs, conn_id: str, writer: ProgressWriter) -> None:
        self._xcoms = xcoms
        self._conn_id = conn_id
        self._writer = writer
        self._run: BatchRun | None = None
        self._shown_failing = False
        self.urgent = False
        self.due: float | None = None
        self.written = float("-inf")

    def polled(self, run: BatchRun, *, news: bool) -> None:
        """Note that a poll has changed what there is to see.

        :param run: The wait.
        :param news: Whether a person would want to know at once.
        """
        self._run = run
        if news:
            self.urgent = bool(run.failing) != self._shown_failing

    def end(self) -> None:
        """Show nothing any more, not even by a write that queues."""
        self._run = None

    async def write(self) -> None:
        """Push the XCom, with the state as it is when the push has its turn."""
        await self._xcoms.push_latest(KEY, self._values, patience=PATIENCE)

    def _values(self) -> dict[str, Any] | None:
        if self._run is None:  # the wait has ended meanwhile
            return None
        self._shown_failing = bool(self._run.failing)
        self.urgent = False
        next_within = self._writer.next_within(self)
        return {"conn_id": self._conn_id, **progress(self._run, time.time(), next_within)}


class Removal:
    """The removal of what showed the progress of a wait.

    :param xcoms: The XComs of its task instance.
    """

    urgent = True
    apart = 0.0
    share = SHARE_OF_REMOVALS
    crowd = 0.0

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
    wait = ShownWait(xcoms, conn_id, writer)

    def polled(run: BatchRun, news: bool) -> None:  # noqa: FBT001  as a batch calls it
        wait.polled(run, news=news)
        writer.note(wait, news=news)

    try:
        yield polled
    finally:
        wait.end()
        writer.forget(wait)


def _writer() -> ProgressWriter:
    return _writers.setdefault(asyncio.get_running_loop(), ProgressWriter())


_writers: WeakKeyDictionary[asyncio.AbstractEventLoop, ProgressWriter] = WeakKeyDictionary()
