"""Asks Airflow for an account, once for all who need it, and bounds how long they wait for the answer."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from contextvars import Context

from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.api import Api

LOOKUP_LIMIT = 60.0
"""Seconds in which Airflow has to return a connection."""
LOOKUP_LOST = 600.0
"""Seconds after which the answer to a look-up counts as lost, and Airflow is asked again."""


class Lookup:
    """The look-up of one connection.

    Whoever comes while it is under way joins it. An answer that came too late for those who asked serves the
    next one.

    :param ask: Asks Airflow for the account.
    :param clock: Seconds that never run backwards.
    """

    def __init__(self, ask: Callable[[], Awaitable[Api]], clock: Callable[[], float]) -> None:
        self._ask = ask
        self._clock = clock
        self._asked: asyncio.Future[Api] | None = None
        self._asked_at = -math.inf

    async def api(self, refused: Account | None = None) -> Api:
        """Return the account as the connection describes it now, or what the look-up raises.

        :param refused: An account of no use: an answer that came too late and names it does not count.
        :raises TimeoutError: if Airflow has not answered 60 seconds after it was asked; at once, if they are
            over already.
        """
        asked = self._asked
        if asked is None or self._is_lost or (asked.done() and not _is_news(asked, refused)):
            self._asked_at = self._clock()
            # In a context of its own, so that it does not log into the task log of whoever asked first.
            asked = self._asked = Context().run(asyncio.ensure_future, self._ask())
            asked.add_done_callback(lambda answered: answered.cancelled() or answered.exception())
        if not asked.done():
            # It goes on when it is given up, for others wait for it too; and in Airflow 3.1 a request that is
            # given up leaves its answer to the next one.
            await asyncio.wait({asked}, timeout=max(0.0, self._asked_at + LOOKUP_LIMIT - self._clock()))
        if not asked.done():
            raise TimeoutError
        if self._asked is asked:
            self._asked = None
        return asked.result()

    @property
    def _is_lost(self) -> bool:
        return self._clock() - self._asked_at > LOOKUP_LOST


def _is_news(answered: asyncio.Future[Api], refused: Account | None) -> bool:
    if answered.cancelled() or answered.exception() is not None:
        return False
    return answered.result().account != refused
