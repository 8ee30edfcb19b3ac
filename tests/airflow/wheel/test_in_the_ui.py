"""The package as it is installed, in Airflow's UI: a wait shows its job while it waits, and afterwards."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from lab.run import Run
from tests.airflow.sandboxed import JOB_SECONDS

DAG = "many_waits_at_once"


@pytest.fixture(scope="module")
def waiting(airflow, sandbox) -> Run:
    """Give a run in which a task has deferred."""
    jobs = [{"conn_id": "geobridge_stored", "job_id": sandbox.add_job("geobridge", records=1234)}]
    run = Run.start(airflow, DAG, {"jobs": jobs})
    run.wait_for_states(lambda states: list(states.values()).count("deferred") == len(jobs))
    return run


def test_the_tab_shows_a_job_from_its_first_poll_through_an_outage_to_its_end(
    browser, waiting, sandbox, clock
):
    browser.open(f"/dags/{DAG}/runs/{quote(waiting.run_id)}/tasks/wait/mapped/0/plugin/job")
    browser.see("Next poll")
    browser.see("geobridge_stored")
    clock.advance(JOB_SECONDS * 0.6)  # half of the records: a job is queued for the first fifth of its time
    browser.see("617 of 1,234 records", within=120)  # written by the triggerer
    sandbox.add_fault("geobridge", "outage", seconds=3600)
    try:
        browser.see("API has failed", within=120)
    finally:
        sandbox.clear_faults()
    clock.advance(JOB_SECONDS)
    assert waiting.wait() == "success"
    browser.see("1,234 of 1,234 records")
