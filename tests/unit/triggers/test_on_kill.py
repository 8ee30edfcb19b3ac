"""A person ends a deferred task; or Airflow only moves its trigger to another triggerer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from airflow.sdk.execution_time.comms import GetTaskStates

from airflow_jobstatus.sandbox import Sandbox
from airflow_jobstatus.triggers import jobstatus as module
from airflow_jobstatus.triggers.jobstatus import JobStatusTrigger
from lab.until import until

# Airflow 3.1 itself uses what it warns of, where it takes a connection from the environment.
pytestmark = [
    pytest.mark.usefixtures("sandbox_connections"),
    pytest.mark.filterwarnings("ignore:Using Connection.from_json"),
]


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(seconds=float("inf"))


@pytest.fixture
def killed(triggerer) -> Callable[..., Any]:
    """Kill a trigger that was asked to cancel its jobs."""

    async def kill(*job_ids: str) -> None:
        now = time.time()
        trigger = JobStatusTrigger(
            hook_class="airflow_jobstatus.hooks.geobridge.GeoBridgeHook",
            conn_id="geobridge_default",
            job_id=list(job_ids),
            options={"cancel_on_kill": True},
            began=now,
            deadline=now + 60,
        )
        trigger.task_instance = triggerer.instance()
        await trigger.on_kill()

    return kill


def cancelled(sandbox: Sandbox) -> set[str | None]:
    return {request.job_id for request in sandbox.requests if request.method == "DELETE"}


async def test_a_task_that_a_person_ended_has_its_job_cancelled(killed, sandbox):
    job_id = sandbox.add_job("geobridge")
    await killed(job_id)
    assert cancelled(sandbox) == {job_id}


async def test_a_task_that_another_triggerer_took_over_keeps_its_job(killed, sandbox, comms):
    comms.state = "deferred"
    await killed(sandbox.add_job("geobridge"))
    assert not sandbox.requests


async def test_where_airflow_does_not_say_what_became_of_the_task_its_job_is_cancelled(
    killed, sandbox, comms, monkeypatch
):
    comms.silent_on = (GetTaskStates,)
    monkeypatch.setattr(module, "STATE_TIMEOUT", 0.05)
    job_id = sandbox.add_job("geobridge")
    await killed(job_id)
    assert cancelled(sandbox) == {job_id}


async def test_many_jobs_are_cancelled_over_one_session(killed, sandbox):
    job_ids = [sandbox.add_job("geobridge") for _ in range(20)]
    await killed(*job_ids)
    assert cancelled(sandbox) == set(job_ids)


async def test_airflow_may_interrupt_it_and_the_jobs_are_cancelled_all_the_same(
    killed, sandbox, comms, monkeypatch
):
    comms.silent_on = (GetTaskStates,)
    monkeypatch.setattr(module, "STATE_TIMEOUT", 0.2)
    job_id = sandbox.add_job("geobridge")
    kill = asyncio.ensure_future(killed(job_id))
    await asyncio.sleep(0.05)
    kill.cancel()
    await asyncio.gather(kill, return_exceptions=True)
    await asyncio.to_thread(until, lambda: cancelled(sandbox) == {job_id}, within=10, every=0.02)
