"""A second try knows nothing of the first."""

from __future__ import annotations

import pytest

from airflow_jobstatus.sandbox import Sandbox
from tests.support.clock import JumpingClock
from tests.workerless.conftest import JOB_SECONDS, PATIENCE, Run, until

TASKS = ("end", "start", "both")
POLLS = 12


@pytest.fixture(scope="module")
def first_and_second(airflow) -> tuple[dict, dict, Run]:
    """Give the XComs after the first try and those in the middle of the second, and the run."""
    clock = JumpingClock()
    first, second = (Sandbox(JOB_SECONDS, clock=clock, rate_limit=False) for _ in range(2))
    for server in (first, second):
        server.add_job("courier", job_id="endless")

    def tasks() -> dict[str, dict]:
        return {task["task_id"]: task for task in airflow.task_instances("retried", run_id)}

    def xcoms() -> dict[str, dict]:
        return {task_id: airflow.xcoms("retried", run_id, task_id) for task_id in TASKS}

    with second.serve() as new:
        with first.serve() as old:
            airflow.create_connection("moving", first.connections(old)["courier"])
            run_id = airflow.trigger("retried")
            until(lambda: {task["state"] for task in tasks().values()} == {"deferred"})
            until(lambda: len(first.requests) > POLLS)
        until(
            lambda: (
                {task["state"] for task in tasks().values()} <= {"up_for_retry", "deferred"}
                and all(
                    task["try_number"] > 1 or task["state"] == "up_for_retry" for task in tasks().values()
                )
            )
        )
        left = xcoms()
        moved = {"connection_id": "moving", **second.connections(new)["courier"]}
        airflow.request("PATCH", "/api/v2/connections/moving", json=moved)
        until(lambda: {(task["state"], task["try_number"]) for task in tasks().values()} == {("deferred", 2)})
        until(lambda: len(second.requests) > POLLS)
        meanwhile = xcoms()
        clock.ahead = JOB_SECONDS
        assert airflow.wait("retried", run_id, PATIENCE) == "success"
    return left, meanwhile, Run(airflow, "retried", run_id)


@pytest.mark.parametrize("task_id", TASKS)
def test_the_second_try_begins_without_the_xcoms_of_the_first(first_and_second, task_id):
    _, meanwhile, _ = first_and_second
    assert meanwhile[task_id] == {}


@pytest.mark.parametrize("task_id", TASKS)
def test_the_second_try_leaves_its_own(first_and_second, task_id):
    *_, run = first_and_second
    assert run.xcoms(task_id)["return_value"]["state"] == "succeeded"


@pytest.mark.parametrize("task_id", TASKS)
def test_the_second_try_has_the_duration_that_it_took(first_and_second, task_id):
    *_, run = first_and_second
    assert run.tasks[task_id]["duration"] > 0
