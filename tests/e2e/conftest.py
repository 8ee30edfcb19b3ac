"""One real Airflow and one sandbox for all end-to-end tests; the jobs go by a clock that fixtures move."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pytest

from airflow_jobstatus.sandbox import Sandbox
from demo.client import AirflowClient, label
from demo.installation import Installation

DAGS = Path(__file__).parent / "dags"
VENDORS = ("courier", "elastic_path", "geobridge")
MODES = ("poke", "reschedule", "deferrable")
ENDS = ("succeeds", "fails")
TASKS = [f"{vendor}-{mode}-{end}" for vendor in VENDORS for mode in MODES for end in ENDS]
LISTS = {"/v2/jobs", "/v1/bulk/jobs"}
PATIENCE = 120.0
"""Seconds after which something that is waited for counts as lost."""
JOB_SECONDS = 10.0
QUEUED, HALF_WAY, OVER = 1.0, 6.0, 11.0
"""Seconds after the jobs were made: in their first fifth, half of the records done, and ended."""


@dataclass
class Clock:
    now: float

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Run:
    """One run of a DAG."""

    airflow: AirflowClient
    dag_id: str
    run_id: str

    @cached_property
    def tasks(self) -> Mapping[str, Mapping[str, Any]]:
        """The task instances by task id, those of a mapped task by id and index."""
        return {label(task): task for task in self.airflow.task_instances(self.dag_id, self.run_id)}

    def xcoms(self, task_id: str, map_index: int = -1) -> dict[str, Any]:
        return _xcoms(self, task_id, map_index)

    def lines(self, task_id: str) -> list[str]:
        """Give what a task's log says of jobs."""
        return [line for line in map(str, _events(self, task_id)) if " job '" in line]

    def __hash__(self) -> int:
        return hash(self.run_id)


@cache
def _xcoms(run: Run, task_id: str, map_index: int) -> dict[str, Any]:
    return run.airflow.xcoms(run.dag_id, run.run_id, task_id, map_index)


@cache
def _events(run: Run, task_id: str) -> list[str]:
    return [entry["event"] for entry in run.airflow.log_entries(run.dag_id, run.run_id, task_id)]


@pytest.fixture(scope="session")
def clock() -> Clock:
    return Clock(time.time())


@pytest.fixture(scope="session")
def sandbox(clock) -> Sandbox:
    return Sandbox(JOB_SECONDS, clock=clock, rate_limit=False)


@pytest.fixture(scope="session")
def airflow(sandbox) -> Iterator[Installation]:
    with sandbox.serve() as url:
        connections = {f"{vendor}_default": fields for vendor, fields in sandbox.connections(url).items()}
        with Installation(DAGS, connections) as airflow:
            yield airflow


@pytest.fixture(scope="session")
def runs(airflow, sandbox, clock) -> dict[str, Run]:
    """Run all DAGs to their end: each job is seen queued, then half way, then over."""
    began = clock.now
    jobs = {task_id: _add_job(sandbox, task_id) for task_id in TASKS}
    uses = {
        "one": sandbox.add_job("geobridge", failed_records=7),
        "many": [sandbox.add_job("courier", records=100 * n) for n in (1, 2, 3)],
        "endless": sandbox.add_job("elastic_path", seconds=float("inf")),
    }
    clock.now = began + QUEUED
    runs = {
        dag_id: Run(airflow, dag_id, airflow.trigger(dag_id, conf))
        for dag_id, conf in {"vendors_and_modes": jobs, "ways_to_use": uses}.items()
    }
    _wait_for_polls(sandbox, clock.now, {*jobs.values(), uses["one"], *uses["many"], uses["endless"]})
    clock.now = began + HALF_WAY
    _wait_for_polls(sandbox, clock.now, set(jobs.values()))
    clock.now = began + OVER
    for run in runs.values():
        airflow.wait(run.dag_id, run.run_id, PATIENCE)
    return runs


@pytest.fixture(scope="session")
def vendors_and_modes(runs) -> Run:
    return runs["vendors_and_modes"]


@pytest.fixture(scope="session")
def ways_to_use(runs) -> Run:
    return runs["ways_to_use"]


def _add_job(sandbox: Sandbox, task_id: str) -> str:
    vendor, _, end = task_id.split("-")
    outcome, failed = ("failed", 400) if end == "fails" else ("succeeded", 40)
    return sandbox.add_job(vendor, outcome=outcome, failed_records=failed, job_id=f"job-of-{task_id}")


def _wait_for_polls(sandbox: Sandbox, at: float, job_ids: set[str]) -> None:
    """Wait until each of some jobs was polled, by the sandbox's clock."""
    limit = time.monotonic() + PATIENCE
    while missing := {job_id for job_id in job_ids if not _is_polled(sandbox, at, job_id)}:
        if time.monotonic() > limit:
            polls = [f"{request.status} {request.path}" for request in sandbox.requests[-10:]]
            raise TimeoutError(f"nobody polls {sorted(missing)}; the last polls: {polls}")
        time.sleep(0.2)


def _is_polled(sandbox: Sandbox, at: float, job_id: str) -> bool:
    """Tell whether a job was polled, singly or, as only the triggerer does, by the vendor's list."""
    _, mode, vendor = re.fullmatch(r"job-of-((\w+)-(\w+)-\w+)|.*", job_id).group(1, 3, 2)
    return any(
        request.job_id == job_id
        or (mode == "deferrable" and request.vendor == vendor and request.path in LISTS)
        for request in sandbox.requests
        if request.at == at
    )
