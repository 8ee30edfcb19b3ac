"""Processes that are started together and end together."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import psutil  # type: ignore[import-untyped]

GRACE = 3.0
"""Seconds in which processes may end by themselves before they are killed."""
KILL_LIMIT = 10.0
"""Seconds in which killed processes have to be gone."""
TAIL = 40
"""Lines of a log that an error shows."""


class Session:
    """A command and everything it starts, as one POSIX session.

    A process group is not enough: Airflow gives each task a process group of its own.

    :param command: The command.
    :param env: Its whole environment.
    :param cwd: Its working directory.
    :param log: A file to which its output is appended.
    """

    def __init__(self, command: Sequence[str], *, env: Mapping[str, str], cwd: Path, log: Path) -> None:
        with log.open("ab") as output:
            self._leader = subprocess.Popen(  # noqa: S603  Airflow's own commands
                command,
                env=env,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def is_running(self) -> bool:
        """Return whether the command itself is still running."""
        return self._leader.poll() is None

    def members(self) -> list[psutil.Process]:
        """Return the session's processes that have not ended."""
        return list(self._members())

    @property
    def pid(self) -> int:
        """The process of the command itself."""
        return self._leader.pid

    def wait(self) -> int:
        """Wait until the command has ended, and return its exit code."""
        return self._leader.wait()

    def send(self, number: signal.Signals) -> None:
        """Send a signal to every process of the session, as a machine that fails or freezes takes all along.

        :param number: The signal.
        """
        _send(number, self.members())

    def stop(self, grace: float) -> None:
        """Ask the command to end, as a platform does, and end what is left of the session.

        :param grace: How many seconds it may take.
        """
        self._leader.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._leader.wait(grace)
        self.end()

    def end(self) -> None:
        """End every process of the session.

        :raises RuntimeError: if one withstands being killed.
        """
        self.send(signal.SIGTERM)
        limit = time.monotonic() + GRACE
        while self.members() and time.monotonic() < limit:
            self._leader.poll()
            time.sleep(0.05)
        limit = time.monotonic() + KILL_LIMIT
        while left := self.members():
            if time.monotonic() > limit:
                raise RuntimeError(f"these processes do not end: {[process.pid for process in left]}")
            _send(signal.SIGKILL, left)
            self._leader.poll()
            time.sleep(0.05)
        self._leader.wait()

    def _members(self) -> Iterator[psutil.Process]:
        for pid in psutil.pids():
            with contextlib.suppress(OSError, psutil.Error):
                if os.getsid(pid) == self._leader.pid:
                    process = psutil.Process(pid)
                    if process.status() != psutil.STATUS_ZOMBIE:
                        yield process


def _send(number: signal.Signals, processes: list[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.send_signal(number)


def tail(log: Path, of: str = "") -> str:
    """Return the last lines of a log.

    :param log: The file.
    :param of: Only lines that begin with this, such as a component's name.
    """
    lines = log.read_text(errors="replace").splitlines()
    return "\n".join([line for line in lines if line.startswith(of)][-TAIL:])
