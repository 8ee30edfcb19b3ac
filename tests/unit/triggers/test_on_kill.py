"""A person ends a deferred task; or Airflow only moves its trigger to another triggerer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from airflow.sdk.execution_time.comms import GetTaskStates

from airflow_jobstatus.polling.per_loop import PerLoop
from airflow_jobstatus.sandbox import Sandbox
from airflow_jobstatus.triggers import fate as module
from airflow_jobstatus.triggers import standstill
from airflow_jobstatus.triggers.jobstatus import JobStatusTrigger
from lab.until import until
from tests.support.clock import Clock

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
        await made(triggerer, *job_ids).on_kill()

    return kill


def made(triggerer, *job_ids: str, timeout: float = 60) -> JobStatusTrigger:
    """Give a trigger that was asked to cancel its jobs."""
    now = time.time()
    trigger = JobStatusTrigger(
        hook_class="airflow_jobstatus.hooks.geobridge.GeoBridgeHook",
        conn_id="geobridge_default",
        job_id=list(job_ids),
        options={"cancel_on_kill": True, "interval": 1},
        began=now,
        deadline=now + timeout,
    )
    trigger.task_instance = triggerer.instance()
    return trigger


async def run_and_kill(trigger: JobStatusTrigger, sandbox: Sandbox, meanwhile: Callable[[], None]) -> None:
    """Kill a trigger as the triggerer does, in the middle of its wait."""
    running = asyncio.ensure_future(anext(trigger.run()))
    await asyncio.to_thread(until, lambda: sandbox.requests, within=60, every=0.02)
    await asyncio.sleep(0.1)
    meanwhile()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await trigger.on_kill()


def cancelled(sandbox: Sandbox) -> set[str | None]:
    return {request.job_id for request in sandbox.requests if request.method == "DELETE"}


async def test_a_task_that_a_person_ended_has_its_job_cancelled(killed, sandbox):
    job_id = sandbox.add_job("geobridge")
    await killed(job_id)
    assert cancelled(sandbox) == {job_id}


@pytest.mark.parametrize("state", ["failed", "success", "skipped", "removed", "upstream_failed"])
async def test_a_task_in_a_final_state_has_its_job_cancelled(killed, sandbox, comms, state):
    comms.state = state
    job_id = sandbox.add_job("geobridge")
    await killed(job_id)
    assert cancelled(sandbox) == {job_id}


@pytest.mark.parametrize(
    "state", [None, "scheduled", "queued", "running", "deferred", "restarting", "up_for_retry"]
)
async def test_a_task_that_was_cleared_or_has_moved_keeps_its_job(killed, sandbox, comms, state):
    comms.state = state
    await killed(sandbox.add_job("geobridge"))
    assert not sandbox.requests


async def test_where_airflow_does_not_say_what_became_of_the_task_its_job_goes_on(
    killed, sandbox, comms, monkeypatch
):
    comms.silent_on = (GetTaskStates,)
    monkeypatch.setattr(module, "STATE_TIMEOUT", 0.05)
    await killed(sandbox.add_job("geobridge"))
    assert (len(comms.asked), cancelled(sandbox)) == (module.ATTEMPTS, set())


def answer_the_second_time(comms, _message: object) -> None:
    if len(comms.asked) > 1:
        comms.silent_on = ()


async def test_an_answer_that_was_lost_is_asked_for_again(killed, sandbox, comms, monkeypatch):
    comms.silent_on = (GetTaskStates,)
    comms.before = partial(answer_the_second_time, comms)
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
    comms.before = partial(answer_the_second_time, comms)
    monkeypatch.setattr(module, "STATE_TIMEOUT", 0.2)
    job_id = sandbox.add_job("geobridge")
    kill = asyncio.ensure_future(killed(job_id))
    await asyncio.sleep(0.05)
    kill.cancel()
    await asyncio.gather(kill, return_exceptions=True)
    await asyncio.to_thread(until, lambda: cancelled(sandbox) == {job_id}, within=60, every=0.02)


# ---- a task that is over, though nobody ended it: Airflow tells that by nothing


async def test_a_person_who_ends_a_task_in_the_middle_of_its_wait_has_its_job_cancelled(triggerer, sandbox):
    job_id = sandbox.add_job("geobridge")
    await run_and_kill(made(triggerer, job_id), sandbox, meanwhile=lambda: None)
    assert cancelled(sandbox) == {job_id}


@pytest.fixture
def clock(monkeypatch) -> Clock:
    """Give the one clock by which the triggerer's pulse beats."""
    clock = Clock(0.0)
    monkeypatch.setattr(standstill, "pulse", PerLoop(partial(standstill.Pulse, clocks=(clock,))))
    return clock


async def test_the_jobs_of_a_triggerer_that_stood_still_go_on(triggerer, sandbox, comms, clock, log):
    trigger = made(triggerer, sandbox.add_job("geobridge"))
    await run_and_kill(trigger, sandbox, meanwhile=lambda: clock.advance(standstill.LONG + 1))
    assert (cancelled(sandbox), comms.asked) == (set(), [])
    assert any("stood still" in entry["event"] for entry in log)


async def test_a_triggerer_that_stands_still_while_airflow_answers_leaves_the_job_alone(
    triggerer, sandbox, comms, clock
):
    comms.before = lambda _message: clock.advance(standstill.LONG + 1)
    trigger = made(triggerer, sandbox.add_job("geobridge"))
    await run_and_kill(trigger, sandbox, meanwhile=lambda: None)
    assert (cancelled(sandbox), len(comms.asked)) == (set(), 1)


async def test_a_job_whose_wait_is_past_its_deadline_goes_on(triggerer, sandbox, comms):
    await made(triggerer, sandbox.add_job("geobridge"), timeout=-1).on_kill()
    assert (cancelled(sandbox), comms.asked) == (set(), [])


async def test_a_job_whose_wait_has_ended_is_not_cancelled(triggerer, sandbox, comms):
    trigger = made(triggerer, sandbox.add_job("geobridge", seconds=0))
    assert (await anext(trigger.run())).payload["ending"] == "succeeded"
    await trigger.on_kill()
    assert (cancelled(sandbox), comms.asked) == (set(), [])
