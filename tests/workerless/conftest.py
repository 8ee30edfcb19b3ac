"""A real Airflow and a sandbox whose jobs end when the test says so."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import pytest

from airflow_jobstatus.sandbox import Sandbox
from demo.client import label
from demo.installation import Installation
from tests.support.clock import JumpingClock
from tests.support.until import until as until_within

FOLDER = Path(__file__).parent
JOB_SECONDS = 36_000.0
PATIENCE = 300.0
"""Seconds after which something that is waited for counts as lost."""

until = partial(until_within, within=PATIENCE)


@dataclass(frozen=True)
class Run:
    """One run of a DAG."""

    airflow: Installation
    dag_id: str
    run_id: str

    @cached_property
    def tasks(self) -> dict[str, dict[str, Any]]:
        """The task instances by task id, those of a mapped task by id and index."""
        return {label(task): task for task in self.airflow.task_instances(self.dag_id, self.run_id)}

    @cached_property
    def worker_starts(self) -> Counter[str]:
        """How often a worker process began to work on each task."""
        entries = self.airflow.event_logs(self.dag_id, "running")
        return Counter(label(entry) for entry in entries if entry["run_id"] == self.run_id)

    def xcoms(self, task_id: str, map_index: int = -1) -> dict[str, Any]:
        return self.airflow.xcoms(self.dag_id, self.run_id, task_id, map_index)

    def log(self, task_id: str, map_index: int = -1) -> str:
        return self.airflow.log(self.dag_id, self.run_id, task_id, map_index=map_index)


@contextmanager
def installed(sandbox: Sandbox, **env: str) -> Iterator[Installation]:
    with sandbox.serve() as url:
        connections = {f"{vendor}_default": fields for vendor, fields in sandbox.connections(url).items()}
        with Installation(FOLDER / "dags", connections, env) as airflow:
            yield airflow


@pytest.fixture(scope="module")
def clock() -> JumpingClock:
    return JumpingClock()


@pytest.fixture(scope="module")
def sandbox(clock) -> Sandbox:
    return Sandbox(JOB_SECONDS, clock=clock, rate_limit=False)


@pytest.fixture(scope="module")
def airflow(sandbox) -> Iterator[Installation]:
    with installed(sandbox) as airflow:
        yield airflow


def run_ways(
    airflow: Installation, sandbox: Sandbox, clock: JumpingClock, *, begun_on_a_worker: Iterable[str] = ()
) -> Run:
    """Run the DAG of all ways: no job ends before every task that can waits for one.

    :param begun_on_a_worker: Tasks that wait in the triggerer only after a worker has sent them there.
    """
    for job_id in ("a-constant", "by-conf", "by-params", "upstream", "m1", "m2", "m3"):
        sandbox.add_job("courier", job_id=job_id, failed_records=7)
    sandbox.add_job("courier", job_id=time.strftime("at-%Y%m%d", time.gmtime()))
    sandbox.add_job("courier", job_id="fails", outcome="failed")
    conf = {
        "from_conf": "by-conf",
        "job": "by-params",
        "upstream": "upstream",
        "many": ["m1", "m2", "m3"],
        "conn": "courier_default",
        "fails": "fails",
    }
    run_id = airflow.trigger("ways", conf)
    sandbox.add_job("courier", job_id=run_id.rpartition("__")[2])
    waiting = {"deferred", "success", "failed", "skipped", "upstream_failed"}

    def all_wait() -> bool:
        tasks = airflow.task_instances("ways", run_id)
        return all(task["state"] in waiting or task["task_id"] == "type_of" for task in tasks)

    def have_begun() -> bool:
        starts = Run(airflow, "ways", run_id).worker_starts
        return all(starts[task_id] for task_id in begun_on_a_worker)

    until(have_begun)
    until(all_wait)
    clock.ahead = JOB_SECONDS
    airflow.wait("ways", run_id, PATIENCE)
    return Run(airflow, "ways", run_id)
