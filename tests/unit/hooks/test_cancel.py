"""Cancelling a vendor's job: by the hook, and when a person ends the task."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowTaskTimeout

from airflow_jobstatus.hooks.courier import CourierHook
from airflow_jobstatus.hooks.geobridge import GeoBridgeHook
from airflow_jobstatus.protocol.errors import NotFoundError, UnsupportedError
from airflow_jobstatus.protocol.job import JobState
from airflow_jobstatus.sandbox import Sandbox
from airflow_jobstatus.sensors.jobstatus import JobStatusSensor
from airflow_jobstatus.task_states import FINAL
from airflow_jobstatus.tasks import cancelling
from airflow_jobstatus.triggers.jobstatus import JobStatusTrigger
from tests.support.worker import TaskInstance

CARRIERS: dict[str, Callable[[GeoBridgeHook, str], bool]] = {
    "requests": lambda hook, job_id: hook.cancel_job(job_id),
    "aiohttp": lambda hook, job_id: asyncio.run(hook.acancel_job(job_id)),
}
carriers = pytest.mark.parametrize("cancel", CARRIERS.values(), ids=CARRIERS)


def deletes(sandbox: Sandbox) -> list[str | None]:
    return [request.job_id for request in sandbox.requests if request.method == "DELETE"]


def trigger(hook_class: type, job_id: str, **options: Any) -> JobStatusTrigger:
    now = time.time()
    return JobStatusTrigger(
        hook_class=f"{hook_class.__module__}.{hook_class.__qualname__}",
        conn_id=hook_class.default_conn_name,
        job_id=job_id,
        began=now,
        deadline=now + 60,
        options=options,
    )


@carriers
def test_a_running_job_is_cancelled(sandbox, cancel):
    job_id = sandbox.add_job("geobridge")
    assert cancel(GeoBridgeHook(), job_id)
    assert GeoBridgeHook().get_job(job_id).state is JobState.CANCELLED


@carriers
def test_a_job_that_has_ended_is_told_as_such(sandbox, cancel):
    assert not cancel(GeoBridgeHook(), sandbox.add_job("geobridge", seconds=0))


@carriers
@pytest.mark.usefixtures("sandbox")
def test_a_job_that_is_unknown_is_told_as_such(cancel):
    with pytest.raises(NotFoundError, match="check the id"):
        cancel(GeoBridgeHook(), "nobody")


@pytest.mark.usefixtures("sandbox")
def test_a_vendor_without_such_a_call_is_told_as_such():
    with pytest.raises(UnsupportedError, match="Courier has no call that cancels"):
        CourierHook().cancel_job("job-1")


async def test_a_killed_trigger_cancels_the_job_if_asked_to(sandbox):
    job_id = sandbox.add_job("geobridge")
    await trigger(GeoBridgeHook, job_id, cancel_on_kill=True).on_kill()
    assert deletes(sandbox) == [job_id]


async def test_a_killed_trigger_leaves_the_job_alone_by_default(sandbox):
    await trigger(GeoBridgeHook, sandbox.add_job("geobridge")).on_kill()
    assert not sandbox.requests


async def test_a_killed_trigger_says_that_a_job_goes_on_which_the_vendor_cannot_cancel(sandbox, capsys):
    await trigger(CourierHook, sandbox.add_job("courier"), cancel_on_kill=True).on_kill()
    assert "The job goes on: Courier has no call that cancels a job" in capsys.readouterr().out


async def test_a_killed_trigger_of_many_jobs_cancels_each(sandbox):
    job_ids = [sandbox.add_job("geobridge") for _ in range(3)]
    await trigger(GeoBridgeHook, job_ids, cancel_on_kill=True).on_kill()
    assert sorted(deletes(sandbox)) == sorted(job_ids)  # each on a connection of its own


def waiting_sensor(
    sandbox: Sandbox, *, cancel_on_kill: bool = True, ti: TaskInstance | None = None
) -> JobStatusSensor:
    """Give a sensor that has polled its job once."""
    sensor = JobStatusSensor(
        task_id="wait",
        conn_id="geobridge_default",
        job_id=sandbox.add_job("geobridge"),
        cancel_on_kill=cancel_on_kill,
    )
    context: Any = {"ti": ti or TaskInstance()}
    sensor.poke(context)
    return sensor


@pytest.mark.parametrize(("cancel_on_kill", "deleted"), [(True, 1), (False, 0)])
def test_a_killed_sensor_cancels_the_job_only_if_asked_to(sandbox, cancel_on_kill, deleted):
    waiting_sensor(sandbox, cancel_on_kill=cancel_on_kill).on_kill()
    assert len(deletes(sandbox)) == deleted


@pytest.mark.parametrize("state", sorted(FINAL))
def test_a_sensor_whose_task_is_over_cancels_its_job(sandbox, state):
    ti = TaskInstance()
    ti.state = state
    waiting_sensor(sandbox, ti=ti).on_kill()
    assert len(deletes(sandbox)) == 1


@pytest.mark.parametrize("state", [None, "restarting", "queued", "running", "up_for_retry"])
def test_a_sensor_whose_process_is_ended_and_its_task_is_not_leaves_its_job(sandbox, log, state):
    ti = TaskInstance()
    ti.state = state
    waiting_sensor(sandbox, ti=ti).on_kill()
    assert deletes(sandbox) == []
    assert "The job goes on: its task" in repr(log)


class Mute(TaskInstance):
    """The task instance of a process whose supervisor gives no answer."""

    def get_task_states(self, *_args: Any, **_query: Any) -> Any:
        threading.Event().wait()


class Lost(TaskInstance):
    """The task instance of a process whose supervisor has lost Airflow."""

    def get_task_states(self, *_args: Any, **_query: Any) -> Any:
        raise RuntimeError("the API server is away")


@pytest.mark.parametrize("ti", [Mute(), Lost()], ids=["silent", "error"])
def test_a_sensor_leaves_its_job_where_airflow_does_not_say_what_became_of_the_task(
    sandbox, log, monkeypatch, ti
):
    monkeypatch.setattr(cancelling, "STATE_WITHIN", 0.1)
    waiting_sensor(sandbox, ti=ti).on_kill()
    assert deletes(sandbox) == []
    assert "The job goes on: " in repr(log)


@contextmanager
def as_the_task_runner(sensor: JobStatusSensor) -> Iterator[None]:
    """Tell a sensor that its execution timeout is over."""
    try:
        yield
    except AirflowTaskTimeout:
        sensor.on_kill()
        raise


def test_a_sensor_whose_execution_timeout_is_over_leaves_its_job_to_the_next_try(sandbox):
    sensor = waiting_sensor(sandbox, cancel_on_kill=True)
    with pytest.raises(AirflowTaskTimeout), as_the_task_runner(sensor):
        raise AirflowTaskTimeout
    assert deletes(sandbox) == []
