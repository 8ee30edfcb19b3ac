"""A whole Airflow on SQLite with LocalExecutor, for as long as a context lasts."""

from __future__ import annotations

import os
import shlex
import sys
from functools import cached_property
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from lab.client import REQUEST_LIMIT
from lab.local import LocalAirflow
from lab.port import free_port
from lab.session import Session, tail

COMPONENTS = ("api-server", "scheduler", "triggerer", "dag-processor")
LOCKED_LIMIT = REQUEST_LIMIT / 2
"""Seconds that a component waits for SQLite while another one writes. Python's 5 are soon over where a disk
is slow: the scheduler then ends with "database is locked", and nothing runs any more."""
UNLIMITED = "-1"
"""Connections of a component. With Airflow's 15 a request that writes stands still beside those that wait."""


class Installation(LocalAirflow):
    """A real Airflow: scheduler, API server, triggerer and DAG processor, over SQLite with LocalExecutor.

    What tasks talk to has an API server of its own. In one server for all, a person's request commits to
    SQLite on the event loop, and waits there for a task's request that has written and needs the loop to
    commit: the whole server stands still until SQLite gives up.

    Such as::

        with Installation(dags_folder=Path("example_dags")) as airflow:
            run = Run.start(airflow, "wait_for_one_job")
            assert run.wait() == "success"

    Its arguments are those of :class:`lab.local.LocalAirflow`.
    """

    parts = "database, scheduler, API server, triggerer, DAG processor"

    @property
    def log_file(self) -> Path:
        """The file with what all components say."""
        return self.home / "standalone.log"

    @property
    def database(self) -> Path:
        """The file of the database."""
        return self.home / "airflow.db"

    def process(self, component: str) -> psutil.Process:
        """Return the process of a component, the one started last; its children are its own.

        :param component: One of ``api-server``, ``scheduler``, ``triggerer``, ``dag-processor``.
        :raises psutil.NoSuchProcess: if it has ended.
        """
        return psutil.Process(int(self._pid_file(component).read_text()))

    def start(self, component: str, *options: str) -> None:
        """Start a component once more, after it has been ended or beside the one that runs.

        :param component: As for :meth:`process`.
        :param options: Options of its command, such as ``--queues``.
        """
        self._run([str(self._airflow), component, *options])

    def check(self) -> None:
        """Raise if the scheduler has ended by itself, for then no run goes on.

        :raises RuntimeError: with the scheduler's last lines.
        """
        if not self._is_running("scheduler"):
            raise RuntimeError(f"Airflow's scheduler has ended:\n{tail(self.log_file, of='scheduler')}")

    def _launch(self) -> None:
        self._airflow.parent.mkdir()
        python = shlex.quote(sys.executable)
        self._airflow.write_text(AIRFLOW.format(python=python, port=self._tasks_port))
        self._airflow.chmod(0o700)
        self._run([sys.executable, "-m", "airflow", "standalone"])

    def _run(self, command: list[str]) -> None:
        self._sessions.append(Session(command, env=self._environment(), cwd=self.home, log=self.log_file))

    def _end_processes(self) -> None:
        for session in self._sessions:
            session.end()

    def _ended_components(self) -> list[str]:
        if not self._sessions[0].is_running():
            return ["standalone"]
        started = (component for component in COMPONENTS if self._pid_file(component).exists())
        return [component for component in started if not self._is_running(component)]

    def _is_running(self, component: str) -> bool:
        try:
            return bool(self.process(component).status() != psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return False
        except ValueError:  # its file is being written
            return True

    def _log_tail(self) -> str:
        return tail(self.log_file)

    @property
    def _airflow(self) -> Path:
        return self.home / "bin" / "airflow"

    def _pid_file(self, component: str) -> Path:
        return self.home / f"{component}.pid"

    @cached_property
    def _tasks_port(self) -> int:
        return free_port()

    @cached_property
    def _sessions(self) -> list[Session]:
        return []

    def _settings(self) -> dict[str, str]:
        return {
            "PATH": os.pathsep.join([str(self._airflow.parent), os.environ.get("PATH", os.defpath)]),
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{self.database}?timeout={LOCKED_LIMIT}",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_MAX_OVERFLOW": UNLIMITED,
        }


AIRFLOW = """\
#!/bin/sh
# Airflow's standalone command starts its components by this name. A console script of a virtual environment
# need not be on the PATH, nor work where its path holds a blank. The log servers would listen on every
# interface; all logs lie in files here.
echo $$ > "$AIRFLOW_HOME/$1.pid"
case $1 in
  scheduler | triggerer) set -- "$@" --skip-serve-logs ;;
  api-server)
    {python} -m airflow api-server --apps execution --port {port} &
    set -- "$@" --apps core
    ;;
esac
exec {python} -m airflow "$@"
"""
