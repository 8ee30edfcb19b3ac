"""A Redis as Celery's broker."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from pathlib import Path
from types import TracebackType

from typing_extensions import Self

from lab import debian
from lab.port import free_port
from lab.session import Session
from lab.until import until

PACKAGES = ("redis-server", "redis-tools", "libatomic1", "libjemalloc2", "liblzf1")
UNPACKED = Path(sys.prefix) / "redis"
"""Where Debian's Redis is unpacked: in the virtual environment, and gone with it."""
WITHIN = 30.0
"""Seconds in which it has to answer."""


class Redis:
    """A server on the loopback interface, for as long as a context lasts; what it holds outlives a restart.

    It is the one on the PATH, else Debian's, unpacked.

    :param folder: Where it keeps its files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()

    def __enter__(self) -> Self:
        self._folder.mkdir()
        self._command, self._env = _server()
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.session.end()

    @property
    def url(self) -> str:
        """Where it is, for Celery."""
        return f"redis://127.0.0.1:{self._port}/0"

    def restart(self) -> None:
        """Stop it, which ends every connection, and start it again."""
        self.session.stop(WITHIN)
        self._start()

    def _start(self) -> None:
        options = {"port": str(self._port), "bind": "127.0.0.1", "appendonly": "yes", "save": ""}
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        self.session = Session(
            [self._command, *words], env=self._env, cwd=self._folder, log=self._folder / "redis.log"
        )
        try:
            until(self._answers, within=WITHIN, every=0.1, what=lambda: "an answer of Redis")
        except BaseException:
            self.session.end()
            raise

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=1.0) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False


def _server() -> tuple[str, dict[str, str]]:
    """Return the server's program, and its environment."""
    if found := shutil.which("redis-server"):
        return found, dict(os.environ)
    try:
        debian.unpack(PACKAGES, UNPACKED)
    except RuntimeError as error:
        raise RuntimeError(
            f"there is no redis-server; install one. Debian's is not to be had: {error}"
        ) from error
    libraries = [str(folder) for folder in (UNPACKED / "usr" / "lib").glob("*-linux-*")]
    paths = [*libraries, *filter(None, [os.environ.get("LD_LIBRARY_PATH")])]
    program = UNPACKED / "usr" / "bin" / "redis-server"
    return str(program), {**os.environ, "LD_LIBRARY_PATH": os.pathsep.join(paths)}
