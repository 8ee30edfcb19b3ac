"""One deadline, a moment on the wall clock, in every mode."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

import pytest
from airflow.providers.common.compat.sdk import (
    AirflowException,
    AirflowSensorTimeout,
    AirflowSkipException,
    TaskDeferred,
)

from airflow_jobstatus.exceptions import JobStalled, JobTimeout
from tests.support.acme import RUNNING, SUCCEEDED, UNAVAILABLE, AcmeHook
from tests.support.worker import recreated

HOUR = 3600.0
NOTICED_WITHIN = 5.0
"""Seconds within which Airflow notices that a process has ended, by its default settings."""


@pytest.fixture
def defer(sensor, worker):
    """Run a task until it defers, and give the deferral."""

    def run(**arguments) -> TaskDeferred:
        with pytest.raises(TaskDeferred) as raised:
            worker.stretch(sensor(RUNNING, deferrable=True, **arguments)())
        return raised.value

    return run


def test_the_deadline_is_the_timeout_after_the_wait_began(defer):
    before = time.time()
    deadline = defer(timeout=600).trigger.wait.deadline
    assert before + 600 <= deadline <= time.time() + 600


def test_a_timedelta_is_a_timeout_too(defer):
    wait = defer(timeout=timedelta(minutes=10)).trigger.wait
    assert wait.deadline - wait.began == 600


def test_a_trigger_that_is_made_anew_keeps_the_deadline(defer):
    trigger = defer(timeout=600).trigger
    assert recreated(recreated(trigger)).wait.deadline == trigger.wait.deadline


def test_airflow_ends_a_deferral_by_itself_only_after_the_deadline(defer):
    deferral = defer(timeout=600)
    assert time.time() + deferral.timeout.total_seconds() > deferral.trigger.wait.deadline + 60


def test_a_deferred_task_resumes_when_the_scheduler_has_long_seen_its_last_process_end(defer):
    before = time.time()
    resumes_at = defer().trigger.resumes_at
    assert before + 2 * NOTICED_WITHIN <= resumes_at < time.time() + 2 * NOTICED_WITHIN + 5


def test_an_execution_timeout_that_is_shorter_sets_the_deadline_of_a_deferral(defer):
    wait = defer(timeout=600, execution_timeout=timedelta(seconds=60)).trigger.wait
    assert wait.deadline - wait.began == 60


def test_an_execution_timeout_that_is_longer_does_not(defer):
    wait = defer(timeout=600, execution_timeout=timedelta(hours=1)).trigger.wait
    assert wait.deadline - wait.began == 600


def test_a_rescheduled_wait_began_when_its_first_process_did(sensor, worker):
    worker.ti.first_reschedule = datetime.now(timezone.utc) - timedelta(hours=1)
    ended = worker.run(sensor(RUNNING, mode="reschedule", timeout=HOUR - 60))
    assert isinstance(ended.error, AirflowSensorTimeout)


def test_a_rescheduled_wait_takes_one_last_poll_at_its_deadline(sensor, worker):
    worker.ti.first_reschedule = datetime.now(timezone.utc) - timedelta(hours=1)
    assert worker.run(sensor(SUCCEEDED, mode="reschedule", timeout=HOUR - 60)).error is None


def test_a_rescheduled_task_is_due_when_the_next_poll_is(sensor, reschedule):
    at_least, at_most = reschedule(sensor(RUNNING, mode="reschedule", poke_interval=60))
    assert at_most > 55
    assert at_least < 70


@pytest.mark.parametrize("answer", [RUNNING, UNAVAILABLE], ids=["running", "unavailable"])
def test_a_rescheduled_task_is_not_due_before_its_interval_is_over(sensor, worker, reschedule, answer):
    worker.ti.first_reschedule = datetime.now(timezone.utc) - timedelta(seconds=58)
    _, at_most = reschedule(sensor(answer, mode="reschedule", poke_interval=60))
    assert at_most > 59


def test_a_rescheduled_task_is_not_due_after_its_deadline(sensor, reschedule):
    at_least, at_most = reschedule(sensor(RUNNING, mode="reschedule", poke_interval=60, timeout=30))
    assert at_most > 25
    assert at_least <= 30


def test_the_last_poll_of_a_rescheduled_task_leaves_the_scheduler_time_too(sensor, worker, reschedule):
    worker.ti.first_reschedule = datetime.now(timezone.utc) - timedelta(seconds=590)
    at_least, at_most = reschedule(sensor(RUNNING, mode="reschedule", poke_interval=60, timeout=600))
    assert at_most > 14
    assert at_least <= 15


def test_a_rescheduled_wait_remembers_since_when_nothing_answers(sensor, worker, reschedule, two_hours_later):
    make_task = sensor(UNAVAILABLE, mode="reschedule", unreachable_timeout=5)
    reschedule(make_task)
    two_hours_later()
    ended = worker.run(make_task)
    assert isinstance(ended.error, AirflowException)
    assert "in 2 polls (unreachable_timeout=5)" in str(ended.error)


def test_a_rescheduled_wait_does_not_count_time_in_which_it_made_no_poll(sensor, reschedule, two_hours_later):
    make_task = sensor(UNAVAILABLE, mode="reschedule", unreachable_timeout=600)
    reschedule(make_task)
    two_hours_later()
    reschedule(make_task)


def test_a_rescheduled_wait_remembers_the_job_as_it_was(sensor, worker, reschedule, log):
    make_task = sensor(RUNNING, SUCCEEDED, mode="reschedule")
    reschedule(make_task)
    worker.run(make_task)
    assert "2 polls" in log[-2]["event"]


def test_the_next_try_of_a_rescheduled_wait_begins_anew(sensor, worker, reschedule, two_hours_later):
    make_task = sensor(UNAVAILABLE, mode="reschedule")
    reschedule(make_task)
    two_hours_later()
    worker.ti.try_number = 2
    reschedule(make_task)


def test_a_rescheduled_wait_works_without_a_state_store(sensor, worker):
    worker.store = None  # as on Airflow before 3.3
    assert worker.run(sensor(RUNNING, SUCCEEDED, mode="reschedule")).error is None


class BrokenStore:
    """A task state store whose backend is out of reach."""

    def get(self, key: str) -> None:
        raise ConnectionError(key)

    def set(self, key: str, value: object) -> None:
        raise ConnectionError(key, value)


def test_a_rescheduled_wait_goes_on_when_the_state_store_fails(sensor, worker, log):
    worker.store = BrokenStore()
    assert worker.run(sensor(RUNNING, RUNNING, SUCCEEDED, mode="reschedule")).error is None
    assert "Airflow's task state store failed, the wait goes on (ConnectionError)" in [
        entry["event"] for entry in log
    ]


@pytest.fixture
def slow_start(monkeypatch) -> None:
    """Make finding the hook take a second, as the first import of one may on a busy machine."""
    late, real, init = [0.0], {"time": time.time, "monotonic": time.monotonic}, AcmeHook.__init__

    def slow_init(self, *args, **kwargs):
        late[0] += 1.0
        init(self, *args, **kwargs)

    monkeypatch.setattr(AcmeHook, "__init__", slow_init)
    for name, clock in real.items():
        monkeypatch.setattr(time, name, lambda clock=clock: clock() + late[0])


@pytest.mark.usefixtures("slow_start")
def test_a_timeout_while_the_task_starts_says_what_was_seen(sensor, worker):
    ended = worker.run(sensor(RUNNING, timeout=1))
    assert "Last seen: it is processing, 64 %, 640/1000 records" in str(ended.error)


@pytest.mark.usefixtures("slow_start")
def test_never_fail_holds_for_a_timeout_while_the_task_starts(sensor, worker):
    ended = worker.run(sensor(RUNNING, timeout=1, never_fail=True))
    assert type(ended.error) is AirflowSkipException


@pytest.mark.parametrize("deferrable", [False, True])
def test_a_task_that_is_run_again_begins_anew(sensor, worker, acme, deferrable):
    task = sensor(SUCCEEDED, deferrable=deferrable)()
    worker.stretch(task)
    task.job_id = acme.add(SUCCEEDED)
    worker.stretch(task)
    assert acme.polls(task.job_id) == 1


@pytest.mark.parametrize("arguments", [{"stall_timeout": 0.05}, {"timeout": 0.05}], ids=["stall", "timeout"])
def test_a_limit_that_passes_between_two_polls_makes_no_negative_pause(sensor, worker, acme, arguments):
    jobs = [acme.add(RUNNING) for _ in range(4)]
    ended = worker.run(sensor(job_id=jobs, mode="poke", **arguments))
    assert isinstance(ended.error, (JobStalled, JobTimeout))
