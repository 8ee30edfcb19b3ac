"""A person ends a deferred wait, in a real Airflow."""

from __future__ import annotations

import time
from functools import partial

import pytest

from tests.support.until import until as until_within

PATIENCE = 60.0
FEW_POLLS = 3.0
"""Seconds in which a wait that goes on would poll a few times."""

until = partial(until_within, within=PATIENCE, every=0.2)


def polls(sandbox, job_id: str) -> int:
    return sum(request.job_id == job_id for request in list(sandbox.requests))


@pytest.fixture(scope="module")
def killed(airflow, sandbox) -> dict[str, str]:
    """Mark two deferred waits as failed, and give the ids of their jobs by task."""
    job_ids = {
        "cancelled": sandbox.add_job("geobridge", seconds=float("inf")),
        "plain": sandbox.add_job("courier", seconds=float("inf")),
    }
    run_id = airflow.trigger("killed", job_ids)
    for task_id in ("cancelling", "plain"):
        airflow.wait_for_task("killed", run_id, task_id, lambda task: task["state"] == "deferred")
    # The first poll is the worker's; a task that is killed before the triggerer polls kills no trigger.
    until(lambda: all(polls(sandbox, job_id) > 1 for job_id in job_ids.values()))
    for task_id in ("cancelling", "plain"):
        airflow.request(
            "PATCH",
            f"/api/v2/dags/killed/dagRuns/{run_id}/taskInstances/{task_id}",
            json={"new_state": "failed"},
        )
    return job_ids


def test_a_deferred_task_that_is_marked_as_failed_cancels_its_job_if_asked_to(killed, sandbox):
    until(
        lambda: any(
            request.method == "DELETE" and request.job_id == killed["cancelled"]
            for request in sandbox.requests
        )
    )


def test_a_deferred_task_that_is_marked_as_failed_stops_polling(killed, sandbox):
    def still() -> bool:
        before = polls(sandbox, killed["plain"])
        time.sleep(FEW_POLLS)
        return polls(sandbox, killed["plain"]) == before

    until(still)
