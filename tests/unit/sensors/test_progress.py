"""What a wait on a worker shows of itself, and that nothing of it is left."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_jobstatus.sensors.progress import WorkerProgress
from airflow_jobstatus.waiting.progress import ELSE_AFTER, KEY, NEWS_AFTER
from tests.support.acme import RUNNING, SUCCEEDED
from tests.support.outcomes import MODES
from tests.support.worker import TaskInstance
from tests.unit.waiting.test_progress import BEGAN, DOWN, Run, job

TASK = SimpleNamespace(conn_id="acme_default", do_xcom_push=True)


class Noting(TaskInstance):
    """A task instance that notes what is pushed."""

    def __init__(self) -> None:
        super().__init__()
        self.pushed: list[tuple[str, object]] = []

    def xcom_push(self, key, value) -> None:
        super().xcom_push(key, value)
        self.pushed.append((key, self.xcoms[key]))

    @property
    def shown(self) -> list[Any]:
        return [value for key, value in self.pushed if key == KEY]


class Clock:
    def __init__(self) -> None:
        self.now = BEGAN

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ti() -> Noting:
    return Noting()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def progress(ti, clock) -> WorkerProgress:
    return WorkerProgress(TASK, {"ti": ti}, clock=clock)


@pytest.fixture
def run() -> Run:
    run = Run(1, many=False)
    run.poll(job("job-0", 64))
    return run


def test_a_poll_is_written_before_the_pause_that_follows(progress, run, ti):
    progress.polled(run.run, news=True)
    assert ti.shown == []
    progress.settle()
    assert [value["jobs"][0]["processed"] for value in ti.shown] == [64]


def test_a_poll_without_news_is_not_written_at_once(progress, run, ti):
    progress.polled(run.run, news=False)
    progress.settle()
    assert ti.shown == []


def test_a_poll_without_news_is_written_after_a_while(progress, run, ti, clock):
    clock.now += ELSE_AFTER
    progress.polled(run.run, news=False)
    assert len(ti.shown) == 1


def test_news_are_written_in_the_middle_of_a_long_round(progress, run, ti, clock):
    progress.polled(run.run, news=True)
    clock.now += NEWS_AFTER
    progress.polled(run.run, news=False)
    assert len(ti.shown) == 1


def test_what_was_written_is_not_written_again(progress, run, ti):
    progress.polled(run.run, news=True)
    progress.settle()
    progress.settle()
    assert len(ti.shown) == 1


def test_an_airflow_that_cannot_store_it_harms_no_wait(run, clock):
    class Broken(TaskInstance):
        def xcom_push(self, key, value) -> None:  # noqa: ARG002  as Airflow's own
            raise OSError("the database is away")

    broken: Any = {"ti": Broken()}
    progress = WorkerProgress(TASK, broken, clock=clock)
    progress.polled(run.run, news=True)
    progress.settle()


def test_a_failed_poll_shows_the_fault(progress, ti):
    run = Run(1, many=False)
    run.poll(DOWN)
    progress.polled(run.run, news=True)
    progress.settle()
    assert ti.shown[0]["jobs"][0]["fault"] == "HTTP 503 Service Unavailable"


@pytest.fixture
def shown(worker) -> Iterator[list]:
    worker.ti = Noting()
    return worker.ti


@pytest.mark.parametrize("mode", MODES)
def test_each_mode_shows_the_job_while_the_wait_goes_on(sensor, worker, shown, mode):
    worker.run(sensor(RUNNING, SUCCEEDED, **MODES[mode]))
    assert shown.shown[0]["jobs"][0]["processed"] == 640


@pytest.mark.parametrize("mode", MODES)
def test_nothing_is_left_after_the_end(sensor, worker, mode):
    ended = worker.run(sensor(RUNNING, SUCCEEDED, **MODES[mode]))
    assert KEY not in ended.xcoms


def test_a_job_that_has_ended_before_the_task_shows_nothing_but_its_result(sensor, worker, shown):
    worker.run(sensor(SUCCEEDED))
    assert shown.shown == []


def test_progress_that_is_switched_off_is_not_written(sensor, worker, shown, monkeypatch):
    monkeypatch.setenv("AIRFLOW__JOBSTATUS__PROGRESS", "False")
    worker.run(sensor(RUNNING, SUCCEEDED))
    assert shown.shown == []
