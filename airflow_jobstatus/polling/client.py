"""Makes every call with one account, over one session, and takes a changed connection up."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Protocol, TypeVar

from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.api import Api
from airflow_jobstatus.protocol.errors import (
    CallError,
    InvalidConnectionError,
    PermanentError,
    TransientError,
    UnauthorizedError,
    UnknownConnectionError,
)
from airflow_jobstatus.protocol.http import Flow
from airflow_jobstatus.protocol.vendor import Vendor
from airflow_jobstatus.transports.aio import Transport

T = TypeVar("T")
LOOKUP_LIMIT = 60.0
"""Seconds in which Airflow has to tell a connection."""
MISSED_FOR = 120.0
"""Seconds after which a connection that is not found counts as deleted: Airflow also tells so in a hiccup."""
RELOAD_EVERY = 10.0
"""The least seconds between two lookups of a connection whose credential is refused."""


class Hook(Protocol):
    """What a client needs of a hook."""

    conn_id: str

    @property
    def vendor(self) -> Vendor:
        """The declaration for its connection type, until the connection is read."""

    async def aget_api(self) -> Api:
        """Return the vendor's calls with the account as the connection describes it now."""


class Client:
    """The one aiohttp session and the one sign-in for all calls with one account.

    :param hook: The hook, which looks the connection up.
    :param connect: Makes the transport of an account.
    :param clock: Seconds that never run backwards.
    """

    def __init__(
        self,
        hook: Hook,
        *,
        connect: Callable[[Account], Transport] = Transport,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hook = hook
        self._connect = connect
        self._clock = clock
        self._transports = AsyncExitStack()
        self._opening = asyncio.Lock()
        self._open: tuple[Api, Transport] | None = None
        self._checked_at = -math.inf
        self._missed_at: float | None = None

    @property
    def api(self) -> Api | None:
        """The vendor's calls with the account; None before the first call."""
        return None if self._open is None else self._open[0]

    @property
    def vendor(self) -> Vendor:
        """The vendor's declaration: the account's own, once its connection is read."""
        return self._hook.vendor if self._open is None else self._open[0].vendor

    @property
    def rate(self) -> float:
        """The most requests per second."""
        own = None if self._open is None else self._open[0].account.requests_per_second
        return own or self.vendor.requests_per_second

    def knows(self, status: str) -> bool:
        """Return whether a status word has a meaning, declared or taught by the connection."""
        return self._open is None or self._open[0].knows(status)

    async def call(self, flow: Callable[[Api], Flow[T]]) -> T | CallError:
        """Make a call and return its result or its error; a rotated credential is taken up on a 401.

        :param flow: Makes the call's flow.
        """
        try:
            api, transport = await self._other_than(None)
            try:
                return await transport.run(flow(api))
            except UnauthorizedError as error:
                renewed = await self._other_than(api)
                if renewed[0] is api:
                    return error
                return await renewed[1].run(flow(renewed[0]))
        except InvalidConnectionError as error:
            return PermanentError(self._hook.vendor.name, str(error))
        except CallError as error:
            return error

    async def close(self) -> None:
        """Close every connection."""
        await self._transports.aclose()

    async def _other_than(self, refused: Api | None) -> tuple[Api, Transport]:
        """Return the open session, opened anew if it is a refused one and its connection has changed."""
        if self._open is not None and self._open[0] is not refused:
            return self._open
        async with self._opening:
            if self._open is None:
                self._open = await self._connected(await self._looked_up())
            elif self._open[0] is refused and self._clock() - self._checked_at >= RELOAD_EVERY:
                self._checked_at = self._clock()
                api = await self._looked_up()
                if api.account != refused.account:
                    self._open = await self._connected(api)
            return self._open

    async def _looked_up(self) -> Api:
        vendor = self._hook.vendor.name
        lookup = asyncio.ensure_future(self._hook.aget_api())
        try:
            # Shielded, for in Airflow 3.1 a request that is given up leaves its answer to the next one.
            api = await asyncio.wait_for(asyncio.shield(lookup), LOOKUP_LIMIT)
        except UnknownConnectionError as error:
            now = self._clock()
            self._missed_at = now if self._missed_at is None else self._missed_at
            if self._open is not None or now - self._missed_at >= MISSED_FOR:
                raise
            raise TransientError(vendor, f"{error}; it is looked up again") from error
        except InvalidConnectionError:
            raise
        except Exception as error:
            # Whatever Airflow raises when its API server has a hiccup; a moment later it knows again.
            self._checked_at = -math.inf
            raise TransientError(
                vendor, f"connection {self._hook.conn_id!r} could not be looked up ({type(error).__name__})"
            ) from error
        self._missed_at = None
        return api

    async def _connected(self, api: Api) -> tuple[Api, Transport]:
        return api, await self._transports.enter_async_context(self._connect(api.account))
