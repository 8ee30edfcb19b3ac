"""Finds a port to listen at."""

from __future__ import annotations

import contextlib
import random
import socket

PORTS = range(20_000, 32_000)
"""Where a port is chosen: below the range from which outgoing connections take theirs meanwhile."""


def free_port() -> int:
    """Return a port of the loopback interface at which nobody listens, and a different one each time.

    :raises OSError: if there is none.
    """
    left = set(PORTS) - _given
    for port in random.sample(sorted(left), len(left)):
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", port))
            _given.add(port)
            return port
    raise OSError("no free port on the loopback interface")


_given: set[int] = set()
