"""One run of a DAG."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from typing_extensions import Self

from lab.client import FINAL_STATES, AirflowClient, label
from lab.until import WITHIN, until


@dataclass(frozen=True)
class Run:
    """A run of a DAG. What its tasks left is read once: ask for it when the run has ended.

    :param airflow: Where it runs.
    :param dag_id: The DAG.
    :param run_id: The run.
    """

    airflow: AirflowClient
    dag_id: str
    run_id: str

    @classmethod
    def start(cls, airflow: AirflowClient, dag_id: str, conf: Mapping[str, Any] | None = None) -> Self:
        """Start a run, and return it.

        :param airflow: Where it should run.
        :param dag_id: The DAG.
        :param conf: The run's configuration.
        """
        return cls(airflow, dag_id, airflow.trigger(dag_id, conf))

    def wait(self, timeout: float = WITHIN) -> str:
        """Wait until the run has ended, and return its state.

        :param timeout: How many seconds it may take.
        :raises TimeoutError: if it takes longer, with the states of its tasks.
        """
        until(
            lambda: self.state in FINAL_STATES,
            within=timeout,
            what=lambda: f"the end of {self.dag_id}, its tasks: {self.states()}",
        )
        return self.state

    def wait_for_removals(self, timeout: float = WITHIN) -> None:
        """Wait until no XCom shows the progress of a wait any more: it is removed after the wait's end.

        :param timeout: How many seconds it may take.
        :raises TimeoutError: if it takes longer.
        """
        path = f"/api/v2/dags/{self.dag_id}/dagRuns/{self.run_id}/taskInstances/~/xcomEntries"
        asked = {"xcom_key": "job_progress", "limit": 1}
        until(
            lambda: not self.airflow.request("GET", path, params=asked).json()["total_entries"],
            within=timeout,
            what=lambda: f"the removal of what shows the progress of {self.dag_id}",
        )

    def wait_for_states(self, is_so: Callable[[dict[str, str]], Any], timeout: float = WITHIN) -> None:
        """Wait until the task instances are in the states in which they should be.

        :param is_so: Takes the states, as :meth:`states` returns them.
        :param timeout: How many seconds it may take.
        :raises TimeoutError: if it takes longer, with the states.
        """
        until(
            lambda: is_so(self.states()),
            within=timeout,
            every=1.0,  # a run with many tasks is many pages
            what=lambda: f"states of the tasks of {self.dag_id}, which are {self.states()}",
        )

    @property
    def state(self) -> str:
        """The state of the run by now; an error if Airflow has ended."""
        self.airflow.check()
        return self.airflow.state(self.dag_id, self.run_id)

    def instances(self) -> dict[str, dict[str, Any]]:
        """Return the task instances as they are now, by task id, those of a mapped task by id and index."""
        self.airflow.check()
        return {label(task): task for task in self.airflow.task_instances(self.dag_id, self.run_id)}

    def states(self) -> dict[str, str]:
        """Return the states of the task instances by now."""
        return {name: task["state"] for name, task in self.instances().items()}

    def worker_starts(self) -> Counter[str]:
        """Return how often by now a worker process began to work on each task instance."""
        entries = self.airflow.event_logs(self.dag_id, "running")
        return Counter(label(entry) for entry in entries if entry["run_id"] == self.run_id)

    def mark_failed(self, task_id: str) -> None:
        """End a task as a person does in the UI.

        :param task_id: The task, not mapped.
        """
        self.airflow.mark_failed(self.dag_id, self.run_id, task_id)

    def clear(self, task_id: str) -> None:
        """Have a task begin again as a person does in the UI, whatever its state.

        :param task_id: The task.
        """
        self.airflow.clear(self.dag_id, self.run_id, task_id)

    @cached_property
    def tasks(self) -> dict[str, dict[str, Any]]:
        """The task instances as :meth:`instances` returns them, read once."""
        return self.instances()

    def xcoms(self, task_id: str, map_index: int = -1) -> dict[str, Any]:
        """Return every XCom of a task instance by its key.

        :param task_id: The task.
        :param map_index: Which of a mapped task's instances.
        """
        if (task_id, map_index) not in self._xcoms:
            xcoms = self.airflow.xcoms(self.dag_id, self.run_id, task_id, map_index)
            self._xcoms[task_id, map_index] = xcoms
        return dict(self._xcoms[task_id, map_index])

    def events(self, task_id: str) -> list[str]:
        """Return what the log of a task's first try says, without levels and times.

        :param task_id: The task, not mapped.
        """
        if task_id not in self._events:
            entries = self.airflow.log_entries(self.dag_id, self.run_id, task_id)
            self._events[task_id] = [str(entry["event"]) for entry in entries]
        return self._events[task_id]

    def log(self, task_id: str, map_index: int = -1, *, try_number: int = 1) -> str:
        """Return the log of one try of a task as it is now: a line for each entry, with all that it holds.

        :param task_id: The task.
        :param map_index: Which of a mapped task's instances.
        :param try_number: The try; the first by default.
        """
        return self.airflow.log(self.dag_id, self.run_id, task_id, try_number, map_index)

    @cached_property
    def _xcoms(self) -> dict[tuple[str, int], dict[str, Any]]:
        return {}

    @cached_property
    def _events(self) -> dict[str, list[str]]:
        return {}
