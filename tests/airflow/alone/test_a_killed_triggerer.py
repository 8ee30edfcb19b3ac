"""A triggerer is killed between pushing the XComs of a success and ending its task; another one goes on."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from airflow_jobstatus.sandbox import Sandbox
from lab.installation import Installation
from lab.run import Run
from lab.until import WITHIN
from tests.airflow.sandboxed import DAGS, JOB_SECONDS, airflow_beside
from tests.support.clock import Clock

DAG = "cut_short"
WAITS = 20
COUNTERS = {"received": 1000, "enqueued": 1000, "failures": 0}
PUSHED = """
    select distinct task_instance.task_id from task_instance
    join xcom using (dag_id, run_id, task_id, map_index)
    where dag_id = 'cut_short' and state = 'deferred' and key != 'job_progress'
"""
"""The tasks that have the XComs of their success already and have not ended yet."""


@pytest.fixture(scope="module")
def cut_short() -> Iterator[tuple[set[str], Run]]:
    """Give the tasks whose end was cut short, and the run after another triggerer has ended it."""
    clock = Clock(time.time())
    sandbox = Sandbox(JOB_SECONDS, clock=clock, rate_limit=False)
    with airflow_beside(sandbox, DAGS / "cut_short") as (airflow, _):
        yield _cut_short(airflow, sandbox, clock)


def _cut_short(airflow: Installation, sandbox: Sandbox, clock: Clock) -> tuple[set[str], Run]:
    for number in range(WAITS):
        sandbox.add_job("courier", job_id=f"cut-short-{number}")
    run = Run.start(airflow, DAG)
    run.wait_for_states(lambda states: list(states.values()) == ["deferred"] * WAITS)
    triggerer = airflow.process("triggerer")
    processes = [triggerer, *triggerer.children(recursive=True)]
    clock.advance(JOB_SECONDS)
    with closing(sqlite3.connect(f"file:{airflow.database}?mode=ro", uri=True)) as database:
        limit = time.monotonic() + WITHIN
        while not database.execute(PUSHED).fetchall():
            assert time.monotonic() < limit, "nothing is pushed"
        for process in processes:
            process.kill()
        caught = {task_id for (task_id,) in database.execute(PUSHED)}
        airflow.start("triggerer")
        assert run.wait() == "success"
        run.wait_for_removals()
    return caught, run


def test_some_tasks_were_caught_between_their_xcoms_and_their_end(cut_short):
    caught, _ = cut_short
    assert caught


def test_every_task_ends_in_its_first_try(cut_short):
    _, run = cut_short
    assert {(task["state"], task["try_number"]) for task in run.tasks.values()} == {("success", 1)}


def test_no_worker_is_needed_for_it(cut_short):
    _, run = cut_short
    assert set(run.worker_starts().values()) == {1}


def test_every_task_leaves_each_xcom_once_and_whole(cut_short):
    _, run = cut_short
    for number in range(WAITS):
        xcoms = run.xcoms(f"wait_{number}")
        job = xcoms.pop("return_value")
        assert (job["id"], job["state"], xcoms) == (f"cut-short-{number}", "succeeded", COUNTERS)
