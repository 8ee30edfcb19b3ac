"""A whole Airflow in a directory of its own, for as long as a context lasts."""

from __future__ import annotations

import contextlib
import json
import os
import random
import secrets
import shlex
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil  # type: ignore[import-untyped]
from typing_extensions import Self

from lab import signals
from lab.client import AirflowClient
from lab.session import Session

COMPONENTS = ("api-server", "scheduler", "triggerer", "dag-processor")
HEALTHY = dict.fromkeys(("metadatabase", "scheduler", "triggerer", "dag_processor"), "healthy")
USERNAME = "admin"
LOG_TAIL = 40
"""Lines of the log that an error shows."""
POLL_EVERY = 0.3
"""Seconds between two questions of whether Airflow is up."""
PORTS = range(20_000, 32_000)
"""Where a port is chosen: below the range from which outgoing connections take theirs meanwhile."""


class Installation(AirflowClient):
    """A real Airflow: scheduler, API server, triggerer and DAG processor, over SQLite with LocalExecutor.

    It lives in a temporary AIRFLOW_HOME, listens on the loopback interface only, and runs between entering
    and leaving the context::

        with Installation(dags_folder=Path("example_dags")) as airflow:
            run = Run.start(airflow, "wait_for_one_job")
            assert run.wait() == "success"

    Leaving the context, in any way, ends every process and removes the directory. SIGTERM and SIGHUP
    become ``SystemExit`` meanwhile, unless the program handles them itself.

    :param dags_folder: The directory with the DAG files; they may be added to while Airflow runs.
    :param connections: Connections by id, each a dict of fields (``conn_type``, ``host``, ...), given by the
        environment; for ones that a person sees in the UI there is :meth:`create_connection`.
    :param env: More of the environment, such as ``AIRFLOW__SECTION__KEY`` settings; it wins over the rest.
    :param prefix: The path below which Airflow is served, such as ``/airflow``.
    :param keep: Whether to leave the directory in place, with its logs and its database.
    :param timeout: How many seconds Airflow may take to come up.
    """

    def __init__(  # noqa: PLR0913  what an installation is made of, most with defaults
        self,
        dags_folder: Path,
        connections: Mapping[str, Mapping[str, Any]] | None = None,
        env: Mapping[str, str] | None = None,
        *,
        prefix: str = "",
        keep: bool = False,
        timeout: float = 180.0,
    ) -> None:
        self._port = _free_port()
        super().__init__(f"http://127.0.0.1:{self._port}{prefix}", USERNAME, secrets.token_urlsafe(9))
        self.home = Path()
        self._dags_folder = dags_folder.resolve()
        self._connections = connections or {}
        self._env = {"AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(64), **(env or {})}
        self._keep = keep
        self._timeout = timeout
        self._sessions: list[Session] = []
        self._exit = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            stack.enter_context(signals.as_exceptions())
            stack.callback(self._end)
            self.home = Path(tempfile.mkdtemp(prefix="airflow-installation-")).resolve()
            self._write_home()
            self._run([sys.executable, "-m", "airflow", "standalone"])
            self._wait_until_healthy()
            self.warm_up()
            self._exit = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._exit.__exit__(kind, error, traceback)

    @property
    def log_file(self) -> Path:
        """The file with what all components say."""
        return self.home / "standalone.log"

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

    def _run(self, command: list[str]) -> None:
        self._sessions.append(Session(command, env=self._environment(), cwd=self.home, log=self.log_file))

    def _end(self) -> None:
        with signals.ignored():
            for session in self._sessions:
                session.end()
            if not self._keep and self.home != Path():
                shutil.rmtree(self.home)

    def _wait_until_healthy(self) -> None:
        limit = time.monotonic() + self._timeout
        while (health := self.health()) != HEALTHY:
            if ended := self._ended_components():
                raise RuntimeError(
                    f"Airflow's {' and '.join(ended)} ended while starting:\n{self._log_tail()}"
                )
            if time.monotonic() > limit:
                raise TimeoutError(
                    f"Airflow is not up after {self._timeout:g} s, its health: {health}\n{self._log_tail()}"
                )
            time.sleep(POLL_EVERY)

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
        return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-LOG_TAIL:])

    @property
    def _airflow(self) -> Path:
        return self.home / "bin" / "airflow"

    def _pid_file(self, component: str) -> Path:
        return self.home / f"{component}.pid"

    def _write_home(self) -> None:
        passwords = self.home / "simple_auth_manager_passwords.json.generated"
        passwords.write_text(json.dumps({self.username: self.password}))
        self._airflow.parent.mkdir()
        self._airflow.write_text(AIRFLOW.format(python=shlex.quote(sys.executable)))
        self._airflow.chmod(0o700)

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW_")}
        connections = {
            f"AIRFLOW_CONN_{conn_id.upper()}": json.dumps(fields)
            for conn_id, fields in self._connections.items()
        }
        own = {
            "PATH": os.pathsep.join([str(self._airflow.parent), inherited.get("PATH", os.defpath)]),
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
            "NO_COLOR": "1",
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(self._dags_folder),
            "AIRFLOW__API__PORT": str(self._port),
            "AIRFLOW__API__BASE_URL": self.url,
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
        }
        return {**inherited, **SETTINGS, **connections, **own, **self._env}


SETTINGS = {
    "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
    "AIRFLOW__CORE__AUTH_MANAGER": (
        "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager"
    ),
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USERNAME}:admin",
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
    "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
    "AIRFLOW__CORE__PARALLELISM": "16",
    "AIRFLOW__CORE__HOSTNAME_CALLABLE": "socket.gethostname",
    "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "30",
    "AIRFLOW__API__HOST": "127.0.0.1",
    "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "2",
    "AIRFLOW__DAG_PROCESSOR__BUNDLE_REFRESH_CHECK_INTERVAL": "1",
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "300",
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
    "AIRFLOW__LOGGING__NAMESPACE_LEVELS": (
        "airflow.dag_processing.manager.DagFileProcessorManager=WARNING http.access=WARNING"
    ),
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
}
"""Small, quick, and not to be seen from outside; ports and paths come from the instance."""

AIRFLOW = """\
#!/bin/sh
# Airflow's standalone command starts its components by this name. A console script of a virtual environment
# need not be on the PATH, nor work where its path holds a blank. The log servers would listen on every
# interface; all logs lie in files here.
echo $$ > "$AIRFLOW_HOME/$1.pid"
case $1 in scheduler | triggerer) set -- "$@" --skip-serve-logs ;; esac
exec {python} -m airflow "$@"
"""


def _free_port() -> int:
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", port))
            return port
    raise OSError("no free port on the loopback interface")
