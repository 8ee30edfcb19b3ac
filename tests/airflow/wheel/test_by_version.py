"""What differs by the version of Airflow, as the table in docs/behind/versions.md says.

They come last on the shared Airflow: SQLite gives the number of a trigger that was killed to the next one,
and the triggerer may take the end of the one for that of the other.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from airflow import __version__
from packaging.version import Version

from airflow_jobstatus.sandbox import Sandbox
from lab.run import Run
from lab.until import until
from tests.airflow.sandboxed import JOB_SECONDS

IS_3_3 = Version(__version__) >= Version("3.3")
DAG = "by_version"
VENDORS = {
    "end": "geobridge",
    "start": "geobridge",
    "stopped": "geobridge",
    "stopped_without_a_list": "courier",
    "cancelled": "geobridge",
}
"""The vendors of the tasks' jobs."""
STOPPED = ("stopped", "stopped_without_a_list")
KILLED = (*STOPPED, "cancelled")
NOBODY = {"conn_type": "geobridge", "host": "http://127.0.0.1:9", "password": "any"}
"""A connection to a port on which nobody listens."""
FEW_POLLS = 4.0
"""Seconds in which a wait that goes on would poll a few times."""


@dataclass(frozen=True)
class Night:
    """One run, in which three waits were ended by a person."""

    run: Run
    sandbox: Sandbox
    job_ids: dict[str, str]

    def calls(self, task_id: str, method: str = "GET") -> int:
        """Give how many calls were made with a task's job; a poll of the list shows it too."""
        return sum(
            request.method == method
            and (request.job_id or self.job_ids[task_id]) == self.job_ids[task_id]
            and request.vendor == VENDORS[task_id]
            for request in list(self.sandbox.requests)
        )


@pytest.fixture(scope="module")
def night(airflow, sandbox, clock) -> Night:
    job_ids = {
        task_id: sandbox.add_job(
            vendor, failed_records=7, seconds=float("inf") if task_id in KILLED else JOB_SECONDS
        )
        for task_id, vendor in VENDORS.items()
    }
    sandbox.add_job("geobridge", job_id="endless", seconds=float("inf"))
    airflow.create_connection("silent", NOBODY)
    night = Night(Run.start(airflow, DAG, job_ids), sandbox, job_ids)
    run = night.run
    run.wait_for_states(lambda states: {states[task_id] for task_id in job_ids} == {"deferred"})
    before = {task_id: night.calls(task_id) for task_id in KILLED}
    # A task that is killed before its trigger has begun kills no trigger.
    until(lambda: all(night.calls(task_id) > before[task_id] for task_id in KILLED))
    for task_id in KILLED:
        run.mark_failed(task_id)
    clock.advance(JOB_SECONDS)
    run.wait()
    return night


@pytest.mark.parametrize("task_id", ["end", "start"])
def test_a_success_ends_in_the_triggerer(night, task_id):
    assert (
        night.run.tasks[task_id]["state"],
        "The task ends in the triggerer" in night.run.log(task_id),
    ) == (
        "success",
        True,
    )


@pytest.mark.parametrize("task_id", ["end", "start"])
def test_a_success_that_ends_in_the_triggerer_leaves_counters_as_numbers(night, task_id):
    assert night.run.xcoms(task_id)["failed_records"] == 7


def test_a_wait_begins_in_the_triggerer_since_3_3_and_before_the_log_says_why_not(night):
    why = "start_from_trigger does not apply, the wait begins on a worker: Airflow is older than 3.3"
    assert (why not in night.run.log("start")) == IS_3_3


def test_a_wait_that_begins_in_the_triggerer_has_no_process(night):
    assert (night.run.tasks["start"]["pid"] is None) == IS_3_3


@pytest.mark.parametrize("task_id", STOPPED)
def test_the_polling_stops_for_a_task_that_a_person_ends(night, task_id):
    def still() -> bool:
        before = night.calls(task_id)
        time.sleep(FEW_POLLS)
        return night.calls(task_id) == before

    until(still)


def test_a_deferred_job_is_cancelled_since_3_3(night):
    if IS_3_3:
        until(lambda: night.calls("cancelled", "DELETE"))
    assert bool(night.calls("cancelled", "DELETE")) == IS_3_3


def test_a_rescheduled_wait_counts_the_silence_over_all_its_processes_since_3_3(night):
    log = night.run.log("silent")
    assert ("unreachable_timeout=12" in log, "(timeout=45)" in log) == (IS_3_3, not IS_3_3)


def test_each_try_of_a_rescheduled_wait_has_its_own_timeout(night):
    logs = [night.run.log("interrupted", try_number=number) for number in (1, 2)]
    first, second = map(_deadline, logs)
    assert second - first > timedelta(seconds=10)


def _deadline(log: str) -> datetime:
    """Give the moment at which a wait ends at the latest, as its first line says."""
    found = re.search(r"until ([\d: -]+) UTC at the latest", log)
    assert found is not None, log
    return datetime.fromisoformat(found[1])
