"""Where triggerers serve queues, each wait begins on a worker and goes on in the queue of its task."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest

from airflow_jobstatus.sandbox import Sandbox
from airflow_jobstatus.workerless.eligibility import starts_in_the_triggerer
from lab.installation import Installation
from lab.run import Run
from lab.until import until
from tests.airflow.sandboxed import DAGS, JOB_SECONDS, airflow_beside
from tests.support.clock import Clock

pytestmark = pytest.mark.skipif(not starts_in_the_triggerer(), reason="triggerers have queues from 3.3 on")
QUEUES = {"default": "default", "special": "special", "start": "special"}
"""The queue of each task."""
LANDED = """
    select task_id, trigger.queue, triggerer_id from task_instance join trigger on trigger.id = trigger_id
    where dag_id = 'queued'
"""
TRIGGERERS = "select count(*) from job where job_type = 'TriggererJob' and state = 'running'"


@dataclass(frozen=True)
class Queued:
    """What became of a run, and where its waits were meanwhile.

    :param queues: The queue of each task's wait.
    :param triggerers: The triggerers that had them.
    """

    run: Run
    queues: dict[str, str | None]
    triggerers: set[int]


@pytest.fixture(scope="module")
def queued() -> Iterator[Queued]:
    clock = Clock(time.time())
    sandbox = Sandbox(JOB_SECONDS, clock=clock, rate_limit=False)
    env = {"AIRFLOW__TRIGGERER__QUEUES_ENABLED": "True"}
    with airflow_beside(sandbox, DAGS / "queued", **env) as (airflow, _):
        airflow.start("triggerer", "--queues", "default,special")
        yield _run(airflow, sandbox, clock)


def _run(airflow: Installation, sandbox: Sandbox, clock: Clock) -> Queued:
    for job_id in ("a", "b", "c"):
        sandbox.add_job("courier", job_id=job_id)
    with closing(sqlite3.connect(f"file:{airflow.database}?mode=ro", uri=True)) as database:
        until(lambda: database.execute(TRIGGERERS).fetchone() == (2,), what=lambda: "a second triggerer")
        run = Run.start(airflow, "queued")
        run.wait_for_states(lambda states: list(states.values()) == ["deferred"] * len(QUEUES))
        until(lambda: all(taken for _, _, taken in database.execute(LANDED)), what=lambda: "their triggerer")
        rows = database.execute(LANDED).fetchall()
    clock.advance(JOB_SECONDS)
    run.wait()
    queues, triggerers = {task: queue for task, queue, _ in rows}, {taken for _, _, taken in rows}
    return Queued(run, queues, triggerers)


def test_every_wait_lands_in_the_queue_of_its_task(queued):
    assert queued.queues == QUEUES


def test_the_triggerer_of_these_queues_has_them_all(queued):
    assert len(queued.triggerers) == 1


@pytest.mark.parametrize("task_id", QUEUES)
def test_every_wait_ends_well_there(queued, task_id):
    assert (queued.run.tasks[task_id]["state"], queued.run.worker_starts()[task_id]) == ("success", 1)


def test_the_log_says_why_a_wait_begins_on_a_worker(queued):
    assert "the wait begins on a worker: triggerers have queues" in queued.run.log("start")
