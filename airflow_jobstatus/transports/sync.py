"""Carries flows over requests, on the worker."""

from __future__ import annotations

import time
from collections.abc import Iterable
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

import requests
import urllib3

from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.bounds import LARGEST_RESULTS
from airflow_jobstatus.protocol.errors import Layer, TransportError
from airflow_jobstatus.protocol.http import Flow, Request, Response
from airflow_jobstatus.transports.body import BROKEN, Body, Decoder, instead_of, read_head
from airflow_jobstatus.transports.errors import diagnose, overdue
from airflow_jobstatus.transports.exchange import Exchange, OverdueError, within
from airflow_jobstatus.transports.quiet import hush
from airflow_jobstatus.transports.session import PlainSession, timeouts
from airflow_jobstatus.transports.tls import trusted

if TYPE_CHECKING:
    from typing_extensions import Self

T = TypeVar("T")
CHUNK = 64 * 1024
ENDLESS = "the answer says neither how long it is nor where it ends, so it may have broken off"
FAILURES = (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError)
"""What requests and urllib3 raise; ValueError comes from URLs that only they find unusable."""


class Transport:
    """One requests session for one account.

    :param account: The account; its time limits, certificates and proxy hold for every request.
    :raises InvalidConnectionError: if its CA bundle holds no certificates.
    """

    def __init__(self, account: Account) -> None:
        hush()
        trusted(account)  # requests itself would find out in every poll anew
        self._account = account
        self._session = PlainSession(account)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the session's connections."""
        self._session.close()

    def run(self, flow: Flow[T]) -> T:
        """Drive a flow to its end and return its result.

        :param flow: The flow.
        """
        try:
            request = next(flow)
            while True:
                try:
                    response = self.send(request)
                except TransportError as error:
                    request = flow.throw(error)
                else:
                    request = flow.send(response)
        except StopIteration as end:
            result: T = end.value
            return result

    def send(self, request: Request) -> Response:
        """Send one request and read its answer whole, or write it as it comes.

        Redirects are answers like others.

        :param request: The request.
        :raises TransportError: if no complete answer came within the account's time limits.
        """
        if request.delay:
            time.sleep(request.delay)
        exchange, into = Exchange(), request.into
        try:
            return within(
                self._account.timeout,
                exchange,
                partial(self._exchange, request, exchange),
                write=None if into is None else into.write,
            )
        except OverdueError as error:
            arrived = exchange.may_have_arrived
            raise overdue(request.url, self._account.timeout, may_have_arrived=arrived) from error

    def _exchange(self, request: Request, exchange: Exchange) -> Response:
        try:
            return self._answer(request, exchange)
        except FAILURES as error:
            arrived, proxied = exchange.may_have_arrived, bool(self._account.proxy)
            raise diagnose(error, request.url, proxied=proxied, may_have_arrived=arrived) from error

    def _answer(self, request: Request, exchange: Exchange) -> Response:
        with self._session.request(
            request.method,
            request.url,
            headers=dict(request.headers),
            data=request.body,
            allow_redirects=False,
            stream=True,
            timeout=timeouts(self._account),
        ) as answer:
            head = read_head(answer.raw.headers.items())
            pieces = iter(partial(answer.raw.read1, CHUNK, decode_content=False), b"")
            if request.into is not None and request.into.takes(answer.status_code, head):
                # Where nothing says how long it is, what broke off looks whole.
                has_end = answer.raw.chunked or answer.raw.length_remaining is not None
                _hand_over(pieces, Decoder(head), exchange, has_end=has_end)
                return Response(answer.status_code, head, b"", time.time())
            try:
                body = Body(head, request.limit)
                for piece in pieces:
                    body.feed(piece)
                read = body.end()
            except TransportError as error:
                read = instead_of(error, answer.status_code)
            return Response(answer.status_code, head, read, time.time())


def _hand_over(pieces: Iterable[bytes], decoder: Decoder, exchange: Exchange, *, has_end: bool) -> None:
    """Hand a body over to the caller, who writes it.

    :param has_end: Whether HTTP tells the end of the body from a connection that broke off.
    """
    size = 0
    for piece in pieces:
        for part in decoder.decode(piece):
            size += len(part)
            if size > LARGEST_RESULTS:
                raise TransportError(f"the results are longer than {LARGEST_RESULTS} bytes", Layer.BODY)
            exchange.hand_over(part)
    if not decoder.is_whole(has_end=has_end):
        raise TransportError(BROKEN if has_end else ENDLESS, Layer.BODY)
