"""What became of one wait."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from demo.scenario import Scenario
from lab.client import AirflowClient, label

OPERATORS = frozenset({"BulkJobOperator", "JobStatusSensor", "JobStatusOperator"})


@dataclass(frozen=True)
class Wait:
    """A task that waited for a job, or polled it once.

    :param dag_id: Its DAG.
    :param run_id: The run.
    :param task: Its task instance, as the REST API returns it.
    :param xcoms: What it left behind.
    :param scenario: How it should have ended.
    """

    dag_id: str
    run_id: str
    task: Mapping[str, Any]
    xcoms: Mapping[str, Any]
    scenario: Scenario = field(repr=False)

    @property
    def name(self) -> str:
        """The name of DAG and task."""
        return f"{self.dag_id}.{label(self.task)}"

    @property
    def job(self) -> Mapping[str, Any]:
        """The job as it was seen last; empty if it was never seen."""
        return self.xcoms.get("return_value") or {}

    @property
    def counters(self) -> Mapping[str, Any]:
        """The counters, as a downstream task gets them: each from its own XCom."""
        return {name: self.xcoms.get(name) for name in self.job.get("counters", {})}

    @property
    def seconds(self) -> float | None:
        """How long the task took, from its first poll to its end."""
        if not self.task["start_date"] or not self.task["end_date"]:
            return None
        start, end = (datetime.fromisoformat(self.task[name].replace("Z", "+00:00")) for name in BOUNDS)
        return (end - start).total_seconds()

    def faults(self) -> list[str]:
        """Return a sentence for each thing that is not as it should be; none if all is well."""
        return list(self._faults())

    def _faults(self) -> Iterator[str]:
        if self.task["state"] != self.scenario.task_state:
            yield f"the task should be {self.scenario.task_state}, and is {self.task['state']}"
        if not self.job:
            yield "the job was not seen"
        elif self.job["state"] not in self.scenario.job_states:
            yield f"the job should be {' or '.join(sorted(self.scenario.job_states))}"
        elif self.counters != self.job["counters"]:
            yield f"the XComs of the counters should be {self.job['counters']}"


BOUNDS = ("start_date", "end_date")


def read_waits(airflow: AirflowClient, scenario: Scenario, run_id: str) -> list[Wait]:
    """Return the waits of a run, in the order in which they began.

    :param airflow: Where it ran.
    :param scenario: How its waits should have ended.
    :param run_id: The run.
    """
    tasks = [
        task for task in airflow.task_instances(scenario.dag_id, run_id) if task["operator_name"] in OPERATORS
    ]
    tasks.sort(key=lambda task: (task["task_id"], task["map_index"]))
    return [
        Wait(
            dag_id=scenario.dag_id,
            run_id=run_id,
            task=task,
            xcoms=airflow.xcoms(scenario.dag_id, run_id, task["task_id"], task["map_index"]),
            scenario=scenario,
        )
        for task in tasks
    ]
