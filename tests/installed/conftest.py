"""One real Airflow and one sandbox for all tests of the installed package."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_jobstatus.sandbox import Sandbox
from demo.installation import Installation

DAGS = Path(__file__).parent / "dags"
JOB_SECONDS = 3600.0
PATIENCE = 180.0
"""Seconds after which something that is waited for counts as lost."""


class Clock:
    """The wall clock, which can jump ahead: no job ends before a test wants it to."""

    ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead

    def end_all_jobs(self) -> None:
        self.ahead += JOB_SECONDS


def until(happened: Callable[[], Any]) -> None:
    limit = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < limit, "it does not happen"
        time.sleep(0.5)


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
