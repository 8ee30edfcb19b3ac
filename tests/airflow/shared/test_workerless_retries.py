"""A second try knows nothing of the first."""

from __future__ import annotations

import time

import pytest

from airflow_jobstatus.sandbox import Sandbox
from lab.run import Run
from lab.until import until
from tests.airflow.sandboxed import JOB_SECONDS
from tests.support.clock import Clock

TASKS = ("end", "start", "both")
POLLS = 12


@pytest.fixture(scope="module")
def first_and_second(airflow) -> tuple[dict, dict, Run]:
    """Give the XComs after the first try and those in the middle of the second, and the run."""
    clock = Clock(time.time())
    first, second = (Sandbox(JOB_SECONDS, clock=clock, rate_limit=False) for _ in range(2))
    for server in (first, second):
        server.add_job("courier", job_id="endless")

    def are_tried_again() -> bool:
        tasks = run.instances().values()
        return all(
            task["state"] == "up_for_retry" or (task["state"] == "deferred" and task["try_number"] > 1)
            for task in tasks
        )

    def xcoms() -> dict[str, dict]:
        return {task_id: airflow.xcoms("retried", run.run_id, task_id) for task_id in TASKS}

    def are_deferred(tries: int) -> bool:
        return {(task["state"], task["try_number"]) for task in run.instances().values()} == {
            ("deferred", tries)
        }

    with second.serve() as new:
        with first.serve() as old:
            airflow.create_connection("moving", first.connections(old)["courier"])
            run = Run.start(airflow, "retried")
            run.wait_for_states(lambda states: set(states.values()) == {"deferred"})
            until(lambda: len(first.requests) > POLLS)
        until(are_tried_again)
        left = xcoms()
        moved = {"connection_id": "moving", **second.connections(new)["courier"]}
        airflow.request("PATCH", "/api/v2/connections/moving", json=moved)
        until(lambda: are_deferred(2))
        until(lambda: len(second.requests) > POLLS)
        meanwhile = xcoms()
        clock.advance(JOB_SECONDS)
        assert run.wait() == "success"
    return left, meanwhile, run


@pytest.mark.parametrize("task_id", TASKS)
def test_the_second_try_begins_without_the_xcoms_of_the_first(first_and_second, task_id):
    _, meanwhile, _ = first_and_second
    assert meanwhile[task_id].keys() <= {"job_progress"}  # of the second try itself


@pytest.mark.parametrize("task_id", TASKS)
def test_the_second_try_leaves_its_own(first_and_second, task_id):
    *_, run = first_and_second
    assert run.xcoms(task_id)["return_value"]["state"] == "succeeded"


@pytest.mark.parametrize("task_id", TASKS)
def test_the_second_try_has_the_duration_that_it_took(first_and_second, task_id):
    *_, run = first_and_second
    assert run.tasks[task_id]["duration"] > 0
