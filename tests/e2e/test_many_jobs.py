"""One task waits for a thousand jobs, in a real Airflow."""

from __future__ import annotations

import pytest

PATIENCE = 120.0


@pytest.fixture(scope="module")
def a_thousand(airflow, sandbox):
    """Wait for a thousand jobs in one task; give the ids and the XComs."""
    job_ids = [sandbox.add_job("geobridge", seconds=0, records=10, failed_records=1) for _ in range(1000)]
    run_id = airflow.trigger("a_thousand", {"job_ids": job_ids})
    ended = airflow.wait("a_thousand", run_id, PATIENCE)
    assert ended == "success", airflow.log("a_thousand", run_id, "wait")
    return job_ids, airflow.xcoms("a_thousand", run_id, "wait")


def test_a_thousand_jobs_in_one_task_are_told_in_the_order_given(a_thousand):
    job_ids, xcoms = a_thousand
    assert [job["id"] for job in xcoms["return_value"]] == job_ids


def test_a_thousand_jobs_in_one_task_add_up_their_counters(a_thousand):
    assert a_thousand[1]["failed_records"] == 1000
