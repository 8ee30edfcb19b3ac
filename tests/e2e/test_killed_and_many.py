"""A person ends a deferred wait, and one task waits for a thousand jobs, in a real Airflow."""

from __future__ import annotations

import time

import pytest

PATIENCE = 60.0
FEW_LOOKS = 3.0
"""Seconds in which a wait that goes on would look a few times."""


def until(happened) -> None:
    limit = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < limit, "it does not happen"
        time.sleep(0.2)


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
    until(lambda: {request.job_id for request in sandbox.requests} >= set(job_ids.values()))
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


def test_a_deferred_task_that_is_marked_as_failed_stops_looking(killed, sandbox):
    def looks() -> int:
        return sum(request.job_id == killed["plain"] for request in list(sandbox.requests))

    def still() -> bool:
        before = looks()
        time.sleep(FEW_LOOKS)
        return looks() == before

    until(still)


@pytest.fixture(scope="module")
def a_thousand(airflow, sandbox):
    """Wait for a thousand jobs in one task; give the ids and the XComs."""
    job_ids = [sandbox.add_job("geobridge", seconds=0, records=10, failed_records=1) for _ in range(1000)]
    run_id = airflow.trigger("a_thousand", {"job_ids": job_ids})
    assert airflow.wait("a_thousand", run_id, PATIENCE * 2) == "success"
    return job_ids, airflow.xcoms("a_thousand", run_id, "wait")


def test_a_thousand_jobs_in_one_task_are_told_in_the_order_given(a_thousand):
    job_ids, xcoms = a_thousand
    assert [job["id"] for job in xcoms["return_value"]] == job_ids


def test_a_thousand_jobs_in_one_task_add_up_their_counters(a_thousand):
    assert a_thousand[1]["failed_records"] == 1000
