"""Servers that drip or flood instead of answering, as a table; every row holds for both transports."""

from __future__ import annotations

import gzip
import select
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import repeat
from typing import Literal

PAUSE = 0.02
"""Seconds between two drops: far shorter than any time limit between two bytes."""
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
ZIPPED = HEAD + b"Content-Encoding: gzip\r\n\r\n"
Where = Literal["server", "tls", "proxy", "tunnel"]


@dataclass(frozen=True, kw_only=True)
class Hostile:
    """What is sent for ever.

    :param first: The bytes before.
    :param drop: The bytes that come again and again.
    :param pause: Seconds between them.
    :param where: Who sends them: the server, the server in place of a TLS handshake, a proxy, or a proxy in
        place of the TLS handshake that goes through its tunnel.
    """

    first: bytes = b""
    drop: bytes
    pause: float = PAUSE
    where: Where = "server"


def drip(first: bytes, drop: bytes = b"a", where: Where = "server") -> Hostile:
    return Hostile(first=first, drop=drop, where=where)


def flood(first: bytes, drop: bytes, where: Where = "server") -> Hostile:
    return Hostile(first=first, drop=drop * (16384 // len(drop)), pause=0, where=where)


TLS_RECORD = b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc\x03\x03"
"""The begin of a ServerHello of 16 KiB."""
TUNNEL = b"HTTP/1.1 200 OK\r\n\r\n"
HOSTILE: Mapping[str, Hostile] = {
    "drip of the status line": drip(b"HTTP/1.1 200 "),
    "drip within a header line": drip(HEAD + b"X-A: "),
    "drip of header lines": drip(HEAD, b"X: y\r\n"),
    "drip of informational answers": drip(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "drip of continues": drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "drip of a chunk's extension": drip(CHUNKED + b"1;x="),
    "drip of a chunk's size": drip(CHUNKED, b"0"),
    "drip of chunks": drip(CHUNKED, b"1\r\n \r\n"),
    "drip of trailers": drip(CHUNKED + b"2\r\n{}\r\n0\r\n", b"X: y\r\n"),
    "drip of a body": drip(HEAD + b"Content-Length: 9999\r\n\r\n", b" "),
    "drip of a body without an end": drip(HEAD + b"\r\n", b" "),
    "drip of gzip": drip(ZIPPED + gzip.compress(b"")[:10] + b"\x00\x00\x00\xff\xff", b"\x00\x00\x00\xff\xff"),
    "flood of header lines": flood(HEAD, b"X: y\r\n"),
    "flood of a header line": flood(HEAD + b"X: ", b"y"),
    "flood of the status line": flood(b"HTTP/1.1 200 ", b"y"),
    "flood of informational answers": flood(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "flood of continues": flood(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "flood of a chunk's extension": flood(CHUNKED + b"1;x=", b"y"),
    "flood of chunks": flood(CHUNKED, b"1\r\n \r\n"),
    "flood of trailers": flood(CHUNKED + b"2\r\n{}\r\n0\r\n", b"X: y\r\n"),
    "flood of a body": flood(HEAD + b"\r\n", b" "),
    "flood of gzip": flood(ZIPPED + gzip.compress(b"")[:10], b"\x00\x00\x00\xff\xff"),
    "drip of a TLS handshake": drip(TLS_RECORD, b"\x00", "tls"),
    "drip of a proxy's status line": drip(b"HTTP/1.1 200 ", where="proxy"),
    "drip of a proxy's header lines": drip(HEAD, b"X: y\r\n", "proxy"),
    "flood of a proxy's header lines": flood(HEAD, b"X: y\r\n", "proxy"),
    "drip of a TLS handshake through a proxy": drip(TLS_RECORD, b"\x00", "tunnel"),
}


@contextmanager
def played(hostile: Hostile) -> Iterator[HostileServer]:
    """Listen on the loopback and send what the row says to everyone who connects."""
    server = HostileServer(hostile)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()


class HostileServer:
    """Sends a row of the table to one client after another.

    :param hostile: The row.
    """

    def __init__(self, hostile: Hostile) -> None:
        self._hostile = hostile
        self._stopped = threading.Event()
        self.left = threading.Event()
        """Set when a client has closed its connection or shut it down."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    @property
    def extra(self) -> dict[str, str]:
        """What a connection's extra needs to come here."""
        is_proxy = self._hostile.where in {"proxy", "tunnel"}
        return {"proxy": f"http://127.0.0.1:{self.port}"} if is_proxy else {}

    @property
    def url(self) -> str:
        """The host of a connection."""
        scheme = "http" if self._hostile.where == "server" else "https"
        return f"{scheme}://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """End, also within a drop."""
        self._stopped.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def run(self) -> None:
        """Serve until stopped."""
        with suppress(OSError):
            while not self._stopped.is_set():
                client, _ = self._listener.accept()
                with client, suppress(OSError):
                    self._send(client)
                self.left.set()

    def _send(self, client: socket.socket) -> None:
        client.settimeout(30)
        client.recv(65536)
        if self._hostile.where == "tunnel":
            client.sendall(TUNNEL)
            client.recv(65536)
        client.settimeout(0.1)
        client.sendall(self._hostile.first)
        for drop in repeat(self._hostile.drop):
            if self._stopped.wait(self._hostile.pause):
                return
            with suppress(TimeoutError):  # nobody reads at the moment
                client.send(drop)
            if select.select([client], [], [], 0)[0] and not client.recv(65536):
                return
