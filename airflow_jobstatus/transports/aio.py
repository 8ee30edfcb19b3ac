"""Carries flows over aiohttp, in the triggerer."""

from __future__ import annotations

import asyncio
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import Context, ContextVar
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp
from yarl import URL

from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.bounds import LARGEST_PARSED_AT_ONCE, LONGEST_LINE, MOST_FIELDS
from airflow_jobstatus.protocol.errors import Layer, TransportError
from airflow_jobstatus.protocol.http import Flow, NotJsonError, Request, Response
from airflow_jobstatus.transports.body import Body, instead_of, read_head
from airflow_jobstatus.transports.errors import diagnose, overdue
from airflow_jobstatus.transports.quiet import hush
from airflow_jobstatus.transports.timeout import AdaptiveTimeout
from airflow_jobstatus.transports.tls import trusted

if TYPE_CHECKING:
    from typing_extensions import Self

T = TypeVar("T")
FAILURES = (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError)
"""What aiohttp and yarl raise; ValueError comes from URLs that only they find unusable."""

ALMOST = 0.9
"""The part of a time limit after which an error is its doing: a timer may come early, and round."""
UNREAD = 16 * 1024
"""How many bytes the system takes before they are read. It takes up to four times as many; of a flood of tiny
chunks so many take the event loop 20 ms."""
PARSER = ThreadPoolExecutor(1, thread_name_prefix="jobstatus-parser")
"""Parses large bodies, one at a time: Python's parser lets no other thread run until it is through, and the
event loop is to wait for one body at most."""

_is_connected: ContextVar[bool] = ContextVar("is_connected", default=False)
"""Whether the exchange under way has a connection: from then on its request may arrive."""


class Connector(aiohttp.TCPConnector):
    """Opens connections, or takes one up that is open, and notes for the exchange that it has one."""

    async def connect(self, *args: Any, **kwargs: Any) -> Any:
        """Return a connection, through the proxy and the TLS handshake."""
        connection = await super().connect(*args, **kwargs)
        _is_connected.set(True)
        return connection


class Transport:
    """One aiohttp session for one account, to be used as an asynchronous context manager.

    :param account: The account; its time limits, certificates and proxy hold for every request.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._session: aiohttp.ClientSession | None = None
        self.timeout = AdaptiveTimeout(account.timeout)
        self._shared: dict[Request, asyncio.Task[Response]] = {}

    async def __aenter__(self) -> Self:
        hush()
        verified = await asyncio.to_thread(trusted, self._account)
        self._session = aiohttp.ClientSession(
            connector=Connector(ssl=verified, socket_factory=_socket),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            max_line_size=LONGEST_LINE,
            max_field_size=LONGEST_LINE,
            max_headers=MOST_FIELDS + 1,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the session's connections."""
        for task in self._shared.values():
            task.cancel()
        if self._session is not None:
            await self._session.close()

    async def run(self, flow: Flow[T]) -> T:
        """Drive a flow to its end and return its result.

        :param flow: The flow.
        """
        try:
            request = next(flow)
            while True:
                try:
                    response = await self.send(request)
                except TransportError as error:
                    request = flow.throw(error)
                else:
                    request = flow.send(response)
        except StopIteration as end:
            result: T = end.value
            return result

    async def send(self, request: Request) -> Response:
        """Send one request and read its answer whole; redirects are answers like others.

        Equal shared requests that are under way at once are answered by one of them.

        :param request: The request.
        :raises TransportError: if no complete answer came within the account's time limits.
        """
        if not request.shared:
            return await self._exchange(request)
        task = self._shared.get(request)
        if task is None:
            # A context of its own, so that it does not log into the task log of whoever asked first.
            task = Context().run(asyncio.create_task, self._exchange(request))
            self._shared[request] = task
            task.add_done_callback(partial(self._forget, request))
        return await asyncio.shield(task)

    def _forget(self, request: Request, task: asyncio.Task[Response]) -> None:
        del self._shared[request]
        if not task.cancelled():
            task.exception()

    async def _exchange(self, request: Request) -> Response:
        if self._session is None:
            raise RuntimeError("the transport is not open; use it with `async with`")
        if request.into is not None:
            raise RuntimeError("results are written on a worker, by the transport over requests")
        if request.delay:
            await asyncio.sleep(request.delay)
        _is_connected.set(False)
        timeout = AdaptiveTimeout(self._account.timeout) if request.once else self.timeout
        began, limit = time.monotonic(), timeout.limit
        try:
            async with self._session.request(
                request.method,
                URL(request.url, encoded=True),
                headers=request.headers,
                data=request.body,
                allow_redirects=False,
                proxy=self._account.proxy,
                timeout=aiohttp.ClientTimeout(total=limit, sock_connect=self._account.connect_timeout),
            ) as answer:
                head = read_head(answer.headers.items())
                try:
                    body = Body(head, request.limit)
                    async for piece in answer.content.iter_any():
                        body.feed(piece)
                    read = body.end()
                except TransportError as error:
                    read = instead_of(error, answer.status)
                response = Response(answer.status, head, read, time.time())
            timeout.answered(time.monotonic() - began)
        except FAILURES as error:
            arrived = _is_connected.get()
            proxied = bool(self._account.proxy)
            failure = diagnose(error, request.url, proxied=proxied, may_have_arrived=arrived)
            if failure.layer is Layer.TIMEOUT:
                timeout.gave_up(limit)
                if time.monotonic() - began >= ALMOST * limit:  # else connecting alone took too long
                    most = self._account.timeout
                    failure = overdue(request.url, limit, most=most, may_have_arrived=arrived)
            raise failure from error
        if len(response.body) > LARGEST_PARSED_AT_ONCE:
            await asyncio.get_running_loop().run_in_executor(PARSER, _parse, response)
        return response


def _socket(address: aiohttp.AddrInfoType) -> socket.socket:
    """Return a socket that takes little before it is read: asyncio reads all that is there at once."""
    family, kind, proto, _, _ = address
    sock = socket.socket(family, kind, proto)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, UNREAD)
    return sock


def _parse(response: Response) -> None:
    """Parse a body, which it keeps."""
    with suppress(NotJsonError):
        response.json()
