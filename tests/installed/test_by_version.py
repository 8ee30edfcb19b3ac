"""What differs by the version of Airflow, as the README's table says."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import pytest
from airflow import __version__
from packaging.version import Version

from airflow_jobstatus.sandbox import Sandbox
from demo.installation import Installation
from tests.installed.conftest import until

IS_3_3 = Version(__version__) >= Version("3.3")
DAG = "by_version"
KILLED = ("stopped", "cancelled")
NOBODY = {"conn_type": "geobridge", "host": "http://127.0.0.1:9", "password": "any"}
"""A connection to a port on which nobody listens."""
FEW_POLLS = 4.0
"""Seconds in which a wait that goes on would poll a few times."""


@dataclass(frozen=True)
class Night:
    """One run, in which two waits were ended by a person."""

    airflow: Installation
    sandbox: Sandbox
    run_id: str
    job_ids: dict[str, str]

    def task(self, task_id: str) -> dict[str, Any]:
        return next(t for t in self.airflow.task_instances(DAG, self.run_id) if t["task_id"] == task_id)

    def log(self, task_id: str) -> str:
        return self.airflow.log(DAG, self.run_id, task_id)

    def calls(self, task_id: str, method: str = "GET") -> int:
        """Tell how many calls were made with a task's job; a poll of the list shows it too."""
        return sum(
            request.method == method and request.job_id in {self.job_ids[task_id], None}
            for request in list(self.sandbox.requests)
        )


@pytest.fixture(scope="module")
def night(airflow, sandbox, clock) -> Night:
    job_ids = {task_id: sandbox.add_job("geobridge", failed_records=7) for task_id in ("end", "start")}
    job_ids |= {task_id: sandbox.add_job("geobridge", seconds=float("inf")) for task_id in KILLED}
    airflow.create_connection("silent", NOBODY)
    night = Night(airflow, sandbox, airflow.trigger(DAG, job_ids), job_ids)
    until(lambda: {night.task(task_id)["state"] for task_id in job_ids} == {"deferred"})
    time.sleep(FEW_POLLS)  # a task that is killed before its trigger has begun kills no trigger
    for task_id in KILLED:
        path = f"/api/v2/dags/{DAG}/dagRuns/{night.run_id}/taskInstances/{task_id}"
        airflow.request("PATCH", path, json={"new_state": "failed"})
    clock.end_all_jobs()
    airflow.wait(DAG, night.run_id)
    return night


@pytest.mark.parametrize("task_id", ["end", "start"])
def test_a_success_ends_in_the_triggerer(night, task_id):
    assert (night.task(task_id)["state"], "The task ends in the triggerer" in night.log(task_id)) == (
        "success",
        True,
    )


@pytest.mark.parametrize("task_id", ["end", "start"])
def test_a_success_that_ends_in_the_triggerer_leaves_counters_as_numbers(night, task_id):
    assert night.airflow.xcoms(DAG, night.run_id, task_id)["failed_records"] == 7


def test_a_wait_begins_in_the_triggerer_since_3_3_and_before_the_log_says_why_not(night):
    why = "start_from_trigger does not apply, the wait begins on a worker: Airflow is older than 3.3"
    assert (why not in night.log("start")) == IS_3_3


def test_a_wait_that_begins_in_the_triggerer_has_no_process(night):
    assert (night.task("start")["pid"] is None) == IS_3_3


def test_the_polling_stops_for_a_task_that_a_person_ends(night):
    def still() -> bool:
        before = night.calls("stopped")
        time.sleep(FEW_POLLS)
        return night.calls("stopped") == before

    until(still)


def test_a_deferred_job_is_cancelled_since_3_3(night):
    if IS_3_3:
        until(lambda: night.calls("cancelled", "DELETE"))
    assert bool(night.calls("cancelled", "DELETE")) == IS_3_3


def test_a_rescheduled_wait_counts_the_silence_over_all_its_processes_since_3_3(night):
    log = night.log("silent")
    assert ("unreachable_timeout=12" in log, "(timeout=45)" in log) == (IS_3_3, not IS_3_3)
