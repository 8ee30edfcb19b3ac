"""Two triggerers over PostgreSQL wait for many jobs; one of them is killed in the middle."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest

from airflow_jobstatus.sandbox import Sandbox
from lab.postgresql import PostgreSQL
from lab.run import Run
from lab.until import until
from tests.airflow.sandboxed import DAGS, airflow_beside
from tests.support.clock import JumpingClock

pytestmark = pytest.mark.long

WAITS = int(os.environ.get("RESTART_WAITS", "100"))
DAG = "many_waits"
INTERVAL = 10.0
SCATTER = 1.5
"""How much longer than the interval the pause between two polls may be: jitter and a busy machine."""
JOB_SECONDS = 36_000.0
WITHIN = 900.0
"""Seconds after which something that is waited for counts as lost."""


@dataclass(frozen=True)
class Night:
    """What was seen of one run in which a triggerer was killed."""

    killed_at: float
    ended_at: float
    polls: dict[str, list[float]]
    instances: list[dict[str, Any]]
    received: list[Any]

    def longest_pause(self, job_id: str) -> float:
        """Give the most seconds between two polls of a job while all was deferred."""
        return max(after - before for before, after in pairwise(self.polls[job_id]))


@pytest.fixture(scope="module")
def night() -> Iterator[Night]:
    with PostgreSQL() as database:
        yield _spend(database.settings)


def _spend(database: dict[str, str]) -> Night:
    clock = JumpingClock()
    sandbox = Sandbox(JOB_SECONDS, clock=clock)
    with airflow_beside(sandbox, DAGS / "many_waits", **database) as (airflow, _):
        airflow.start("triggerer")
        job_ids = {sandbox.add_job("courier") for _ in range(WAITS)}
        run = Run.start(airflow, DAG, {"job_ids": sorted(job_ids)})

        def wait_for_a_poll_of_each(since: float) -> None:
            def polled() -> set[str | None]:
                return {request.job_id for request in list(sandbox.requests) if request.at > since}

            until(
                lambda: job_ids <= polled(),
                within=WITHIN,
                what=lambda: f"polls of {len(job_ids - polled())} jobs of {WAITS}",
            )

        run.wait_for_states(lambda states: list(states.values()).count("deferred") == WAITS, WITHIN)
        deferred_at = time.time()
        wait_for_a_poll_of_each(deferred_at)
        triggerer = airflow.process("triggerer")
        for process in [triggerer, *triggerer.children(recursive=True)]:
            process.kill()
        killed_at = time.time()
        wait_for_a_poll_of_each(killed_at + INTERVAL * SCATTER)
        ended_at = time.time()
        clock.ahead = JOB_SECONDS
        assert run.wait(WITHIN) == "success"
        return Night(
            killed_at,
            ended_at,
            {
                job_id: [
                    request.at
                    for request in sandbox.requests
                    if request.job_id == job_id and deferred_at < request.at < ended_at
                ]
                for job_id in job_ids
            },
            [task for task in run.tasks.values() if task["task_id"] == "wait"],
            [run.xcoms("wait", index)["received"] for index in range(WAITS)],
        )


def test_every_wait_ends_right(night: Night) -> None:
    assert [task["state"] for task in night.instances] == ["success"] * WAITS


def test_no_wait_is_tried_twice(night: Night) -> None:
    assert {task["try_number"] for task in night.instances} == {1}


def test_every_wait_leaves_its_counters(night: Night) -> None:
    assert night.received == [1000] * WAITS


def test_the_waits_of_the_killed_triggerer_pause_until_another_takes_them(night: Night) -> None:
    paused = [job_id for job_id in night.polls if night.longest_pause(job_id) > INTERVAL * SCATTER]
    assert 0 < len(paused) < WAITS


def test_a_wait_that_was_taken_over_keeps_its_cadence(night: Night) -> None:
    for polls in night.polls.values():
        after = [at for at in polls if at > night.killed_at + INTERVAL]
        assert all(
            INTERVAL / SCATTER < later - earlier < INTERVAL * SCATTER for earlier, later in pairwise(after)
        )
