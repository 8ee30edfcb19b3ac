"""Ends a blocking exchange at its deadline, whatever the server, a proxy or the resolver does.

No timeout of a socket does that: it begins anew with each byte. So the exchange runs in a thread of its own,
and who asked for it waits no longer than the deadline. The thread is left behind; its sockets are shut down
under it, whatever it is doing with them, so that it ends as well.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import suppress
from contextvars import copy_context
from typing import TypeVar

T = TypeVar("T")
_thread = threading.local()


class OverdueError(Exception):
    """An exchange had not ended at its deadline."""


class Exchange:
    """Knows the sockets of one exchange, so that another thread can shut them down."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._is_over = False
        self.may_have_arrived = False
        """Whether something of the request was sent over a connection that stands."""

    def watch(self, sock: socket.socket) -> None:
        """Take note of a socket that is used.

        :param sock: The socket. What is put around it later, such as TLS, is shut down with it.
        :raises OSError: if the exchange is over.
        """
        with self._lock:
            if self._is_over:
                raise TimeoutError("the exchange is over")
            self._sockets.append(socket.socket(fileno=os.dup(sock.fileno())))

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


def within(seconds: float, exchange: Exchange, make: Callable[[], T]) -> T:
    """Return what an exchange returns, or raise what it raises.

    :param seconds: The most seconds that it may take.
    :param exchange: Knows its sockets.
    :param make: Makes it; it runs in another thread.
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
            exchange.end(shut=False)

    threading.Thread(target=copy_context().run, args=(run,), name="jobstatus-exchange", daemon=True).start()
    try:
        if wait([result], seconds).not_done:
            raise OverdueError
        return result.result()
    finally:
        if not result.done():  # also where a task's own timeout interrupts the waiting
            exchange.end(shut=True)
