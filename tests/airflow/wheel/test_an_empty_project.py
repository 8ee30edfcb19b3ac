"""An Airflow with nothing but one DAG file and one connection of type ``http_job`` waits for its jobs."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from airflow_jobstatus.sandbox import Sandbox
from airflow_jobstatus.waiting.progress import KEY
from lab.installation import Installation
from lab.run import Run
from tests.airflow.sandboxed import DAGS, JOB_SECONDS
from tests.support.clock import Clock

SERVICE = {
    "password": "key-of-my-service",
    "extra": {
        "path": "/jobs/{id}",
        "auth": {"type": "apiKey", "in": "header", "name": "X-Key"},
        "status": "state",
        "counters": {"total": "rows.all", "succeeded": "rows.good", "failed": "rows.bad"},
        "error": "why",
        "outputs": {"file": "result.file"},
    },
}
WELL, FAILED = "ends_well", "input_is_missing"


@pytest.fixture(scope="module")
def runs() -> Iterator[dict[str, Run]]:
    """Give the run of each DAG, over, after both waits have deferred."""
    clock = Clock(time.time())
    sandbox = Sandbox(JOB_SECONDS, clock=clock)
    sandbox.add_api(SERVICE, name="my_service")
    with sandbox.serve() as url:
        connection = sandbox.connections(url)["my_service"]
        with Installation(DAGS / "empty_project", {"my_service": connection}) as airflow:
            runs = {name: Run.start(airflow, name) for name in (WELL, FAILED)}
            for run in runs.values():
                run.wait_for_states(lambda states: states == {"wait": "deferred"})
            clock.advance(JOB_SECONDS)
            for run in runs.values():
                run.wait()
            yield runs


def test_the_wait_for_a_job_that_ends_well_succeeds(runs):
    assert runs[WELL].states() == {"wait": "success"}


def test_the_job_its_counters_and_its_output_are_xcoms(runs):
    xcoms = {key: value for key, value in runs[WELL].xcoms("wait").items() if key != KEY}
    job = xcoms.pop("return_value")
    assert (job["state"], job["progress"], xcoms) == (
        "succeeded",
        1.0,
        {"total": 1000, "succeeded": 1000, "failed": 0, "file": "sandbox-file"},
    )


def test_the_wait_for_a_job_that_fails_fails_with_the_services_reason(runs):
    assert runs[FAILED].states() == {"wait": "failed"}
    assert "The sandbox was asked for a job that fails" in runs[FAILED].log("wait")


def test_the_xcoms_of_a_failure_say_why(runs):
    job = runs[FAILED].xcoms("wait")["return_value"]
    assert (job["state"], job["error"]) == ("failed", "The sandbox was asked for a job that fails.")


@pytest.mark.parametrize("name", [WELL, FAILED])
def test_no_log_shows_the_key_or_an_output(runs, name):
    log = runs[name].log("wait")
    assert SERVICE["password"] not in log
    assert "sandbox-file" not in log
