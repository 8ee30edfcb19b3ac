"""The browser that all tests of the UI share, signed in to the Airflow that they share too."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from lab.browser import CHROMIUM, DRIVER, Browser, is_installed
from lab.run import Run

REQUIRED = "JOBSTATUS_BROWSER_TESTS"
"""The environment variable that says ``required`` where a missing browser is a failure."""
SETTLED = {"deferred", "success", "failed"}
"""The states of tasks that wait, or have ended."""


@pytest.fixture(scope="session")
def browser(request) -> Iterator[Browser]:
    if not is_installed() and os.environ.get(REQUIRED) != "required":
        pytest.skip(f"no {CHROMIUM} and {DRIVER}: .ci/chromium installs them")
    airflow = request.getfixturevalue("airflow")  # not before it is known that there is a browser
    with Browser() as browser:
        browser.sign_in(airflow)
        yield browser


@pytest.fixture(scope="package")
def shown(airflow, sandbox) -> Iterator[Run]:
    """A run in which tasks wait, have ended well and badly, and are of another kind."""
    done = {"seconds": 0, "records": 1000}
    conf = {
        "succeeds": sandbox.add_job("geobridge", failed_records=7, **done),
        "fails": sandbox.add_job("geobridge", outcome="failed", failed_records=400, **done),
        "many": [sandbox.add_job("geobridge", outcome=end, **done) for end in ("succeeded", "failed")],
    }
    run = Run.start(airflow, "shown", conf)
    run.wait_for_states(lambda states: len(states) > len(conf) and set(states.values()) <= SETTLED)
    yield run
    airflow.request("PATCH", f"/api/v2/dags/{run.dag_id}/dagRuns/{run.run_id}", json={"state": "failed"})
