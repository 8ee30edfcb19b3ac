"""The trigger waits in an event loop, and is made anew whenever a triggerer starts."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from typing import Any

import pytest

from airflow_jobstatus.hooks.elastic_path import ElasticPathHook
from airflow_jobstatus.hooks.geobridge import GeoBridgeHook
from airflow_jobstatus.polling import registry
from airflow_jobstatus.triggers import jobstatus as module
from airflow_jobstatus.triggers.jobstatus import JobStatusTrigger
from airflow_jobstatus.triggers.options import TriggerOptions
from lab.until import until
from tests.support import secret
from tests.support.acme import (
    CONN_ID,
    FAILED,
    NOT_FOUND,
    RUNNING,
    SUCCEEDED,
    UNAUTHORIZED,
    UNAVAILABLE,
    AcmeHook,
    Answer,
)
from tests.support.airflow_names import serialize
from tests.support.worker import fired, recreated

MINIMAL = {"hook_class", "conn_id", "job_id", "began", "deadline"}
"""What a trigger cannot do without; the rows of every release hold it."""

SEEN = {"vendor": "acme", "id": "x", "state": "running", "status": "processing"}


ALL_OPTIONS = {
    "interval": 7,
    "exponential": True,
    "max_interval": 90.0,
    "unreachable_timeout": 100,
    "max_failed": 3,
    "max_failed_ratio": 0.5,
    "cancel_on_kill": True,
    "end_from_trigger": True,
    "do_xcom_push": False,
}


def path_of(hook: type) -> str:
    return f"{hook.__module__}.{hook.__qualname__}"


@pytest.fixture
def trigger(acme):
    """Make triggers that wait for a job with the given answers."""

    def make(*answers: Answer, options: Any = None, **arguments: Any) -> JobStatusTrigger:
        now = time.time()
        ours = {
            "hook_class": path_of(AcmeHook),
            "conn_id": CONN_ID,
            "job_id": acme.add(*answers) if answers else "any",
            "began": now - 60,
            "deadline": now + 60,
            "options": {"interval": 0, **(options or {})},
        }
        return JobStatusTrigger(**{**ours, **arguments})

    return make


def test_it_is_found_by_its_class_path(trigger):
    assert trigger().serialize()[0] == "airflow_jobstatus.triggers.jobstatus.JobStatusTrigger"


def test_made_anew_it_is_the_same(trigger):
    whole = trigger(
        limit="execution_timeout",
        options=ALL_OPTIONS,
        resumes_at=time.time() + 10,
        state={"job": SEEN, "polls": 7, "faults": 2},
    )
    assert recreated(whole).serialize() == whole.serialize()


def test_it_hands_on_what_it_remembers(trigger):
    arguments = trigger(state={"job": SEEN, "polls": 7}).serialize()[1]
    assert (arguments["state"]["job"]["status"], arguments["state"]["polls"]) == ("processing", 7)


def test_its_arguments_are_plain_json(trigger):
    arguments = trigger().serialize()[1]
    assert json.loads(json.dumps(arguments)) == arguments


def test_airflow_has_nothing_to_translate_in_its_arguments(trigger):
    arguments = trigger().serialize()[1]
    assert serialize(arguments) == arguments


async def test_the_least_of_arguments_will_do(trigger):
    whole = trigger(SUCCEEDED, deadline=time.time() + 0.2).serialize()[1]
    least = JobStatusTrigger(**{name: whole[name] for name in MINIMAL})
    assert (await fired(least))["ending"] == "succeeded"


@pytest.mark.parametrize("name", sorted(MINIMAL))
def test_it_does_not_begin_without_what_it_needs(trigger, name):
    arguments = {name: value for name, value in trigger().serialize()[1].items() if name in MINIMAL}
    del arguments[name]
    with pytest.raises(TypeError, match=name):
        JobStatusTrigger(**arguments)


async def test_an_argument_of_another_release_does_not_end_the_wait(trigger):
    assert (await fired(trigger(SUCCEEDED, of_another_release=3)))["ending"] == "succeeded"


async def test_an_argument_of_another_release_is_named_in_a_warning(trigger, log):
    await fired(trigger(SUCCEEDED, of_another_release=3))
    assert (log[0]["log_level"], log[0]["event"]) == (
        "warning",
        "Ignoring what this release does not know: of_another_release",
    )


async def test_an_option_of_another_release_is_named_in_a_warning(trigger, log):
    await fired(trigger(SUCCEEDED, options={"of_another_release": 3}, of_yet_another=4))
    assert log[0]["event"] == "Ignoring what this release does not know: of_another_release, of_yet_another"


def test_a_trigger_that_is_made_logs_nothing(trigger, log):
    trigger(of_another_release=3)
    assert log == []


def test_an_option_that_an_earlier_release_did_not_write_has_its_default(trigger):
    assert recreated(trigger(options={"max_failed": 3})).options == TriggerOptions(interval=0, max_failed=3)


def test_what_it_knows_warns_of_nothing(trigger, log):
    recreated(trigger())
    assert log == []


async def test_it_fires_once(trigger):
    assert len([event async for event in trigger(SUCCEEDED).run()]) == 1


@pytest.mark.parametrize(
    ("answers", "ending"),
    [
        ((RUNNING, SUCCEEDED), "succeeded"),
        ((RUNNING, FAILED), "failed"),
        ((RUNNING, NOT_FOUND), "gone"),
        ((RUNNING, UNAUTHORIZED), "unauthorized"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_its_event_is_plain_json_that_says_how_the_wait_ended(trigger, answers, ending):
    async for event in trigger(*answers).run():
        assert json.loads(json.dumps(event.payload)) == event.payload
        assert event.payload["ending"] == ending


async def test_its_event_holds_no_secret(trigger):
    assert secret.leaks(repr(await fired(trigger(FAILED)))) == []


async def test_after_its_deadline_it_takes_one_last_poll(trigger, acme):
    late = trigger(RUNNING, deadline=time.time() - 1)
    assert ((await fired(late))["ending"], acme.polls(late.wait.job_id)) == ("timeout", 1)


async def test_a_job_that_ended_before_the_last_poll_is_not_late(trigger):
    assert (await fired(trigger(SUCCEEDED, deadline=time.time() - 1)))["ending"] == "succeeded"


async def test_a_connection_that_is_gone_for_long_ends_the_wait(trigger):
    event = await fired(trigger(conn_id="nobody", options={"unreachable_timeout": 0}))
    assert (event["ending"], "connection 'nobody' is not defined" in event["message"]) == (
        "unreachable",
        True,
    )


async def test_it_remembers_what_was_seen_before_it_was_made_anew(trigger):
    event = await fired(trigger(NOT_FOUND, state={"job": SEEN, "polls": 7}))
    assert (event["ending"], event["job"]["status"]) == ("gone", "processing")


@pytest.mark.parametrize(
    "strange",
    [
        {"state": "v2:abc"},
        {"state": [1]},
        {"state": {"polls": float("inf")}},
        {"options": ["interval"]},
        {"limit": "dagrun_timeout"},
    ],
    ids=str,
)
async def test_what_another_release_wrote_in_another_form_does_not_end_the_wait(trigger, strange):
    whole = trigger(SUCCEEDED, deadline=time.time() + 0.2).serialize()[1]
    assert (await fired(JobStatusTrigger(**{**whole, **strange})))["ending"] == "succeeded"


async def test_a_state_of_another_release_does_not_end_the_wait(trigger):
    assert (await fired(trigger(SUCCEEDED, state={"of_another_release": 1})))["ending"] == "succeeded"


async def test_waits_on_one_connection_share_one_session(trigger, acme):
    waits = [fired(trigger(RUNNING, RUNNING, SUCCEEDED)) for _ in range(3)]
    await asyncio.gather(*waits)
    assert acme.server.connections <= 3 < len(acme.server.requests)


async def test_a_task_resumes_at_once_if_it_may(trigger, triggerer):
    free = of_a_task(trigger(SUCCEEDED, resumes_at=time.time() - 1), triggerer)
    assert (await fired(free))["ending"] == "succeeded"


async def test_a_task_does_not_resume_before_it_may(trigger, triggerer):
    resumes_at = time.time() + 0.3
    await fired(of_a_task(trigger(SUCCEEDED, resumes_at=resumes_at), triggerer))
    assert time.time() >= resumes_at


async def test_a_wait_that_has_ended_keeps_no_session_until_its_task_may_resume(trigger, triggerer, acme):
    held = of_a_task(trigger(SUCCEEDED, resumes_at=time.time() + 3600), triggerer)
    run = asyncio.ensure_future(anext(held.run()))
    await asyncio.wait_for(polled_and_left(acme, held.wait.job_id), 20)
    await asyncio.sleep(0.1)
    assert (run.done(), acme.polls(held.wait.job_id), left()[0]) == (False, 1, [])
    run.cancel()


async def test_a_worker_whose_clock_is_far_ahead_does_not_hold_an_ended_wait_for_long(
    trigger, triggerer, monkeypatch
):
    monkeypatch.setattr(module, "LONGEST_SETTLING", 0.05)
    held = of_a_task(trigger(SUCCEEDED, resumes_at=time.time() + 3600), triggerer)
    assert (await fired(held))["ending"] == "succeeded"


async def test_a_dag_test_has_no_scheduler_to_wait_for(trigger):
    event = await fired(trigger(SUCCEEDED, resumes_at=time.time() + 3600))
    assert event["ending"] == "succeeded"


@pytest.mark.usefixtures("sandbox_connections")
async def test_waits_on_one_connection_share_one_sign_in(trigger, sandbox):
    waits = [
        fired(
            trigger(
                hook_class=path_of(ElasticPathHook),
                conn_id="elastic_path_default",
                job_id=sandbox.add_job("elastic_path", seconds=0),
            )
        )
        for _ in range(3)
    ]
    await asyncio.gather(*waits)
    assert [request.path for request in sandbox.requests].count("/oauth/access_token") == 1


@pytest.mark.usefixtures("sandbox_connections")
async def test_waits_on_one_connection_are_answered_by_one_poll_the_list(trigger, sandbox):
    waits = [
        fired(
            trigger(
                hook_class=path_of(GeoBridgeHook),
                conn_id="geobridge_default",
                job_id=sandbox.add_job("geobridge", seconds=0),
            )
        )
        for _ in range(5)
    ]
    await asyncio.gather(*waits)
    assert [request.path for request in sandbox.requests] == ["/v1/bulk/jobs"]


async def test_two_waits_for_one_job_share_their_polls(trigger, acme):
    job_id = acme.add(RUNNING, RUNNING, SUCCEEDED)
    await asyncio.gather(*[fired(trigger(job_id=job_id)) for _ in range(2)])
    assert acme.polls(job_id) <= 4


async def test_a_wait_that_is_cancelled_leaves_the_others_alone(trigger, acme):
    others = asyncio.ensure_future(fired(trigger(RUNNING, RUNNING, SUCCEEDED)))
    await cancelled_after_a_poll(trigger(RUNNING), acme)
    assert (await others)["ending"] == "succeeded"


async def test_a_wait_that_is_cancelled_leaves_others_for_the_same_job_alone(trigger, acme):
    job_id = acme.add(RUNNING, RUNNING, RUNNING, SUCCEEDED)
    others = asyncio.ensure_future(fired(trigger(job_id=job_id)))
    await cancelled_after_a_poll(trigger(job_id=job_id), acme)
    assert (await others)["ending"] == "succeeded"


@pytest.mark.parametrize("answer", [SUCCEEDED, FAILED, NOT_FOUND, UNAUTHORIZED], ids=lambda a: a.status)
async def test_nothing_is_left_after_the_last_wait(trigger, answer):
    await fired(trigger(answer))
    assert left() == ([], set())


async def test_nothing_is_left_after_a_wait_that_was_cancelled(trigger, acme):
    await cancelled_after_a_poll(trigger(RUNNING), acme)
    assert left() == ([], set())


async def test_nothing_is_left_after_a_wait_that_was_cancelled_while_nothing_answers(trigger, acme):
    await cancelled_after_a_poll(trigger(UNAVAILABLE), acme)
    assert left() == ([], set())


def test_a_new_event_loop_gets_a_session_of_its_own(trigger):
    ends = [asyncio.run(fired(trigger(RUNNING, SUCCEEDED)))["ending"] for _ in range(2)]
    assert ends == ["succeeded", "succeeded"]


def of_a_task(trigger: JobStatusTrigger, triggerer: Any) -> JobStatusTrigger:
    """Make a trigger know its task, as one that the triggerer runs does."""
    trigger.task_instance = triggerer.instance()
    return trigger


def left() -> tuple[list, set]:
    """Give the pollers and the tasks that are left in this event loop, but for the test's own."""
    return registry.polled(), asyncio.all_tasks() - {asyncio.current_task()}


async def polled_and_left(acme: Any, job_id: str) -> None:
    """Wait until a job was polled and no poller is left in this event loop."""
    while not acme.polls(job_id) or left()[0]:  # noqa: ASYNC110  nothing tells of the last one
        await asyncio.sleep(0.01)


async def cancelled_after_a_poll(trigger: JobStatusTrigger, acme: Any) -> None:
    """Run a trigger and cancel it when it has begun to wait, as the triggerer does."""
    earlier = acme.polls(trigger.wait.job_id)
    run = asyncio.ensure_future(anext(trigger.run()))
    await asyncio.to_thread(until, lambda: acme.polls(trigger.wait.job_id) > earlier, within=10, every=0.01)
    await asyncio.sleep(0.05)
    run.cancel()
    with suppress(asyncio.CancelledError):
        await run
