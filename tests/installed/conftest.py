"""One real Airflow and one sandbox for all tests of the installed package."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from airflow_jobstatus.sandbox import Sandbox
from demo.installation import Installation
from tests.support.clock import JumpingClock
from tests.support.until import until as until_within

DAGS = Path(__file__).parent / "dags"
JOB_SECONDS = 3600.0
PATIENCE = 180.0
"""Seconds after which something that is waited for counts as lost."""

until = partial(until_within, within=PATIENCE)


class Clock(JumpingClock):
    """Ends the jobs that there are."""

    def end_all_jobs(self) -> None:
        self.ahead += JOB_SECONDS


@pytest.fixture(scope="session")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def sandbox(clock) -> Sandbox:
    return Sandbox(JOB_SECONDS, clock=clock, rate_limit=False)


@pytest.fixture(scope="session")
def airflow(sandbox) -> Iterator[Installation]:
    """Run Airflow with connections in its database, from where the triggerer gets them by a call."""
    with sandbox.serve() as url, Installation(DAGS) as airflow:
        for vendor, fields in sandbox.connections(url).items():
            airflow.create_connection(f"{vendor}_default", {**fields, "extra": '{"timeout": "20"}'})
        yield airflow
