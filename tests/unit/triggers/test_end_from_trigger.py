"""A success ends the task in the triggerer, with all its XComs; whatever else goes on to a worker."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
from airflow.sdk.execution_time.comms import ErrorResponse, SetXCom
from airflow.triggers.base import TaskSuccessEvent

from airflow_jobstatus.triggers import supervisor
from airflow_jobstatus.triggers.event import OutcomeEvent
from airflow_jobstatus.triggers.jobstatus import JobStatusTrigger
from airflow_jobstatus.waiting.outcome import Ending, Outcome
from tests.support.acme import (
    CONN_ID,
    FAILED,
    NOT_FOUND,
    RUNNING,
    SUCCEEDED,
    SUCCEEDED_BUT_FOR_50,
    AcmeHook,
    Answer,
)
from tests.support.triggerer import event_of

# Airflow 3.1 itself uses what it warns of, where it takes a connection from the environment.
pytestmark = pytest.mark.filterwarnings("ignore:Using Connection.from_json")

COUNTERS = {
    "total_records": 1000,
    "processed_records": 1000,
    "successful_records": 1000,
    "failed_records": 0,
}
STALE: dict[str, Any] = {"return_value": {"id": "earlier"}, "failed_records": 3, "total_records": 3}
NO_SUCCESS = {
    "failed": ((RUNNING, FAILED), {}),
    "gone": ((RUNNING, NOT_FOUND), {}),
    "unknown": ((NOT_FOUND,), {}),
    "too many failed": ((SUCCEEDED_BUT_FOR_50,), {"options": {"max_failed": 1}}),
    "timeout": ((RUNNING,), {"deadline": 0.0}),
}


@pytest.fixture
def trigger(acme, triggerer):
    """Make triggers of a task that waits for a job with the given answers, or for one job for each list."""

    def make(
        *answers: Answer, many: int = 0, knows_its_task: bool = True, options: Any = None, **run: Any
    ) -> JobStatusTrigger:
        job_id = [acme.add(*answers) for _ in range(many)] if many else acme.add(*answers)
        now = time.time()
        ours = {"began": now - 60, "deadline": now + 60, **run}
        trigger = JobStatusTrigger(
            hook_class=f"{AcmeHook.__module__}.{AcmeHook.__qualname__}",
            conn_id=CONN_ID,
            job_id=job_id,
            options={"interval": 0, "end_from_trigger": True, **(options or {})},
            **ours,
        )
        if knows_its_task:
            trigger.task_instance = triggerer.instance()
        return trigger

    return make


async def test_a_success_ends_the_task(trigger):
    assert isinstance(await event_of(trigger(RUNNING, SUCCEEDED)), TaskSuccessEvent)


async def test_a_success_ends_the_task_at_once_for_no_process_follows(trigger):
    success = trigger(SUCCEEDED, resumes_at=time.time() + 3600)
    assert isinstance(await event_of(success), TaskSuccessEvent)


async def test_its_event_carries_no_xcoms_for_airflow_would_store_them_as_text(trigger):
    assert (await event_of(trigger(SUCCEEDED))).xcoms is None


async def test_a_success_leaves_the_job(trigger, comms):
    await event_of(trigger(SUCCEEDED))
    assert comms.left()["return_value"]["state"] == "succeeded"


async def test_a_success_leaves_each_counter_as_an_int(trigger, comms):
    await event_of(trigger(SUCCEEDED))
    counters = {key: value for key, value in comms.left().items() if key != "return_value"}
    assert counters == COUNTERS
    assert {type(value) for value in counters.values()} == {int}


async def test_a_success_of_many_leaves_a_list(trigger, comms):
    await event_of(trigger(SUCCEEDED, many=3))
    assert [job["state"] for job in comms.left()["return_value"]] == ["succeeded"] * 3


async def test_a_success_of_many_leaves_sums(trigger, comms):
    await event_of(trigger(SUCCEEDED, many=3))
    assert comms.left()["total_records"] == 3000


async def test_a_success_of_a_mapped_task_instance_leaves_its_xcoms_there(trigger, comms):
    mapped = trigger(SUCCEEDED)
    mapped.task_instance.map_index = 7
    await event_of(mapped)
    assert comms.left(map_index=7)["total_records"] == 1000


async def test_a_task_that_pushes_no_xcoms_leaves_none(trigger, comms):
    event = await event_of(trigger(SUCCEEDED, options={"do_xcom_push": False}))
    assert (type(event), comms.asked) == (TaskSuccessEvent, [])


@pytest.mark.parametrize("name", NO_SUCCESS)
async def test_what_is_no_success_goes_on_to_a_worker(trigger, name):
    answers, arguments = NO_SUCCESS[name]
    event = await event_of(trigger(*answers, **arguments))
    assert type(event) is OutcomeEvent
    assert event.payload["ending"] != Ending.SUCCEEDED


@pytest.mark.parametrize("name", NO_SUCCESS)
async def test_what_is_no_success_leaves_nothing_of_a_success_that_a_killed_triggerer_pushed(
    trigger, comms, name
):
    comms.xcoms = {("wait", key, -1): value for key, value in STALE.items()}
    answers, arguments = NO_SUCCESS[name]
    outcome = Outcome.from_dict((await event_of(trigger(*answers, **arguments))).payload)
    pushed_by_the_worker = {*outcome.xcoms, *(["return_value"] if outcome.value else [])}
    removed_by_the_worker = {"job_progress"}
    assert comms.left().keys() <= pushed_by_the_worker | removed_by_the_worker


async def test_a_success_overwrites_what_a_killed_triggerer_pushed(trigger, comms):
    comms.xcoms = {("wait", key, -1): value for key, value in STALE.items()}
    await event_of(trigger(SUCCEEDED))
    assert comms.left()["total_records"] == 1000


@pytest.mark.parametrize("pushed", range(5))
async def test_a_triggerer_that_is_killed_while_it_pushes_is_made_good_by_the_next(trigger, comms, pushed):
    def kill(message: Any) -> None:
        if isinstance(message, SetXCom) and len(comms.left()) == pushed:
            raise asyncio.CancelledError

    first = trigger(SUCCEEDED)
    comms.before = kill
    with pytest.raises(asyncio.CancelledError):
        await event_of(first)
    comms.before = lambda _: None
    second = JobStatusTrigger(**first.serialize()[1])
    second.task_instance = first.task_instance
    assert isinstance(await event_of(second), TaskSuccessEvent)
    assert len(comms.left()) == 5


def refuse(_: Any) -> None:
    raise AirflowRuntimeError(ErrorResponse(error=ErrorType.API_SERVER_ERROR))


async def test_a_success_whose_xcoms_airflow_refuses_ends_on_a_worker(trigger, comms):
    comms.before = refuse
    assert (await event_of(trigger(SUCCEEDED))).payload["ending"] == Ending.SUCCEEDED


async def test_a_success_whose_xcoms_airflow_never_takes_ends_on_a_worker(trigger, comms, monkeypatch):
    monkeypatch.setattr(supervisor, "ANSWER_TIMEOUT", 0.05)
    comms.silent_on = (SetXCom,)
    assert (await event_of(trigger(SUCCEEDED))).payload["ending"] == Ending.SUCCEEDED


async def test_a_trigger_that_does_not_know_its_task_leaves_the_end_to_a_worker(trigger):
    event = await event_of(trigger(SUCCEEDED, knows_its_task=False))
    assert event.payload["ending"] == Ending.SUCCEEDED


async def test_a_trigger_that_was_not_asked_to_leaves_the_end_to_a_worker(trigger, comms):
    event = await event_of(trigger(SUCCEEDED, options={"end_from_trigger": False}))
    assert (event.payload["ending"], comms.asked) == (Ending.SUCCEEDED, [])
