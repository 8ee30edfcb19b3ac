"""Logs what the waits of an event loop say: from a thread, together, and not while the log is full.

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
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextvars import Context
from datetime import datetime, timezone
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import structlog

from airflow_jobstatus.waiting.log import Say, in_this_context

HELD = 1.0
"""The most seconds for which a line is held back for others to join it."""
ROOM_WITHIN = 60.0
"""Seconds after which lines are logged although the log seems to be full."""

Line = Callable[[], object]
"""Logs a line."""

log = logging.getLogger(__name__)


class Lines:
    """The lines of one event loop that have yet to be logged, in the order in which they came.

    :param in_thread: Calls a function in a thread, and waits for it.
    """

    def __init__(
        self, in_thread: Callable[[Callable[[Sequence[Line]], None], Sequence[Line]], Awaitable[None]]
    ) -> None:
        self._in_thread = in_thread
        self._held: list[Line] = []
        self._added = self._passed = 0
        self._urged = asyncio.Event()
        self._turned = asyncio.Event()
        self._logging: asyncio.Task[None] | None = None

    def add(self, line: Line) -> None:
        """Log a line before long.

        :param line: The line; it is called in a thread.
        """
        self._held.append(line)
        self._added += 1
        self._go_on()

    async def logged(self) -> None:
        """Wait until every line so far is logged, or cannot be; that is now begun."""
        count = self._added
        while self._passed < count:
            self._go_on()
            self._urged.set()
            await self._turned.wait()

    def _go_on(self) -> None:
        if self._logging is None:
            # In a context of its own: it serves more than the one whose line happened to begin it.
            self._logging = Context().run(asyncio.create_task, self._log_all())

    async def _log_all(self) -> None:
        try:
            while self._held:
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._urged.wait(), HELD)
                self._urged.clear()
                held, self._held = self._held, []
                try:
                    await self._in_thread(_call_each, held)
                except RuntimeError:  # no thread can be started
                    log.exception("%d lines of tasks' logs are lost", len(held))
                finally:
                    self._passed += len(held)
                    self._turn()
        finally:  # where all tasks of the loop are ended, this may be the first: another one goes on
            self._logging = None
            self._turn()

    def _turn(self) -> None:
        self._turned.set()
        self._turned = asyncio.Event()


def _call_each(lines: Sequence[Line]) -> None:
    limit = time.monotonic() + ROOM_WITHIN
    for line in lines:
        try:
            _wait_for_room(limit)
            line()
        except Exception:
            log.exception("A line of a task's log is lost")


def _wait_for_room(limit: float) -> None:
    """Wait until the socket of the log takes a line; Linux says so once three quarters of it are free."""
    output: Any = getattr(structlog.get_config().get("logger_factory"), "io", None)
    with contextlib.suppress(AttributeError, OSError, ValueError):  # it is no file, or is closed
        poll = select.poll()
        poll.register(output.fileno(), select.POLLOUT)
        poll.poll(max(0.0, limit - time.monotonic()) * 1000)


@contextlib.asynccontextmanager
async def gathered(say: Say) -> AsyncIterator[Say]:
    """Give what takes the lines of a wait; all have been logged when the context is over.

    :param say: Logs a line; it is called in a thread, and in the context of the caller.
    """
    loop = asyncio.get_running_loop()
    if (lines := _lines.get(loop)) is None:
        lines = _lines[loop] = Lines(asyncio.to_thread)
    there = in_this_context(say)

    def hold(level: int, event: str, **fields: Any) -> None:
        # Airflow gives a line the time at which it is logged, unless it has one.
        now = datetime.now(timezone.utc).isoformat()
        lines.add(partial(there, level, event, timestamp=now, **fields))

    try:
        yield hold
    finally:
        await lines.logged()


_lines: WeakKeyDictionary[asyncio.AbstractEventLoop, Lines] = WeakKeyDictionary()
