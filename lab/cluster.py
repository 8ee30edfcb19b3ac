"""A distributed Airflow on Celery, Redis and PostgreSQL, for as long as a context lasts."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

from lab.local import LocalAirflow
from lab.node import Node
from lab.postgresql import PostgreSQL
from lab.redis import Redis
from lab.session import Session, tail

AIRFLOW = (sys.executable, "-m", "airflow")
COMMANDS = {
    "api-server": [*AIRFLOW, "api-server"],
    "dag-processor": [*AIRFLOW, "dag-processor"],
    "scheduler": [*AIRFLOW, "scheduler", "--skip-serve-logs"],
    "triggerer": [*AIRFLOW, "triggerer", "--skip-serve-logs"],
    "worker": [*AIRFLOW, "celery", "worker", "--skip-serve-logs"],
}
"""The log servers would listen on every interface; all logs lie in files here."""
SINGLE = ("api-server", "dag-processor")
JOBS = {"SchedulerJob": "scheduler", "TriggererJob": "triggerer"}
"""Of which components Airflow knows each that is alive."""


class Cluster(LocalAirflow):
    """A real Airflow as if it were spread over several machines.

    Each component is a :class:`lab.node.Node`, by its name: ``api-server``, ``dag-processor``,
    ``scheduler-1``, ``triggerer-2``, ``worker-1``, ...

    :param dags_folder: The directory with the DAG files.
    :param connections: Connections by id, given by the environment.
    :param env: More of the environment; it wins over the rest.
    :param of_each: How many schedulers, triggerers and workers there are.
    :param commands: Other commands for some kinds of component, such as ``triggerer``.
    :param keep: Whether to leave the directory in place, with its logs.
    """

    parts = "PostgreSQL, Redis, two schedulers, triggerers and Celery workers, API server, DAG processor"

    def __init__(  # noqa: PLR0913  what an installation is made of, most with defaults
        self,
        dags_folder: Path,
        connections: Mapping[str, Mapping[str, Any]] | None = None,
        env: Mapping[str, str] | None = None,
        *,
        of_each: int = 2,
        commands: Mapping[str, list[str]] | None = None,
        keep: bool = False,
    ) -> None:
        super().__init__(dags_folder, connections, env, keep=keep)
        self.nodes: dict[str, Node] = {}
        self._of_each = of_each
        self._commands = {**COMMANDS, **(commands or {})}
        self._fernet_key = urlsafe_b64encode(os.urandom(32)).decode()

    def revive(self) -> list[str]:
        """Start each component that has ended by itself, as a platform does; return their names."""
        ended = [node for node in self.nodes.values() if not node.is_running()]
        for node in ended:
            node.end()
            node.start()
        return [node.name for node in ended]

    def replace(self, names: Sequence[str]) -> None:
        """Have components end as a platform asks them to, all at once, and start them again.

        :param names: Their names.
        """
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda name: self.nodes[name].restart(), names))

    def processes(self) -> list[psutil.Process]:
        """Return all its processes, those of the database and of the broker too."""
        postgresql = psutil.Process(self.postgresql.pid)
        return [
            *(process for node in self.nodes.values() for process in node.processes()),
            *self.redis.session.members(),
            *(postgresql, *postgresql.children(recursive=True)),
        ]

    def _launch(self) -> None:
        if importlib.util.find_spec("airflow.providers.celery") is None:
            raise RuntimeError("apache-airflow-providers-celery is missing: make demo-celery installs it")
        self.postgresql = self._services.enter_context(PostgreSQL())
        self.redis = self._services.enter_context(Redis(self.home / "redis"))
        env = self._environment()
        self._migrate(env)
        for kind, command in self._commands.items():
            for number in range(1 if kind in SINGLE else self._of_each):
                name = kind if kind in SINGLE else f"{kind}-{number + 1}"
                options = ["--celery-hostname", f"{name}@%h"] if kind == "worker" else []
                self.nodes[name] = Node(name, [*command, *options], env, self.home)

    def _migrate(self, env: Mapping[str, str]) -> None:
        log = self.home / "migrate.log"
        migration = Session([*AIRFLOW, "db", "migrate"], env=env, cwd=self.home, log=log)
        try:
            if migration.wait():
                raise RuntimeError(f"the database could not be made:\n{tail(log)}")
        finally:
            migration.end()

    def _end_processes(self) -> None:
        with self._services:
            for node in self.nodes.values():
                node.thaw()
                node.ask_to_end()
            for node in self.nodes.values():
                node.end()

    def _ended_components(self) -> list[str]:
        return [node.name for node in self.nodes.values() if not node.is_running()]

    def _log_tail(self) -> str:
        return "\n".join(
            f"{name}: {tail(node.log_file)}" for name, node in self.nodes.items() if not node.is_running()
        )

    def _is_up(self) -> bool:
        return super()._is_up() and self.alive() == dict.fromkeys(JOBS.values(), self._of_each)

    def alive(self, started_after: float = 0.0) -> Counter[str]:
        """Return how many schedulers and triggerers Airflow takes to be alive; it notices late who is not.

        :param started_after: Count only those that started after this moment, in seconds since the epoch.
        """
        since = datetime.fromtimestamp(started_after, timezone.utc).isoformat()
        query = {"is_alive": True, "limit": 100, "start_date_gte": since}
        found = self.request("GET", "/api/v2/jobs", params=query).json()["jobs"]
        return Counter(JOBS[job["job_type"]] for job in found if job["job_type"] in JOBS)

    @cached_property
    def _services(self) -> contextlib.ExitStack:
        return contextlib.ExitStack()

    def _settings(self) -> dict[str, str]:
        database = self.postgresql.settings
        return {
            **database,
            "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
            "AIRFLOW__CORE__FERNET_KEY": self._fernet_key,
            "AIRFLOW__CORE__PARALLELISM": "32",
            "AIRFLOW__CELERY__BROKER_URL": self.redis.url,
            "AIRFLOW__CELERY__RESULT_BACKEND": f"db+{database['AIRFLOW__DATABASE__SQL_ALCHEMY_CONN']}",
            "AIRFLOW__CELERY__WORKER_CONCURRENCY": "4",
            "AIRFLOW__CELERY__WORKER_PREFETCH_MULTIPLIER": "1",
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(self.home / "logs"),
        }
