"""Makes every call with one account, over one session, and takes a changed connection up."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from airflow_jobstatus.polling.lookup import FRESH, Lookup
from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.api import Api
from airflow_jobstatus.protocol.errors import (
    CallError,
    InvalidConnectionError,
    InvalidJobIdError,
    PermanentError,
    TransientError,
    UnauthorizedError,
    UnknownConnectionError,
)
from airflow_jobstatus.protocol.http import Flow
from airflow_jobstatus.protocol.vendor import Vendor
from airflow_jobstatus.transports.aio import Transport

T = TypeVar("T")
APART = 3.0
"""The least seconds between two look-ups of a connection whose credential is refused."""
MOST_KEYS = 3
"""How many credentials one call tries, for it may be rotated meanwhile."""


class Hook(Protocol):
    """What a client needs of a hook."""

    conn_id: str

    @property
    def vendor(self) -> Vendor:
        """The declaration for its connection type, until the connection is read."""

    async def aget_api(self) -> Api:
        """Return the vendor's calls with the account as the connection describes it now."""


@dataclass(eq=False)
class Session:
    """One transport and the sign-in that goes with it, until the connection changes."""

    api: Api
    transport: Transport
    in_flight: int = 0
    is_replaced: bool = False
    good_at: float = -math.inf

    async def run(self, flow: Callable[[Api], Flow[T]], began: float) -> T:
        """Make a call; the last call over a session that was replaced closes it."""
        self.in_flight += 1
        try:
            result = await self.transport.run(flow(self.api))
            self.good_at = max(self.good_at, began)
            return result
        finally:
            self.in_flight -= 1
            if self.is_replaced and not self.in_flight:
                await self.transport.close()

    async def replace(self) -> None:
        """Close the transport as soon as no call needs it."""
        self.is_replaced = True
        if not self.in_flight:
            await self.transport.close()


class Client:
    """The one aiohttp session and the one sign-in for all calls with one account.

    :param hook: The hook, which looks the connection up.
    :param lookup: The look-up of the connection that earlier waits have left under way; none by default.
    :param connect: Makes the transport of an account.
    :param clock: Seconds that never run backwards.
    """

    def __init__(
        self,
        hook: Hook,
        *,
        lookup: Lookup | None = None,
        connect: Callable[[Account], Transport] = Transport,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hook = hook
        self._connect = connect
        self._clock = clock
        self._opening = asyncio.Lock()
        self._session: Session | None = None
        self.lookup = lookup or Lookup(hook.aget_api, clock)

    @property
    def api(self) -> Api | None:
        """The vendor's calls with the account; None before the first call."""
        return None if self._session is None else self._session.api

    @property
    def vendor(self) -> Vendor:
        """The vendor's declaration: the account's own, once its connection is read."""
        return self._hook.vendor if self._session is None else self._session.api.vendor

    @property
    def rate(self) -> float:
        """The most requests per second."""
        own = None if self._session is None else self._session.api.account.requests_per_second
        return own or self.vendor.requests_per_second

    @property
    def is_proven(self) -> bool:
        """Whether the account has had a good answer."""
        return self._session is not None and self._session.api.is_proven

    def knows(self, status: str) -> bool:
        """Return whether a status word has a meaning, declared or taught by the connection."""
        return self._session is None or self._session.api.knows(status)

    def page_of(self, job_id: str) -> str | None:
        """Return the URL of a job's page for people, None where there is none."""
        return None if self._session is None else self._session.api.page_of(job_id)

    async def call(self, flow: Callable[[Api], Flow[T]]) -> T | CallError:
        """Make a call and return its result or its error; a rotated credential is taken up on a 401.

        :param flow: Makes the call's flow.
        """
        try:
            session = await self._opened()
            for _ in range(MOST_KEYS):
                try:
                    return await session.run(flow, self._clock())
                except UnauthorizedError as error:
                    refusal = error
                if (renewed := await self._other_than(session)) is None:
                    break
                session = renewed
        except CallError as error:
            return error
        except InvalidJobIdError as error:  # such as one that would lead to another path
            return PermanentError(self.vendor.name, str(error))
        return refusal

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.transport.close()

    async def _opened(self) -> Session:
        """Return the open session; the first call opens it.

        :raises CallError: if the connection cannot be had, or is of no use.
        """
        if self._session is None:
            async with self._opening:
                if self._session is None:
                    self._session = await self._connected(await self._looked_up())
        return self._session

    async def _other_than(self, refused: Session) -> Session | None:
        """Return a session with another credential than one that was just refused, None where there is none.

        A connection that is gone or of no use changes nothing: the refusal stands.

        :param refused: The session with the refused credential.
        :raises TransientError: if Airflow gave no answer; the next poll asks again.
        """
        refused_at = self._clock()
        async with self._opening:
            if self._session is not refused:
                return self._session
            if self._is_known_to_stand(refused, refused_at):
                return None
            await asyncio.sleep(self.lookup.answered_at + APART - self._clock())
            try:
                api = await self._looked_up(refused.api.account)
                if api.account == refused.api.account:
                    return None
                self._session = await self._connected(api)
            except PermanentError:
                return None
            await refused.replace()
            return self._session

    def _is_known_to_stand(self, refused: Session, refused_at: float) -> bool:
        """Return whether a look-up has shown that the refused account is still the connection's.

        It came after the refusal; or just before, and nothing was good since.
        """
        if self.lookup.asked_at >= refused_at:
            return True
        has_worked_since = refused.good_at > self.lookup.asked_at
        return not has_worked_since and self._clock() - self.lookup.answered_at < FRESH

    async def _looked_up(self, refused: Account | None = None) -> Api:
        """Return the account as the connection describes it now.

        :param refused: The account whose credential was refused.
        :raises TransientError: if Airflow raises anything: a moment later it may know again.
        :raises PermanentError: if the connection is of no use as it is.
        """
        vendor = self._hook.vendor.name
        try:
            return await self.lookup.api(refused)
        except UnknownConnectionError as error:
            if self._session is not None:
                raise PermanentError(vendor, str(error)) from error
            raise TransientError(vendor, str(error)) from error
        except InvalidConnectionError as error:
            raise PermanentError(vendor, str(error)) from error
        except Exception as error:
            raise TransientError(
                vendor, f"connection {self._hook.conn_id!r} could not be looked up ({type(error).__name__})"
            ) from error

    async def _connected(self, api: Api) -> Session:
        transport = self._connect(api.account)
        try:
            return Session(api, await transport.__aenter__())
        except InvalidConnectionError as error:
            raise PermanentError(api.vendor.name, str(error)) from error
