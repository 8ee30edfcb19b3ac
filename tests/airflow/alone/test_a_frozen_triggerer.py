"""A triggerer that was stopped for a while goes on; before, persons ended, cleared and deleted tasks."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from airflow_jobstatus.sandbox import Sandbox
from airflow_jobstatus.triggers.standstill import LONG
from lab.installation import Installation
from lab.postgresql import PostgreSQL
from lab.run import Run
from lab.until import until
from tests.airflow.sandboxed import DAGS, airflow_beside

pytestmark = pytest.mark.long

OF_EACH = 10
"""How many tasks are ended, cleared, deleted; how many go on and how many give up meanwhile."""
LOST_AFTER = 10
"""Seconds without a heartbeat after which Airflow gives a triggerer's waits to another."""
FEW = 5
"""How many polls show that another triggerer has taken the waits over."""
SETTLED = 30.0
"""Seconds in which a triggerer ends what it has lost, and cancels what it would."""
INSTANCES = [(task_id, index) for task_id in ("goes_on", "gives_up") for index in range(OF_EACH)]
KILLED = "Trigger cancelled by user action"
BEGUN = re.compile(r"trigger \S+ \(ID \d+\) starting")
"""What Airflow writes to the log of a task whose trigger begins."""


@dataclass
class Night:
    """What was seen."""

    sandbox: Sandbox
    jobs: dict[str, list[str]] = field(default_factory=dict)
    states: dict[str, list[str]] = field(default_factory=dict)
    cancelled_of_cleared: int = 0
    """How many of the cleared tasks' jobs were cancelled before the tasks were ended too."""
    frozen_for: float = 0.0
    killed: int = 0
    """How many of the triggers of the frozen triggerer were ended."""

    def add_jobs(self, kind: str) -> list[str]:
        self.jobs[kind] = [self.sandbox.add_job("geobridge") for _ in range(OF_EACH)]
        return self.jobs[kind]

    def cancelled(self, kind: str) -> int:
        """Give how many jobs of a kind were cancelled."""
        return len(set(self._asked("DELETE")) & set(self.jobs[kind]))

    def wait_for_polls(self, since: float) -> None:
        """Wait until the list of all jobs has been polled a few times after a moment."""
        until(lambda: len(self._asked("GET", since)) >= FEW, what=lambda: "polls of the list")

    def _asked(self, method: str, since: float = 0.0) -> list[str | None]:
        requests = list(self.sandbox.requests)
        return [one.job_id for one in requests if one.method == method and one.at > since]


@pytest.fixture(scope="module")
def night() -> Iterator[Night]:
    with PostgreSQL() as database:
        yield _spend(database.settings)


def _spend(database: dict[str, str]) -> Night:
    night = Night(Sandbox(seconds=float("inf"), rate_limit=False))
    settings = {
        **database,
        "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": str(LOST_AFTER),
        "AIRFLOW__TRIGGERER__JOB_HEARTBEAT_SEC": "2",
    }
    with airflow_beside(night.sandbox, DAGS / "frozen", **settings) as (airflow, _):
        _let_persons_end_tasks(airflow, night)
        _freeze_a_triggerer(airflow, night)
    return night


def _let_persons_end_tasks(airflow: Installation, night: Night) -> None:
    runs = {
        kind: [Run.start(airflow, "ended", {"job_id": job_id}) for job_id in night.add_jobs(kind)]
        for kind in ("marked", "cleared", "deleted")
    }
    for run in (one for kind in runs.values() for one in kind):
        run.wait_for_states(lambda states: states == {"wait": "deferred"})
    for run in (one for kind in runs.values() for one in kind):
        _wait_until_it_has_begun(run, "wait")
    for run in runs["marked"]:
        run.mark_failed("wait")
    for run in runs["deleted"]:  # Airflow deletes no run that goes on
        path = f"/api/v2/dags/{run.dag_id}/dagRuns/{run.run_id}"
        airflow.request("PATCH", path, json={"state": "failed"})
        airflow.request("DELETE", path)
    for run in runs["cleared"]:
        run.clear("wait")
    until(lambda: all(run.instances()["wait"]["try_number"] > 1 for run in runs["cleared"]))
    for run in runs["cleared"]:
        run.wait_for_states(lambda states: states == {"wait": "deferred"})
    time.sleep(SETTLED / 2)
    night.cancelled_of_cleared = night.cancelled("cleared")
    for run in runs["cleared"]:
        run.mark_failed("wait")


def _wait_until_it_has_begun(run: Run, task_id: str, map_index: int = -1) -> None:
    """Wait until the triggerer has begun with a wait: before, it is not told that a person ended it."""
    until(lambda: BEGUN.search(run.log(task_id, map_index)), what=lambda: f"the trigger of {task_id}")


def _freeze_a_triggerer(airflow: Installation, night: Night) -> None:
    conf = {"job_ids": night.add_jobs("goes on"), "standing_ids": night.add_jobs("gives up")}
    run = Run.start(airflow, "frozen", conf)
    run.wait_for_states(lambda states: list(states.values()).count("deferred") == 2 * OF_EACH)
    for task_id, index in INSTANCES:
        _wait_until_it_has_begun(run, task_id, index)
    triggerer = airflow.process("triggerer")
    frozen = [triggerer, *triggerer.children(recursive=True)]
    for process in frozen:
        process.send_signal(signal.SIGSTOP)
    stopped_at = time.time()
    try:
        airflow.start("triggerer")
        night.wait_for_polls(since=stopped_at)
        run.wait_for_states(lambda states: list(states.values()).count("failed") == OF_EACH)
        time.sleep(max(0.0, stopped_at + LONG + 2 - time.time()))
    finally:
        for process in frozen:
            process.send_signal(signal.SIGCONT)
    night.frozen_for = time.time() - stopped_at
    time.sleep(SETTLED)
    night.killed = sum(KILLED in run.log(task_id, index) for task_id, index in INSTANCES)
    for name, state in run.states().items():
        night.states.setdefault(name.partition("[")[0], []).append(state)


def test_the_jobs_of_tasks_that_persons_marked_as_failed_are_cancelled(night: Night) -> None:
    assert night.cancelled("marked") == OF_EACH


def test_the_jobs_of_runs_that_persons_deleted_are_cancelled(night: Night) -> None:
    assert night.cancelled("deleted") == OF_EACH


def test_the_jobs_of_tasks_that_persons_cleared_are_not(night: Night) -> None:
    assert night.cancelled_of_cleared == 0


def test_a_triggerer_was_frozen_for_long_and_lost_its_waits(night: Night) -> None:
    assert night.frozen_for > LONG
    assert night.killed >= OF_EACH


@pytest.mark.parametrize("kind", ["goes on", "gives up"])
def test_no_job_is_cancelled_because_its_triggerer_was_frozen(night: Night, kind: str) -> None:
    assert night.cancelled(kind) == 0


def test_the_waits_go_on_in_the_other_triggerer(night: Night) -> None:
    assert night.states["goes_on"] == ["deferred"] * OF_EACH


def test_those_that_gave_up_meanwhile_have_failed_for_good(night: Night) -> None:
    assert night.states["gives_up"] == ["failed"] * OF_EACH
