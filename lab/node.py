"""One component of a distributed Airflow, as if it had a machine of its own."""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from lab.session import Session

GRACE = 60.0
"""Seconds that a platform leaves a component to end by itself."""


class Node:
    """A component and all its processes, which can fail, freeze and be started again.

    :param name: Its name, such as ``triggerer-1``.
    :param command: The command.
    :param env: Its whole environment.
    :param home: Its working directory, with a log file of its name.
    """

    def __init__(self, name: str, command: Sequence[str], env: Mapping[str, str], home: Path) -> None:
        self.name = name
        self.log_file = home / f"{name}.log"
        self._command = command
        self._env = env
        self._home = home
        self.start()

    def start(self) -> None:
        """Start it; one that has ended starts again."""
        self._session = Session(self._command, env=self._env, cwd=self._home, log=self.log_file)

    def is_running(self) -> bool:
        """Return whether it has not ended."""
        return self._session.is_running()

    def processes(self) -> list[psutil.Process]:
        """Return its processes."""
        return self._session.members()

    def kill(self) -> None:
        """Have it fail at once, as a machine does that loses its power."""
        self._session.send(signal.SIGKILL)
        self._session.wait()

    def freeze(self) -> None:
        """Stop all its processes, as a machine does that has no memory left or is being moved."""
        self._session.send(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let them go on."""
        self._session.send(signal.SIGCONT)

    def restart(self) -> None:
        """Have it end as a platform asks it to, and start it again."""
        self._session.stop(GRACE)
        self.start()

    def ask_to_end(self) -> None:
        """Ask all its processes to end, and do not wait."""
        self._session.send(signal.SIGTERM)

    def end(self) -> None:
        """End all its processes."""
        self._session.end()
