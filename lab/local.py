"""An Airflow on this machine, in a directory of its own, for as long as a context lasts."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import tempfile
import time
from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import requests
from typing_extensions import Self

from lab import signals
from lab.client import REQUEST_LIMIT, AirflowClient
from lab.port import free_port

USERNAME = "admin"
HEALTHY = dict.fromkeys(("metadatabase", "scheduler", "triggerer", "dag_processor"), "healthy")
POLL_EVERY = 0.3
"""Seconds between two questions of whether Airflow is up."""


class LocalAirflow(AirflowClient):
    """What each kind of installation shares: its directory, its environment, how it comes up and ends.

    It lives in a temporary AIRFLOW_HOME, listens on the loopback interface only, and runs between entering
    and leaving the context. Leaving the context, in any way, ends every process and removes the directory.
    SIGTERM and SIGHUP become ``SystemExit`` meanwhile, unless the program handles them itself.

    :param dags_folder: The directory with the DAG files; they may be added to while Airflow runs.
    :param connections: Connections by id, each a dict of fields (``conn_type``, ``host``, ...), given by the
        environment; for ones that a person sees in the UI there is :meth:`create_connection`.
    :param env: More of the environment, such as ``AIRFLOW__SECTION__KEY`` settings; it wins over the rest.
    :param prefix: The path below which Airflow is served, such as ``/airflow``.
    :param keep: Whether to leave the directory in place, with its logs and its database.
    :param timeout: How many seconds Airflow may take to come up.
    """

    parts: str
    """What it is made of, in words."""

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
        self._port = free_port()
        self._prefix = prefix
        super().__init__(self._url(self._port), USERNAME, secrets.token_urlsafe(9))
        self.home = Path()
        self._dags_folder = dags_folder.resolve()
        self._connections = connections or {}
        self._env = {"AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(64), **(env or {})}
        self._keep = keep
        self._timeout = timeout
        self._exit = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            stack.enter_context(signals.as_exceptions())
            stack.callback(self._end)
            self.home = Path(tempfile.mkdtemp(prefix="airflow-installation-")).resolve()
            passwords = self.home / "simple_auth_manager_passwords.json.generated"
            passwords.write_text(json.dumps({self.username: self.password}))
            self._launch()
            self._wait_until_up()
            self._exit = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._exit.__exit__(kind, error, traceback)

    @abstractmethod
    def _launch(self) -> None:
        """Start all its processes."""

    @abstractmethod
    def _end_processes(self) -> None:
        """End all of them that there are."""

    @abstractmethod
    def _ended_components(self) -> list[str]:
        """Return the components that have ended by themselves."""

    @abstractmethod
    def _log_tail(self) -> str:
        """Return the last lines of the log."""

    def _is_up(self) -> bool:
        return self.health() == HEALTHY and self._answers_tasks()

    def _answers_tasks(self) -> bool:
        """Ask what tasks talk to; its first answer takes longer than a task waits where cores are busy."""
        try:
            return self._session.get(f"{self._tasks_url}/health", timeout=REQUEST_LIMIT).ok
        except requests.RequestException:
            return False

    @property
    def _tasks_port(self) -> int:
        return self._port

    @property
    def _tasks_url(self) -> str:
        return f"{self._url(self._tasks_port)}/execution"

    def _url(self, port: int) -> str:
        return f"http://127.0.0.1:{port}{self._prefix}"

    def _wait_until_up(self) -> None:
        limit = time.monotonic() + self._timeout
        while not self._is_up():
            if ended := self._ended_components():
                raise RuntimeError(
                    f"Airflow's {' and '.join(ended)} ended while starting:\n{self._log_tail()}"
                )
            if time.monotonic() > limit:
                raise TimeoutError(
                    f"Airflow is not up after {self._timeout:g} s, its health: {self.health()}\n"
                    f"{self._log_tail()}"
                )
            time.sleep(POLL_EVERY)

    def _end(self) -> None:
        with signals.ignored():
            try:
                self._end_processes()
            finally:
                if not self._keep and self.home != Path():
                    shutil.rmtree(self.home)

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW_")}
        connections = {
            f"AIRFLOW_CONN_{conn_id.upper()}": json.dumps(fields)
            for conn_id, fields in self._connections.items()
        }
        own = {
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
            "NO_COLOR": "1",
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(self._dags_folder),
            "AIRFLOW__API__PORT": str(self._port),
            "AIRFLOW__API__BASE_URL": self.url,
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self._tasks_url}/",
        }
        return {**inherited, **SETTINGS, **connections, **own, **self._settings(), **self._env}

    @abstractmethod
    def _settings(self) -> dict[str, str]:
        """Return what this kind of installation has in its environment."""


SETTINGS = {
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
