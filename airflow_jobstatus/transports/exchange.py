"""Ends a blocking exchange at its deadline, whatever the server, a proxy or the resolver does.

A socket's timeout cannot do that: it starts again with each byte. So the exchange runs in a thread of its
own, and the caller waits no longer than the deadline. The caller then shuts the sockets down, so that the
thread that it leaves behind ends too.

A body that is written as it comes has no deadline as a whole, but each part of it has. The thread hands its
pieces to the caller, who writes them: time spent on writing does not count against the server.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from contextvars import copy_context
from queue import Empty, Full, Queue
from typing import TypeVar

from airflow_jobstatus.protocol.bounds import LEAST_PROGRESS

T = TypeVar("T")
MOST_PIECES = 16
"""How many pieces of a body lie in memory: enough that reading and writing do not wait for each other."""
RECHECK_EVERY = 1.0
"""Seconds after which a thread that cannot hand over a piece checks whether the caller still waits."""
_thread = threading.local()


class OverdueError(Exception):
    """An exchange had not ended at its deadline."""


class Exchange:
    """Knows the sockets of one exchange, so that another thread can shut them down; hands that its pieces."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._is_over = False
        self.may_have_arrived = False
        """Whether something of the request was sent over a connection that stands."""
        self.pieces: Queue[bytes | None] = Queue(MOST_PIECES)
        """The pieces of the body that are to be written; None is the end of the exchange."""

    def watch(self, sock: socket.socket) -> None:
        """Take note of a socket that is used.

        :param sock: The socket. What is put around it later, such as TLS, is shut down with it.
        :raises OSError: if the exchange is over.
        """
        with self._lock:
            if self._is_over:
                raise TimeoutError("the exchange is over")
            self._sockets.append(socket.socket(fileno=os.dup(sock.fileno())))

    def hand_over(self, piece: bytes | None) -> None:
        """Hand a piece of the body to the caller.

        :param piece: The piece; None at the end.
        """
        while not self._is_over:
            with suppress(Full):
                self.pieces.put(piece, timeout=RECHECK_EVERY)
                return

    def end(self, *, shut: bool) -> None:
        """Forget the sockets.

        :param shut: Whether to shut their connections down.
        """
        with self._lock:
            self._is_over = True
            sockets, self._sockets = self._sockets, []
        for sock in sockets:
            with suppress(OSError):
                if shut:
                    sock.shutdown(socket.SHUT_RDWR)
            sock.close()


def watch(sock: socket.socket) -> None:
    """Take note of a socket that the exchange of this thread uses; without an exchange do nothing."""
    exchange: Exchange | None = getattr(_thread, "exchange", None)
    if exchange is not None:
        exchange.watch(sock)


def sending() -> None:
    """Take note that the exchange of this thread sends its request now; without an exchange do nothing."""
    exchange: Exchange | None = getattr(_thread, "exchange", None)
    if exchange is not None:
        exchange.may_have_arrived = True


def within(
    seconds: float, exchange: Exchange, make: Callable[[], T], *, write: Callable[[bytes], None] | None = None
) -> T:
    """Return what an exchange returns, or raise what it raises.

    :param seconds: The most seconds that it may take, or that each part of a body may take that is written.
    :param exchange: Knows its sockets.
    :param make: Makes it; it runs in another thread.
    :param write: Writes a piece of the body; None, the default, where nothing is handed over.
    :raises OverdueError: if it had not ended by then.
    """
    result: Future[T] = Future()

    def run() -> None:
        _thread.exchange = exchange
        try:
            result.set_result(make())
        except BaseException as error:  # noqa: BLE001  raised again where the result is asked for
            result.set_exception(error)
        finally:
            exchange.hand_over(None)
            exchange.end(shut=False)

    threading.Thread(target=copy_context().run, args=(run,), name="jobstatus-exchange", daemon=True).start()
    try:
        arrived, left = 0, seconds
        while True:
            began = time.monotonic()
            piece = exchange.pieces.get(timeout=max(0.0, left))
            if piece is None or write is None:
                return result.result()
            arrived, left = arrived + len(piece), left - (time.monotonic() - began)
            if arrived >= LEAST_PROGRESS:
                arrived, left = 0, seconds
            write(piece)
    except Empty:
        raise OverdueError from None
    finally:
        exchange.end(shut=not result.done())  # also where a task's own timeout interrupts the waiting
