"""A client of Airflow's REST API, with what it takes to run DAGs and see what became of them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any
from urllib.parse import quote

import requests

FINAL_STATES = frozenset({"success", "failed"})
PARSE_LIMIT = 60.0
"""Seconds in which a DAG file has to be parsed."""
POLL_EVERY = 0.3
"""Seconds between two questions of whether a DAG file has been parsed."""
REQUEST_LIMIT = 60.0
"""Seconds in which a request has to be answered; on two busy cores some take long."""


class AirflowClient:
    """Talks to a running API server.

    :param url: Its base URL.
    :param username: Who signs in.
    :param password: That user's password.
    """

    def __init__(self, url: str, username: str, password: str) -> None:
        self.url = url
        self.username = username
        self.password = password
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy or a .netrc has no business on the loopback interface

    def health(self) -> dict[str, str | None]:
        """Return the status of each component; an empty dict while nothing answers."""
        try:
            answer = self._session.get(f"{self.url}/api/v2/monitor/health", timeout=REQUEST_LIMIT)
            answer.raise_for_status()
        except requests.RequestException:
            return {}
        return {component: said["status"] for component, said in answer.json().items() if said}

    def check(self) -> None:
        """Raise if Airflow has ended by itself, so that nothing is waited for in vain; here nothing tells."""

    def create_connection(self, conn_id: str, fields: Mapping[str, Any]) -> None:
        """Store a connection in Airflow's database.

        :param conn_id: Its id.
        :param fields: Its fields: ``conn_type``, ``host``, ``login``, ``password``, ``extra``, ...
        """
        self.request("POST", "/api/v2/connections", json={"connection_id": conn_id, **fields})

    def hook_meta(self) -> list[dict[str, Any]]:
        """Return the connection types and their forms, as the UI reads them."""
        metadata: list[dict[str, Any]] = self.request("GET", "/ui/connections/hook_meta").json()
        return metadata

    def trigger(self, dag_id: str, conf: Mapping[str, Any] | None = None) -> str:
        """Start a run of a DAG as soon as its file has been parsed, and return the run's id.

        :param dag_id: The DAG.
        :param conf: The run's configuration.
        :raises LookupError: if there is no such DAG in any file, with the errors of importing them.
        """
        limit = time.monotonic() + PARSE_LIMIT
        while not self.request("GET", f"/api/v2/dags/{dag_id}", missing_ok=True).ok:
            errors = [entry["stack_trace"] for entry in self._pages("/api/v2/importErrors", "import_errors")]
            if errors or time.monotonic() > limit:
                raise LookupError("\n".join([f"no DAG {dag_id!r}", *errors]))
            time.sleep(POLL_EVERY)
        body = {"logical_date": None, "conf": conf or {}}
        run_id: str = self.request("POST", f"/api/v2/dags/{dag_id}/dagRuns", json=body).json()["dag_run_id"]
        return run_id

    def pause(self, dag_id: str, *, paused: bool) -> None:
        """Pause a DAG, so that its runs do not begin, or let it go on.

        :param dag_id: The DAG, whose file has been parsed.
        :param paused: Whether to pause it.
        """
        self.request("PATCH", f"/api/v2/dags/{dag_id}", json={"is_paused": paused})

    def count_tasks(self, dag_id: str, state: str) -> int:
        """Return how many task instances of all runs of a DAG are in a state, in one small request.

        :param dag_id: The DAG.
        :param state: The state.
        """
        path = f"/api/v2/dags/{dag_id}/dagRuns/~/taskInstances"
        count: int = self.request("GET", path, params={"state": state, "limit": 1}).json()["total_entries"]
        return count

    def count_runs(self, dag_id: str, *states: str) -> int:
        """Return how many runs of a DAG are in one of some states, in one small request.

        :param dag_id: The DAG.
        :param states: The states.
        """
        query = {"state": list(states), "limit": 1}
        answer = self.request("GET", f"/api/v2/dags/{dag_id}/dagRuns", params=query)
        count: int = answer.json()["total_entries"]
        return count

    def state(self, dag_id: str, run_id: str) -> str:
        """Return the state of a run: ``queued``, ``running``, ``success`` or ``failed``."""
        state: str = self.request("GET", _run(dag_id, run_id)).json()["state"]
        return state

    def mark_failed(self, dag_id: str, run_id: str, task_id: str) -> None:
        """End a task as a person does in the UI.

        :param dag_id: The DAG.
        :param run_id: The run.
        :param task_id: The task, not mapped.
        """
        path = f"{_run(dag_id, run_id)}/taskInstances/{task_id}"
        self.request("PATCH", path, json={"new_state": "failed"})

    def clear(self, dag_id: str, run_id: str, task_id: str) -> None:
        """Have a task begin again as a person does in the UI, whatever its state.

        :param dag_id: The DAG.
        :param run_id: The run.
        :param task_id: The task.
        """
        body = {"dry_run": False, "only_failed": False, "dag_run_id": run_id, "task_ids": [task_id]}
        self.request("POST", f"/api/v2/dags/{dag_id}/clearTaskInstances", json=body)

    def task_instances(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """Return all task instances of a run."""
        return list(self._pages(f"{_run(dag_id, run_id)}/taskInstances", "task_instances"))

    def xcoms(self, dag_id: str, run_id: str, task_id: str, map_index: int = -1) -> dict[str, Any]:
        """Return every XCom of a task instance by its key, each with the type that was stored."""
        path = f"{_run(dag_id, run_id)}/taskInstances/{task_id}/xcomEntries"
        mapped = {"map_index": map_index}
        return {
            entry["key"]: self.request("GET", f"{path}/{quote(entry['key'])}", params=mapped).json()["value"]
            for entry in self._pages(path, "xcom_entries", mapped)
        }

    def event_logs(self, dag_id: str, event: str) -> list[dict[str, Any]]:
        """Return each time that an event befell a task of a DAG, such as ``running`` on a worker."""
        query = {"dag_id": dag_id, "event": event}
        return list(self._pages("/api/v2/eventLogs", "event_logs", query))

    def log_entries(
        self, dag_id: str, run_id: str, task_id: str, try_number: int = 1, map_index: int = -1
    ) -> list[dict[str, Any]]:
        """Return the log of one try of a task instance: ``event``, ``level``, ``timestamp`` and more."""
        answer = self.request(
            "GET",
            f"{_run(dag_id, run_id)}/taskInstances/{task_id}/logs/{try_number}",
            params={"map_index": map_index, "full_content": True},
            headers={"Accept": "application/x-ndjson"},
        )
        return [json.loads(entry) for entry in answer.text.splitlines() if entry]

    def log(self, dag_id: str, run_id: str, task_id: str, try_number: int = 1, map_index: int = -1) -> str:
        """Return the log of one try of a task instance: a line for each entry, with all that it holds."""
        entries = self.log_entries(dag_id, run_id, task_id, try_number, map_index)
        return "\n".join(_line(entry) for entry in entries)

    def request(
        self,
        method: str,
        path: str,
        *,
        missing_ok: bool = False,
        headers: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> requests.Response:
        """Make a call, signed in.

        :param method: The HTTP method.
        :param path: The path, from ``/api/v2`` or ``/ui`` on.
        :param missing_ok: Whether 404 is an answer like others.
        :param headers: Further header fields.
        :param kwargs: ``json`` or ``params``, as for :meth:`requests.Session.request`.
        :raises requests.HTTPError: if the API refuses it, with the reason it gives.
        """
        signed = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        answer = self._session.request(
            method, self.url + path, headers=signed, timeout=REQUEST_LIMIT, **kwargs
        )
        if not answer.ok and not (missing_ok and answer.status_code == NOT_FOUND):
            raise requests.HTTPError(
                f"{method} {path}: {answer.status_code} {answer.text[:2000]}", response=answer
            )
        return answer

    @cached_property
    def token(self) -> str:
        """The token with which the user is signed in; the first use signs in."""
        login = {"username": self.username, "password": self.password}
        answer = self._session.post(f"{self.url}/auth/token", json=login, timeout=REQUEST_LIMIT)
        answer.raise_for_status()
        token: str = answer.json()["access_token"]
        return token

    def _pages(
        self, path: str, name: str, params: Mapping[str, Any] | None = None
    ) -> Iterator[dict[str, Any]]:
        seen = 0
        while True:
            page = self.request("GET", path, params={**(params or {}), "limit": 100, "offset": seen}).json()
            yield from page[name]
            seen += len(page[name])
            if not page[name] or seen >= page["total_entries"]:
                return


NOT_FOUND = 404


def _run(dag_id: str, run_id: str) -> str:
    return f"/api/v2/dags/{dag_id}/dagRuns/{quote(run_id)}"


def label(task: Mapping[str, Any]) -> str:
    """Return the name of a task instance: the task's id, with the index where it is mapped."""
    return f"{task['task_id']}[{task['map_index']}]" if task["map_index"] >= 0 else str(task["task_id"])


def _line(entry: Mapping[str, Any]) -> str:
    more = [f"{key}={value}" for key, value in entry.items() if key not in {"timestamp", "level", "event"}]
    return " ".join([entry.get("timestamp") or "", entry.get("level") or "", str(entry.get("event")), *more])
