"""The Airflow, the sandbox and the browser that all tests share that need none of their own."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator

import pytest

from lab.browser import CHROMIUM, DRIVER, Browser, is_installed
from lab.installation import Installation
from lab.run import Run
from tests.airflow.sandboxed import DAGS, JOB_SECONDS, NotingSandbox, airflow_beside
from tests.airflow.three_polls import run_through_three_polls
from tests.support.clock import Clock

REQUIRED = "JOBSTATUS_BROWSER_TESTS"
"""The environment variable that says ``required`` where a missing browser is a failure."""


@pytest.fixture(scope="session")
def clock() -> Clock:
    """The clock of the jobs. A test that moves it has every wait of others ended before."""
    return Clock(time.time())


@pytest.fixture(scope="session")
def sandbox(clock) -> NotingSandbox:
    return NotingSandbox(JOB_SECONDS, clock=clock, rate_limit=False)


@pytest.fixture(scope="session")
def airflow(sandbox) -> Iterator[Installation]:
    """Run Airflow with two connections to each vendor.

    ``courier_default`` and the like come from the environment. ``courier_stored`` and the like are in the
    database, from where the triggerer gets them by a call.
    """
    with airflow_beside(sandbox, DAGS) as (airflow, url):
        for vendor, fields in sandbox.connections(url).items():
            airflow.create_connection(f"{vendor}_stored", {**fields, "extra": json.dumps({"timeout": "20"})})
        yield airflow


@pytest.fixture(scope="session")
def three_polls(airflow, sandbox, clock) -> dict[str, Run]:
    """Give the runs, by DAG, in which each job is seen queued, then half way, then over."""
    return run_through_three_polls(airflow, sandbox, clock)


@pytest.fixture(scope="session")
def browser(request) -> Iterator[Browser]:
    if not is_installed() and os.environ.get(REQUIRED) != "required":
        pytest.skip(f"no {CHROMIUM} and {DRIVER}: .ci/chromium installs them")
    airflow = request.getfixturevalue("airflow")  # not before it is known that there is a browser
    with Browser() as browser:
        browser.sign_in(airflow)
        yield browser
