"""One task waits for a thousand jobs, in a real Airflow."""

from __future__ import annotations

import pytest

from lab.run import Run


@pytest.fixture(scope="module")
def a_thousand(airflow, sandbox):
    """Wait for a thousand jobs in one task; give the ids and the XComs."""
    job_ids = [sandbox.add_job("geobridge", seconds=0, records=10, failed_records=1) for _ in range(1000)]
    run = Run.start(airflow, "a_thousand", {"job_ids": job_ids})
    assert run.wait() == "success", run.log("wait")
    return job_ids, run.xcoms("wait")


def test_a_thousand_jobs_in_one_task_are_returned_in_the_order_given(a_thousand):
    job_ids, xcoms = a_thousand
    assert [job["id"] for job in xcoms["return_value"]] == job_ids


def test_a_thousand_jobs_in_one_task_add_up_their_counters(a_thousand):
    assert a_thousand[1]["failed_records"] == 1000
