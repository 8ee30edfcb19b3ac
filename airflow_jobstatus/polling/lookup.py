"""Asks Airflow for an account on behalf of all who need it, and limits how long they wait."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from contextvars import Context

from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.api import Api
from airflow_jobstatus.protocol.errors import InvalidConnectionError

LOOKUP_LIMIT = 60.0
"""Seconds in which Airflow has to return a connection."""
LOOKUP_LOST = 600.0
"""Seconds after which the answer to a look-up counts as lost, and Airflow is asked again."""
FRESH = 10.0
"""Seconds for which an answer counts as what the connection is now."""


class Lookup:
    """The look-up of one connection.

    Whoever comes while it is under way joins it. A late answer, which nobody waited for any more, serves the
    next caller if it is fresh, or names another account than the one that was refused.

    :param ask: Asks Airflow for the account.
    :param clock: Seconds that never run backwards.
    """

    def __init__(self, ask: Callable[[], Awaitable[Api]], clock: Callable[[], float]) -> None:
        self._ask = ask
        self._clock = clock
        self._asked: asyncio.Future[Api] | None = None
        self._latest_asked_at = self._latest_answered_at = -math.inf
        self.asked_at = self.answered_at = -math.inf
        """When Airflow was last asked a question that it answered in time, and when it answered."""

    @property
    def is_under_way(self) -> bool:
        """Whether an answer is still to come."""
        return self._asked is not None and not self._asked.done()

    async def api(self, refused: Account | None = None) -> Api:
        """Return the account as the connection describes it now, or raise what the look-up raises.

        :param refused: The account that was just refused.
        :raises TimeoutError: if Airflow has not answered within 60 s of being asked; raised at once if those
            have passed.
        """
        asked = self._asked
        is_late = asked is not None and self._clock() >= self._latest_asked_at + LOOKUP_LIMIT
        if asked is None or self._is_lost or (asked.done() and not self._serves(asked, refused)):
            is_late = False
            self._latest_asked_at = self._clock()
            # In a context of its own, so that it does not log into the task log of whoever asked first.
            asked = self._asked = Context().run(asyncio.ensure_future, self._ask())
            asked.add_done_callback(self._note)
        if not asked.done():
            # The request is never cancelled: the next caller may use its answer; and in Airflow 3.1 a
            # cancelled request leaves its answer to the next one.
            left = self._latest_asked_at + LOOKUP_LIMIT - self._clock()
            await asyncio.wait({asked}, timeout=max(0.0, left))
        if not asked.done():
            raise TimeoutError
        if self._asked is asked:
            self._asked = None
            if not is_late and _is_answer(asked):
                self.asked_at, self.answered_at = self._latest_asked_at, self._latest_answered_at
        return asked.result()

    def _note(self, answered: asyncio.Future[Api]) -> None:
        self._latest_answered_at = self._clock()
        if not answered.cancelled():
            answered.exception()  # nobody may be there to see it

    @property
    def _is_lost(self) -> bool:
        return self._clock() - self._latest_asked_at > LOOKUP_LOST

    def _serves(self, answered: asyncio.Future[Api], refused: Account | None) -> bool:
        if answered.cancelled():
            return False
        if self._clock() - self._latest_answered_at < FRESH:
            return True
        return answered.exception() is None and answered.result().account != refused


def _is_answer(asked: asyncio.Future[Api]) -> bool:
    """Return whether Airflow said what the connection is, be it of use or not."""
    return asked.exception() is None or isinstance(asked.exception(), InvalidConnectionError)
