"""Logs what the waits of an event loop say: from a thread, together, and when the log has room.

A line goes through a socket to Airflow's supervisor, which reads a few in each round of its loop. Whoever
logs into a full one stands still, and with it all others that log, Airflow's own triggers among them. Should
the supervisor be handing many triggers to that loop at that moment, both stand still for ever. And a line
that comes by itself costs the supervisor a whole round, with its queries about all triggers: those of 300
waits cost more than their polls.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import select
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from functools import partial
from typing import Any

import structlog

from airflow_jobstatus.polling.per_loop import PerLoop
from airflow_jobstatus.waiting.log import Say, in_this_context

HELD = 1.0
"""The most seconds for which a line is held back for others to join it."""
ROOM_WITHIN = 60.0
"""Seconds without any room after which lines are logged although the log seems to be full."""

Line = Callable[[], object]
"""Logs a line."""

log = logging.getLogger(__name__)


class Lines:
    """The lines of one event loop that have yet to be logged, in the order in which they came.

    :param in_thread: Has a function called in a thread that does one thing after the other; returns its end.
    """

    def __init__(
        self, in_thread: Callable[[Callable[[Sequence[Line]], None], Sequence[Line]], asyncio.Future[None]]
    ) -> None:
        self._in_thread = in_thread
        self._held: list[Line] = []
        self._timer: asyncio.TimerHandle | None = None
        self._last: asyncio.Future[None] | None = None

    def add(self, line: Line) -> None:
        """Log a line before long.

        :param line: The line; it is called in a thread.
        """
        self._held.append(line)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(HELD, self._hand_over)

    async def logged(self) -> None:
        """Wait until every line so far is logged, or cannot be; that is now begun."""
        self._hand_over()
        if self._last is not None:
            await asyncio.shield(self._last)

    def _hand_over(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        held, self._held = self._held, []
        if not held:
            return
        try:
            self._last = self._in_thread(_call_each, held)
        except RuntimeError:
            log.exception("%d lines of tasks' logs are lost: no thread can be started", len(held))


def _call_each(lines: Sequence[Line]) -> None:
    limit = time.monotonic() + ROOM_WITHIN
    for line in lines:
        try:
            if _has_room(limit):
                limit = time.monotonic() + ROOM_WITHIN
            line()
        except Exception:
            log.exception("A line of a task's log is lost")


def _has_room(limit: float) -> bool:
    """Wait until the socket of the log takes a line; Linux says so once three quarters of it are free.

    :param limit: The moment at which to give up.
    """
    output: Any = getattr(structlog.get_config().get("logger_factory"), "io", None)
    with contextlib.suppress(AttributeError, OSError, ValueError):  # it is no file, or is closed
        poll = select.poll()
        poll.register(output.fileno(), select.POLLOUT)
        return bool(poll.poll(max(0.0, limit - time.monotonic()) * 1000))
    return True


def _in_thread(function: Callable[[Sequence[Line]], None], lines: Sequence[Line]) -> asyncio.Future[None]:
    # A thread of its own: others may keep those of the loop busy.
    return asyncio.get_running_loop().run_in_executor(_thread, function, lines)


@contextlib.asynccontextmanager
async def gathered(say: Say) -> AsyncIterator[Say]:
    """Give what takes the lines of a wait; all have been logged when the context is over.

    :param say: Logs a line; it is called in a thread, and in the context of the caller.
    """
    lines = _lines()
    there = in_this_context(say)

    def hold(level: int, event: str, **fields: Any) -> None:
        # Airflow gives a line the time at which it is logged, unless it has one.
        now = datetime.now(timezone.utc).isoformat()
        lines.add(partial(there, level, event, timestamp=now, **fields))

    try:
        yield hold
    finally:
        await lines.logged()


_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="jobstatus-log")
_lines = PerLoop(lambda: Lines(_in_thread))
