"""With a listener installed, workers begin and end every wait, and the listener hears of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_jobstatus.sandbox import Sandbox
from lab.run import Run
from tests.airflow.sandboxed import DAGS, JOB_SECONDS, airflow_beside
from tests.airflow.ways import run_ways
from tests.support.clock import Clock

PLUGINS = Path(__file__).parent / "plugins"
WAYS = ("end", "start", "constant", "from_xcom_arg")


@pytest.fixture(scope="module")
def ways() -> Iterator[Run]:
    clock = Clock(time.time())
    sandbox = Sandbox(JOB_SECONDS, clock=clock, rate_limit=False)
    env = {"AIRFLOW__CORE__PLUGINS_FOLDER": str(PLUGINS)}
    with airflow_beside(sandbox, DAGS / "ways", **env) as (airflow, _):
        yield run_ways(airflow, sandbox, clock, begun_on_a_worker=WAYS)


@pytest.mark.parametrize("task_id", WAYS)
def test_two_workers_are_started_for_a_wait(ways, task_id):
    assert ways.worker_starts()[task_id] == 2


@pytest.mark.parametrize("task_id", WAYS)
def test_the_log_says_why(ways, task_id):
    assert "a listener is installed" in ways.log(task_id)


@pytest.mark.parametrize("task_id", WAYS)
def test_the_listener_hears_of_every_success(ways, task_id):
    assert task_id in (ways.airflow.home / "heard").read_text().split()
