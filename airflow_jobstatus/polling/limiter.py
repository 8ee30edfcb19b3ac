"""Lets the requests of one account pass, one after the other, as fast as its throttle allows."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from airflow_jobstatus.polling.throttle import Throttle
from airflow_jobstatus.protocol.errors import CallError

LONGEST_NAP = 60.0
"""The most seconds to sleep before the clock is read again."""
BESIDE = 2
"""How many requests that are no polls queue at once."""
NEXT_LOOK = 1.0
"""The most seconds after which such a one looks whether a pause is over."""


class Limiter:
    """An asynchronous rate limiter: the throttle counts, the limiter waits.

    :param throttle: The account's throttle.
    :param steady: Seconds that never run backwards.
    """

    def __init__(self, throttle: Throttle, steady: Callable[[], float]) -> None:
        self._throttle = throttle
        self._steady = steady
        self._queue: deque[tuple[asyncio.Future[bool], bool]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._beside = asyncio.Semaphore(BESIDE)

    async def enter(self, *, urgent: bool = False) -> bool:
        """Wait until a request may go; return False if the account pauses instead.

        :param urgent: Whether the request goes even then, as fast as the rate allows.
        """
        now = self._steady()
        if not self._queue and not self._throttle.delay(now, urgent=urgent):
            self._throttle.enter(now)
            return True
        permission: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._queue.append((permission, urgent))
        self._serve()
        try:
            return await permission
        except asyncio.CancelledError:
            if permission.done() and not permission.cancelled() and permission.result():
                self.give_back()
            raise

    async def enter_beside(self) -> None:
        """Wait until a request may go that is no poll, however long the account pauses.

        Only a few of these queue at once: no poll is to wait behind thousands.
        """
        async with self._beside:
            while not await self.enter():  # noqa: ASYNC110  it is time that it waits for
                await asyncio.sleep(min(self._throttle.delay(self._steady()), NEXT_LOOK))

    def leave(self, error: CallError | None) -> None:
        """Record how a request ended: None for a good answer."""
        self._throttle.leave(error, self._steady())
        self._serve()

    def abandon(self) -> None:
        """Record that nothing is known of a request, not even whether it went."""
        self._throttle.abandon()
        self._serve()

    def give_back(self) -> None:
        """Return a permission that was not used."""
        self._throttle.give_back()
        self._serve()

    def close(self) -> None:
        """Let nobody pass any more."""
        if self._timer is not None:
            self._timer.cancel()
        for permission, _ in self._queue:
            permission.cancel()

    def _serve(self) -> None:
        """Answer those who wait, first come, first served; come back when the next may go."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._queue:
            now = self._steady()
            permission, urgent = self._queue[0]
            if permission.done():  # whoever waited for it has left
                self._queue.popleft()
            elif self._throttle.paused_by(now) and not urgent:
                self._queue.popleft()
                permission.set_result(False)
            elif delay := self._throttle.delay(now, urgent=urgent):
                loop = asyncio.get_running_loop()
                self._timer = loop.call_later(min(delay, LONGEST_NAP), self._serve)
                return
            else:
                self._throttle.enter(now)
                self._queue.popleft()
                permission.set_result(True)
