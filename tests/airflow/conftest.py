"""The Airflow and the sandbox that all tests share that need none of their own."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from lab.installation import Installation
from lab.run import Run
from tests.airflow.sandboxed import DAGS, JOB_SECONDS, NotingSandbox, airflow_beside
from tests.airflow.three_polls import run_through_three_polls
from tests.support.clock import Clock


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
