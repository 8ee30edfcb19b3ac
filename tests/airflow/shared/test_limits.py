"""Limits that Airflow does not keep for a task that it starts in the triggerer, in a real Airflow."""

from __future__ import annotations

import time
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import pytest

from lab.run import Run
from lab.until import until
from tests.airflow.sandboxed import JOB_SECONDS

REASONS = {
    "per_dag": "it has max_active_tis_per_dag, which Airflow does not keep there",
    "per_dagrun": "it has max_active_tis_per_dagrun, which Airflow does not keep there",
    "slots": "it has a pool, which Airflow does not keep there",
}
MAPPED = [f"mapped[{index}]" for index in range(3)]
LONG_ENOUGH = 3.0
"""Seconds in which Airflow would begin what it may."""


@pytest.fixture(scope="module")
def runs(airflow, sandbox, clock) -> tuple[list[Run], Run, Run]:
    """Give two runs of the DAG with limits, one of the DAG with a pool in which no two fit, and one with
    ``max_active_tasks`` of which all waits were deferred at once.
    """
    sandbox.add_job("courier", job_id="limited")
    pool = {"name": "narrow", "slots": 3, "include_deferred": True}
    airflow.request("POST", "/api/v2/pools", json=pool)
    limited = [Run.start(airflow, "limited") for _ in range(2)]
    pooled, at_work = Run.start(airflow, "pooled"), Run.start(airflow, "at_work")
    for run in limited:
        run.wait_for_states(
            lambda states: [states.get(name) for name in ("per_dagrun", "slots")] == ["deferred"] * 2
        )
        run.wait_for_states(lambda states: "deferred" in [states.get(name) for name in MAPPED])
    until(lambda: "deferred" in [run.states()["per_dag"] for run in limited])
    pooled.wait_for_states(lambda states: "deferred" in states.values())
    at_work.wait_for_states(lambda states: list(states.values()) == ["deferred"] * 4)
    time.sleep(LONG_ENOUGH)
    clock.advance(JOB_SECONDS)
    for run in (*limited, pooled, at_work):
        assert run.wait() == "success"
    return limited, pooled, at_work


@pytest.fixture(scope="module")
def limited(runs) -> list[Run]:
    return runs[0]


@pytest.fixture(scope="module")
def pooled(runs) -> Run:
    return runs[1]


def overlap(tasks: Iterable[dict[str, Any]]) -> bool:
    """Return whether any tasks were at work or deferred at the same time."""
    spans = sorted((task["start_date"], task["end_date"]) for task in tasks)
    return any(later[0] < earlier[1] for earlier, later in pairwise(spans))


@pytest.mark.parametrize("task_id", REASONS)
def test_a_wait_with_a_limit_begins_on_a_worker_once(limited, task_id):
    assert [run.worker_starts()[task_id] for run in limited] == [1, 1]


@pytest.mark.parametrize("task_id", REASONS)
def test_a_wait_with_a_limit_says_why_it_begins_on_a_worker(limited, task_id):
    assert f"the wait begins on a worker: {REASONS[task_id]}" in limited[0].log(task_id)


def test_max_active_tis_per_dag_holds_over_two_runs(limited):
    assert not overlap(run.tasks["per_dag"] for run in limited)


@pytest.mark.parametrize("which", range(2))
def test_max_active_tis_per_dagrun_holds_for_a_mapped_wait(limited, which):
    assert not overlap(limited[which].tasks[name] for name in MAPPED)


@pytest.mark.parametrize("task_id", ["one", "other"])
def test_a_wait_with_a_pool_says_why_it_begins_on_a_worker(pooled, task_id):
    assert f"the wait begins on a worker: {REASONS['slots']}" in pooled.log(task_id)


def test_a_pool_that_counts_deferred_tasks_holds_by_their_slots(pooled):
    assert not overlap(pooled.tasks.values())


@pytest.mark.parametrize(
    ("task_id", "workers"),
    {
        "begun_on_a_worker": 1,
        "also_on_a_worker": 1,
        "begun_in_the_triggerer": 0,
        "also_in_the_triggerer": 0,
    }.items(),
)
def test_max_active_tasks_counts_no_deferred_task_wherever_it_began(runs, task_id, workers):
    assert runs[2].worker_starts()[task_id] == workers
