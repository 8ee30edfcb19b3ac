"""Just enough of HTTP/1.1 to be much faster than any client that is measured."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import time
from collections.abc import Callable
from typing import cast

from benchmarks.case import Case
from benchmarks.server.api import LIST, Api
from benchmarks.server.book import Book
from benchmarks.server.counts import Counts
from benchmarks.server.fault import FAULTS, Fault, Trouble, no_fault

CONTROL = "/control/"
HTML = b"<html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>"
REASONS = {200: "OK", 404: "Not Found", 429: "Too Many Requests", 500: "Internal Server Error"}
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Account:
    """What all connections of one server share: jobs, fault and counts, anew for every round.

    :param case: The case.
    """

    def __init__(self, case: Case) -> None:
        self._case = case
        self.book = Book(case)
        self.api = Api(self.book)
        self.counts = Counts()
        self.fault: Fault = no_fault

    def begin(self, at: float) -> None:
        """Begin a round.

        :param at: The moment, in seconds since the epoch.
        """
        self.book.begin(at)
        self.counts = Counts()
        self.fault = FAULTS[self._case.fault]() if self._case.fault else no_fault


class Connection(asyncio.Protocol):
    """One connection of a client.

    :param account: What all connections share.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._counted = False
        self._buffer = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].decode("latin-1")
            length = _length(head)
            if len(self._buffer) < end + 4 + length:
                return
            body = self._buffer[end + 4 : end + 4 + length]
            self._buffer = self._buffer[end + 4 + length :]
            self._handle(head.split(" ", 2)[1], body)

    def _handle(self, path: str, body: bytes) -> None:
        now = time.time()
        account = self._account
        if path.startswith(CONTROL):
            self._control(path.removeprefix(CONTROL))
            return
        if not self._counted:
            self._counted = True
            account.counts.connections += 1
        account.counts.came(now, lists=path.startswith(LIST))
        if trouble := account.fault(account.book.seconds(now)):
            self._misbehave(trouble, now)
            return
        status, answer = account.api.answer(path, body, now)
        account.counts.answered(str(status), None, now)
        self._send(status, answer)

    def _misbehave(self, trouble: Trouble, now: float) -> None:
        counts = self._account.counts
        if trouble.deed == "answer":
            counts.answered(str(trouble.status), trouble.retry_after, now)
            title = REASONS.get(trouble.status, "Service Unavailable")
            answer = json.dumps({"title": title, "status": trouble.status, "detail": "Try again later."})
            self._send(trouble.status, answer.encode(), retry_after=trouble.retry_after)
            return
        counts.answered(trouble.deed, None, now)
        if trouble.deed == "page":
            self._send(200, HTML, kind="text/html")
        elif trouble.deed == "reset":
            connection: socket.socket = self._transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            self._transport.abort()

    def _control(self, order: str) -> None:
        name, _, value = order.partition("/")
        if name == "begin":
            self._account.begin(float(value))
        self._send(200, json.dumps(self._account.counts.to_dict()).encode())

    def _send(
        self, status: int, body: bytes, *, retry_after: int | None = None, kind: str = "application/json"
    ) -> None:
        wait = "" if retry_after is None else f"Retry-After: {retry_after}\r\n"
        reason = REASONS.get(status, "Service Unavailable")
        head = (
            f"HTTP/1.1 {status} {reason}\r\nContent-Type: {kind}\r\n{wait}Content-Length: {len(body)}\r\n\r\n"
        )
        self._transport.write(head.encode() + body)


def connections_of(account: Account) -> Callable[[], Connection]:
    """Return what makes a connection's protocol.

    :param account: What all connections share.
    """
    return lambda: Connection(account)


def _length(head: str) -> int:
    """Return the length of the body that a request's head announces."""
    _, found, rest = head.lower().partition("\r\ncontent-length:")
    return int(rest.partition("\r\n")[0]) if found else 0
