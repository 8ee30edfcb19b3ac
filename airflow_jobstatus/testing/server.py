"""A raw HTTP/1.1 server on the loopback that answers by a script and misbehaves on demand."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from typing_extensions import Self

TLS_HANDSHAKE = b"\x16"
Then = Literal["keep", "close", "reset", "hang"]
"""What becomes of the connection after the bytes were sent."""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One answer, or what is sent in place of one.

    :param status: The HTTP status code.
    :param body: Bytes, text, or a value to be sent as JSON.
    :param headers: Header fields beside the Content-Length, or in place of it.
    :param raw: Bytes to send in place of an HTTP answer.
    :param delay: Seconds before the first byte.
    :param drip: Seconds between single bytes of the body.
    :param keep: How many bytes of the whole answer are sent, all when None.
    :param then: What becomes of the connection.
    """

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    delay: float = 0.0
    drip: float = 0.0
    keep: int | None = None
    then: Then = "keep"

    def head_and_body(self) -> tuple[bytes, bytes]:
        """Return the bytes to send, cut where the reply says so."""
        body = _bytes(self.body)
        if self.raw is not None:
            head, body = self.raw, b""
        else:
            length = {} if "Transfer-Encoding" in self.headers else {"Content-Length": str(len(body))}
            fields = {"Content-Type": "application/json", **length, **self.headers}
            known = self.status in set(HTTPStatus)
            lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase if known else 'Odd'}"]
            lines += [f"{name}: {value}" for name, value in fields.items()]
            head = "\r\n".join([*lines, "", ""]).encode()
        whole = (head + body)[: self.keep]
        return whole[: len(head)], whole[len(head) :]


@dataclass(frozen=True)
class Recorded:
    """One request as it came over the wire.

    :param method: The HTTP method.
    :param path: The path with the query.
    :param headers: The header fields, their names in lower case.
    :param body: The body.
    :param at: When it came, in seconds that never run backwards.
    :param connection: The number of the TCP connection.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float
    connection: int


Script = Sequence[Reply] | Callable[[Recorded], Reply]


class ScriptedServer:
    """Listens on a free port of the loopback while it is entered, in a thread of its own.

    :param replies: The answers in order, the last one for ever; or one function of the request.
    :param tls: The server's side of TLS, None for plain HTTP.
    """

    def __init__(
        self, *replies: Reply | Callable[[Recorded], Reply], tls: ssl.SSLContext | None = None
    ) -> None:
        self.requests: list[Recorded] = []
        self.connections = 0
        self.closed = threading.Event()
        """Set when a connection was closed from this side."""
        self.port = 0
        self._tls = tls
        self._next = 0
        self._ready = threading.Event()
        self.play(*replies)

    def play(self, *replies: Reply | Callable[[Recorded], Reply]) -> None:
        """Answer by another script from now on."""
        self._script = replies or (Reply(status=404),)
        self._next = 0

    @property
    def url(self) -> str:
        """The server's URL, without a trailing slash."""
        return f"{'http' if self._tls is None else 'https'}://127.0.0.1:{self.port}"

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for, in order."""
        return [request.path for request in self.requests]

    @property
    def wire(self) -> str:
        """Everything that was sent to the server, as text."""
        return "\n".join(f"{r.method} {r.path} {dict(r.headers)} {r.body!r}" for r in self.requests)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, name="scripted-server", daemon=True)
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        # A handshake that fails is what some tests are about, nothing to report.
        self._loop.set_exception_handler(lambda _loop, _context: None)
        self._talks: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self._tls)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        talk = asyncio.ensure_future(self._talk(reader, writer, self.connections))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        try:
            with suppress(OSError, asyncio.IncompleteReadError, ValueError):
                while request := await _read_request(reader, number):
                    self.requests.append(request)
                    if not await self._answer(writer, self._reply_to(request)):
                        return
                await self._answer(writer, Reply(status=400, then="close"))
        finally:
            writer.transport.abort()
            self.closed.set()

    def _reply_to(self, request: Recorded) -> Reply:
        turn = self._script[min(self._next, len(self._script) - 1)]
        self._next += 1
        return turn if isinstance(turn, Reply) else turn(request)

    async def _answer(self, writer: asyncio.StreamWriter, reply: Reply) -> bool:
        """Send a reply; return whether the connection goes on."""
        await asyncio.sleep(reply.delay)
        head, body = reply.head_and_body()
        writer.write(head if reply.drip else head + body)
        if reply.drip:
            for byte in body:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(reply.drip)
        await writer.drain()
        if reply.then == "hang":
            await asyncio.Event().wait()
        if reply.then == "reset":
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        elif reply.then == "close" and writer.can_write_eof():
            writer.close()
            await writer.wait_closed()
        return reply.then == "keep"


async def _read_request(reader: asyncio.StreamReader, number: int) -> Recorded | None:
    start = await reader.readexactly(1)
    if start == TLS_HANDSHAKE:
        return None
    head = start + await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {
        name.strip().lower(): text.strip() for name, _, text in (line.partition(":") for line in lines)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Recorded(method, path, headers, body, time.monotonic(), number)


def _bytes(body: Any) -> bytes:
    if isinstance(body, bytes):
        return body
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()
