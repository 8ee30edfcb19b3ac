"""Sends Airflow requests from the triggerer, a few at a time, without blocking its event loop.

The triggerer's supervisor answers one request in each round of its loop, twenty to fifty a second where there
are many triggers; what a trigger fires, and the triggers that are to begin, pass through the same line. So
requests queue here, first come, first served, and never more than a few of ours are in that line.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import IntEnum
from typing import Any

from airflow.sdk.exceptions import AirflowRuntimeError
from airflow.sdk.execution_time import task_runner

from airflow_jobstatus.polling.per_loop import PerLoop

ANSWER_TIMEOUT = 60.0
"""Seconds in which the triggerer has to answer; it never answers a request that it does not know."""
AT_ONCE = 4
"""How many are served at once: enough that the supervisor never waits for us, and nobody else for long."""
LONGEST_QUEUE = 600.0
"""Seconds after which whoever has queued that long gives up: then the supervisor answers nobody."""
EVENTS_APART = 0.05
"""Seconds between two events: the supervisor deals with all that have fired at once, in 20 ms or more each,
and serves nobody meanwhile."""
PACE = 0.1
"""The share of the one served last in the mean of how long that takes."""


class NoAnswerError(Exception):
    """Airflow did not do what it was asked to; the message says why."""


class Rank(IntEnum):
    """Who is served first."""

    WAIT = 0
    """What a wait cannot begin, end or be cancelled without."""
    NEWS = 1
    """What may come late, or not at all."""


class Queue:
    """Those who wait in one event loop to be served by the supervisor, or to fire an event."""

    def __init__(self) -> None:
        self._free = AT_ONCE
        self._waiting: dict[Rank, OrderedDict[asyncio.Future[bool], None]] = {
            rank: OrderedDict() for rank in Rank
        }
        self._pace = 0.0
        self._firing = asyncio.Lock()
        self._next_event = 0.0

    def delay(self, rank: Rank) -> float:
        """Return for how many seconds a newcomer would wait, as far as it can be told."""
        return self._pace * sum(len(queue) for other, queue in self._waiting.items() if other <= rank)

    async def enter(self, rank: Rank, patience: float) -> None:
        """Wait to be served.

        :param rank: Who is served first.
        :param patience: The most seconds to wait.
        :raises TimeoutError: if it takes longer.
        """
        if self._free:
            self._free -= 1
            return
        loop = asyncio.get_running_loop()
        place: asyncio.Future[bool] = loop.create_future()
        self._waiting[rank][place] = None
        # Not asyncio.wait_for: up to Python 3.11 it can swallow that a loop which ends cancels all tasks.
        timer = loop.call_later(patience, _turn_away, place)
        try:
            is_served = await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled() and place.result():
                self._pass_on()
            raise
        finally:
            timer.cancel()
            self._waiting[rank].pop(place, None)
        if not is_served:
            raise asyncio.TimeoutError

    def leave(self, took: float) -> None:
        """Be served, so that the next one can be.

        :param took: How many seconds it took.
        """
        self._pace += PACE * (took / AT_ONCE - self._pace)
        self._pass_on()

    async def paced(self) -> None:
        """Wait until an event may fire."""
        loop = asyncio.get_running_loop()
        async with self._firing:
            await asyncio.sleep(self._next_event - loop.time())
            self._next_event = loop.time() + EVENTS_APART

    def _pass_on(self) -> None:
        for queue in self._waiting.values():
            while queue:
                place, _ = queue.popitem(last=False)
                if not place.done():
                    place.set_result(True)
                    return
        self._free += 1


def _turn_away(place: asyncio.Future[bool]) -> None:
    if not place.done():
        place.set_result(False)


_queue = PerLoop(Queue)


@asynccontextmanager
async def served(*, rank: Rank = Rank.WAIT, patience: float | None = None) -> AsyncIterator[None]:
    """Wait to be served, and then send requests with :func:`send`, one after the other.

    :param rank: Who is served first.
    :param patience: The most seconds to queue; ``LONGEST_QUEUE``, 600, by default. Where it is plain that it
        would take longer, it takes no time.
    :raises NoAnswerError: if it takes longer.
    """
    queue = _queue()
    patience = LONGEST_QUEUE if patience is None else patience
    too_long = f"so many requests wait for the triggerer that it takes more than {patience:g} s"
    if queue.delay(rank) > patience:
        raise NoAnswerError(too_long)
    try:
        await queue.enter(rank, patience)
    except asyncio.TimeoutError as error:
        raise NoAnswerError(too_long) from error
    clock = asyncio.get_running_loop().time
    began = clock()
    try:
        yield
    finally:
        queue.leave(clock() - began)


async def ask(
    message: Any, within: float | None = None, *, rank: Rank = Rank.WAIT, patience: float | None = None
) -> Any:
    """Return Airflow's answer to a request that queues.

    :param message: One of the messages of ``airflow.sdk.execution_time.comms``.
    :param within: Seconds, from being served, in which it has to come; ``ANSWER_TIMEOUT``, 60, by default.
    :param rank: Who is served first.
    :param patience: The most seconds to queue; ``LONGEST_QUEUE``, 600, by default.
    :raises NoAnswerError: if the answer does not come, or is an error.
    """
    async with served(rank=rank, patience=patience):
        return await send(message, within)


async def send(message: Any, within: float | None = None) -> Any:
    """Return Airflow's answer to a request that is sent at once, by whoever is :func:`served`.

    :param message: As for :func:`ask`.
    :param within: As for :func:`ask`.
    :raises NoAnswerError: if the answer does not come, or is an error.
    """
    # It goes on when it is given up, for in Airflow 3.1 such a request leaves its answer to the next one.
    asked = asyncio.ensure_future(task_runner.SUPERVISOR_COMMS.asend(message))
    timeout = within or ANSWER_TIMEOUT
    asked.add_done_callback(lambda task: task.cancelled() or task.exception())  # it may come too late
    answered, _ = await asyncio.wait({asked}, timeout=timeout)
    if not answered:
        raise NoAnswerError(f"the triggerer gave no answer in {timeout:g} s")
    try:
        return asked.result()
    except AirflowRuntimeError as error:
        raise NoAnswerError(str(error)) from error


async def paced() -> None:
    """Wait until an event may fire: at once, unless others have just fired or are waiting to."""
    await _queue().paced()


def runs_inline() -> bool:
    """Return whether ``dag.test()`` runs the trigger: what it has for a supervisor answers no trigger."""
    comms = getattr(task_runner, "SUPERVISOR_COMMS", None)
    return comms is not None and not hasattr(comms, "asend")
