"""What becomes of the job when a person or its time ends a deferred wait, in a real Airflow.

SQLite gives the number of the newest trigger, once that has been killed, to the next one, and the triggerer
may take the one for the other. So a wait that nobody ends is deferred last.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest

from airflow_jobstatus.sandbox import Sandbox
from lab.run import Run
from lab.until import until
from tests.airflow.sandboxed import JOB_SECONDS

CLEARED = ("free", "busy")
FEW_POLLS = 4.0
"""Seconds in which a trigger begins and polls a few times."""
KILLED = "Trigger cancelled by user action"
"""What Airflow writes to the log when it ends a trigger, which may be long after the task was cleared."""
CLEARED_NOT_ENDED = "The job goes on: its task was cleared or is tried again"
"""What the trigger then says, unless the task is deferred anew by that time."""


@dataclass(frozen=True)
class Night:
    """A run in which waits were cleared and ended."""

    run: Run
    sandbox: Sandbox
    job_ids: dict[str, str]
    while_busy: str | None
    """The state of the task that was cleared when no worker was free, at the end of that time."""

    def cancelled(self, task_id: str) -> int:
        """Return how often the job of a task was cancelled."""
        return _calls(self.sandbox, self.job_ids[task_id], "DELETE")


@pytest.fixture(scope="module")
def night(airflow, sandbox, clock, tmp_path_factory) -> Night:
    endless = {"failed", "late"}
    job_ids = {
        task_id: sandbox.add_job(
            "geobridge", failed_records=7, seconds=float("inf") if task_id in endless else None
        )
        for task_id in (*CLEARED, *sorted(endless), "outlet", "last")
    }
    run = Run.start(airflow, "cleared", job_ids)
    run.wait_for_states(
        lambda states: {states[task] for task in (*CLEARED, "failed", "outlet")} == {"deferred"}
    )
    last = Run.start(airflow, "last", job_ids)
    last.wait_for_states(lambda states: states == {"last": "deferred"})
    time.sleep(FEW_POLLS)  # a trigger that has not begun is not ended

    run.mark_failed("failed")
    run.clear("free")
    until(lambda: KILLED in run.log("free"))
    run.wait_for_states(lambda states: states["free"] == "deferred")

    file = tmp_path_factory.mktemp("busy") / "while_exists"
    file.touch()
    busy = Run.start(airflow, "busy_workers", {"while_exists": str(file)})
    try:
        busy.wait_for_states(lambda states: len(states) > 1 and set(states.values()) == {"running"})
        run.clear("busy")
        until(lambda: CLEARED_NOT_ENDED in run.log("busy"))
        while_busy = run.states()["busy"]
    finally:
        file.unlink()
    run.wait_for_states(lambda states: states["busy"] == "deferred")
    clock.advance(JOB_SECONDS)
    for one in (run, last, busy):
        one.wait()
    return Night(run, sandbox, job_ids, while_busy)


def _calls(sandbox: Sandbox, job_id: str, method: str) -> int:
    return sum((request.method, request.job_id) == (method, job_id) for request in list(sandbox.requests))


def test_a_wait_that_is_cleared_while_no_worker_is_free_has_to_queue(night):
    assert night.while_busy in {None, "scheduled", "queued"}


@pytest.mark.parametrize("task_id", CLEARED)
def test_the_job_of_a_wait_that_is_cleared_is_not_cancelled(night, task_id):
    assert night.cancelled(task_id) == 0


@pytest.mark.parametrize("task_id", CLEARED)
def test_a_wait_that_is_cleared_succeeds_in_its_new_try(night, task_id):
    task = night.run.tasks[task_id]
    assert (task["state"], task["try_number"]) == ("success", 2)


def test_the_job_of_a_deferred_wait_that_is_marked_as_failed_is_cancelled(night):
    until(lambda: night.cancelled("failed"))
    assert night.cancelled("failed") == 1


def test_a_wait_that_is_marked_as_failed_stays_so(night):
    assert night.run.tasks["failed"]["state"] == "failed"


def test_a_timeout_cancels_the_job_with_cancel_on_timeout(night):
    assert (night.run.tasks["late"]["state"], night.cancelled("late")) == ("failed", 1)


def test_the_extra_of_an_asset_event_holds_the_job(airflow, night):
    query = {"source_dag_id": "cleared", "source_task_id": "outlet"}
    (event,) = airflow.request("GET", "/api/v2/assets/events", params=query).json()["asset_events"]
    value = night.run.xcoms("outlet")["return_value"]
    assert event["extra"]["job"] == {name: value[name] for name in ("vendor", "id", "state", "counters")}
