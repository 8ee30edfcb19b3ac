"""A wait that begins in the triggerer finds out there what it waits for, and never hangs."""

from __future__ import annotations

import json
import os
import time
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from airflow.sdk.execution_time.comms import GetXCom
from airflow.triggers.base import TaskSuccessEvent

from airflow_jobstatus.link import JobLink
from airflow_jobstatus.triggers import supervisor
from airflow_jobstatus.waiting.outcome import Ending
from airflow_jobstatus.workerless import eligibility
from airflow_jobstatus.workerless.eligibility import starts_in_the_triggerer
from airflow_jobstatus.workerless.trigger import JobStatusStartTrigger
from tests.support.acme import ACME, CONN_ID, FAILED, RUNNING, SUCCEEDED
from tests.support.triggerer import event_of
from tests.support.worker import recreated

pytestmark = pytest.mark.skipif(
    not starts_in_the_triggerer(), reason="Airflow 3.3 starts tasks in the triggerer"
)

CONF = {"job": "from conf", "conn": CONN_ID}


@pytest.fixture
def trigger(triggerer):
    """Make triggers by the sources of their arguments."""

    def make(
        job_id_from: Any, *, conn_id_from: Any = None, try_number: int = 1, **options: Any
    ) -> JobStatusStartTrigger:
        trigger = JobStatusStartTrigger(
            conn_id_from=conn_id_from or {"text": CONN_ID},
            job_id_from=job_id_from,
            timeout=60,
            backstop=300,
            options={"interval": 0, "end_from_trigger": True, **options},
        )
        trigger.task_instance = triggerer.instance(
            try_number=try_number, dag_run={"conf": CONF}, params={"job": "from params"}
        )
        trigger.timeout_after = datetime.now(timezone.utc) + timedelta(seconds=360)
        return trigger

    return make


@pytest.fixture
def waiting_for(acme, trigger):
    """Make triggers that wait for a job with the given answers."""

    def make(*answers: Any, **arguments: Any) -> JobStatusStartTrigger:
        return trigger({"text": acme.add(*answers)}, **arguments)

    return make


async def outcome_of(trigger) -> dict[str, Any]:
    return (await event_of(trigger)).payload


def test_its_arguments_are_plain_json(trigger):
    arguments = trigger({"xcom": ["submit", "return_value"]}).serialize()[1]
    assert json.loads(json.dumps(arguments)) == arguments


def test_made_anew_it_is_the_same(trigger):
    whole = trigger({"template": "{{ x }}"}, cancel_on_kill=True)
    assert recreated(whole).serialize() == whole.serialize()


async def test_what_another_release_wrote_is_named_in_a_warning(trigger, log):
    await event_of(trigger({"text": " "}, of_another_release=1))
    assert log[0]["event"] == "Ignoring what this release does not know: of_another_release"


def test_airflow_renders_nothing_of_it_by_itself(trigger):
    assert not {"conn_id", "job_id"} & set(trigger({"text": "x"}).serialize()[1])


async def test_it_goes_on_as_the_other_trigger(waiting_for):
    assert isinstance(await event_of(waiting_for(RUNNING, SUCCEEDED)), TaskSuccessEvent)


async def test_it_leaves_what_the_other_trigger_leaves(waiting_for, comms):
    await event_of(waiting_for(SUCCEEDED))
    assert comms.left()["total_records"] == 1000


async def test_a_failure_goes_on_to_a_worker(waiting_for):
    assert (await outcome_of(waiting_for(RUNNING, FAILED)))["ending"] == Ending.FAILED


async def test_a_success_goes_on_to_a_worker_where_it_was_not_asked_to_end(waiting_for):
    outcome = await outcome_of(waiting_for(SUCCEEDED, end_from_trigger=False))
    assert outcome["ending"] == Ending.SUCCEEDED


async def test_a_triggerer_that_starts_anew_keeps_the_deadline(waiting_for):
    trigger = waiting_for(RUNNING)
    trigger.timeout_after = datetime.now(timezone.utc) + timedelta(seconds=299)
    assert (await outcome_of(trigger))["ending"] == Ending.TIMEOUT


async def test_a_deadline_without_a_zone_is_utc(waiting_for):
    trigger = waiting_for(RUNNING)
    trigger.timeout_after = datetime.now(timezone.utc).replace(tzinfo=None) + timedelta(seconds=299)
    assert (await outcome_of(trigger))["ending"] == Ending.TIMEOUT


async def test_the_connection_may_come_from_a_template(waiting_for):
    trigger = waiting_for(SUCCEEDED, conn_id_from={"template": "{{ dag_run['conf']['conn'] }}"})
    assert isinstance(await event_of(trigger), TaskSuccessEvent)


MISSING = {
    "an XCom": ({"xcom": ["submit", "return_value"]}, "task 'submit' left no XCom 'return_value'"),
    "a key of the run's conf": (
        {"template": "{{ dag_run['conf']['lost'] }}"},
        "has no attribute 'lost'",
    ),
    "a date": ({"template": "{{ ds }}"}, "'ds' is undefined"),
    "an XCom among many": (
        {"each": [{"text": "a"}, {"xcom": ["submit", "return_value"]}]},
        "task 'submit' left no XCom 'return_value'",
    ),
    "an id": ({"template": "{{ '' }}"}, "job_id is empty"),
}


@pytest.mark.parametrize("name", MISSING)
@pytest.mark.usefixtures("acme")
async def test_it_fails_with_what_is_missing(trigger, name):
    source, message = MISSING[name]
    outcome = await outcome_of(trigger(source))
    assert outcome["ending"] == Ending.REJECTED
    assert message in outcome["message"]


@pytest.mark.usefixtures("acme")
async def test_where_the_connection_is_not_found_a_worker_begins(trigger):
    event = await event_of(trigger({"text": "x"}, conn_id_from={"text": "nowhere"}))
    assert "connection 'nowhere' is not defined" in event.payload["worker"]


@pytest.mark.usefixtures("acme")
async def test_it_fails_where_the_connection_is_of_a_foreign_type(trigger, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_FOREIGN", json.dumps({"conn_type": "http", "host": "x"}))
    outcome = await outcome_of(trigger({"text": "x"}, conn_id_from={"text": "foreign"}))
    assert "of type 'http', whose hook cannot poll bulk jobs" in outcome["message"]


async def test_it_fails_where_airflow_answers_with_no_xcom(trigger, comms, monkeypatch):
    monkeypatch.setattr(supervisor, "ANSWER_TIMEOUT", 0.05)
    comms.silent_on = (GetXCom,)
    outcome = await outcome_of(trigger({"xcom": ["submit", "return_value"]}))
    assert outcome["ending"] == Ending.UNREACHABLE
    assert "gave no answer in 0.05 s" in outcome["message"]


@pytest.mark.usefixtures("acme")
async def test_an_empty_list_is_for_a_worker_to_skip(trigger):
    assert await outcome_of(trigger({"each": []})) == {"worker": "job_id is an empty list"}


async def test_with_a_listener_a_worker_begins(waiting_for, monkeypatch):
    monkeypatch.setattr(eligibility, "has_listeners", lambda: True)
    assert await outcome_of(waiting_for(SUCCEEDED)) == {"worker": "a listener is installed"}


@pytest.mark.usefixtures("acme")
async def test_a_dag_that_has_changed_meanwhile_is_for_a_worker(trigger):
    changed = trigger({"template": "{{ run_id }}"})
    del changed.task_instance.get_template_context
    assert await outcome_of(changed) == {"worker": "the DAG has changed meanwhile"}


EARLIER: dict[str, Any] = {
    "one job": {"id": "x", "counters": {"failed_records": 3, "of another vendor": 1}},
    "many jobs": [{"id": "x", "counters": {"of another vendor": 1}}, None],
    "no job": None,
}


@pytest.mark.parametrize("name", EARLIER)
async def test_another_try_begins_without_the_xcoms_of_the_one_before(waiting_for, comms, name):
    counters = [*ACME.records.counters, *(["of another vendor"] if EARLIER[name] else [])]
    comms.xcoms = {("wait", key, -1): 1 for key in counters}
    comms.xcoms["wait", "return_value", -1] = EARLIER[name]
    trigger = waiting_for(FAILED, try_number=2)
    await event_of(trigger)
    assert comms.left() == {}


@pytest.mark.parametrize("apart", [0, 60])
async def test_another_try_keeps_its_own_progress_for_the_next_triggerer_and_no_older_one(
    waiting_for, comms, apart
):
    trigger = waiting_for(RUNNING, try_number=2)
    began = trigger.timeout_after.timestamp() - trigger.backstop - trigger.timeout
    comms.xcoms["wait", "job_progress", -1] = {"began": began - apart, "jobs": []}
    await trigger._forget_earlier_tries()  # noqa: SLF001  before its first poll, which writes anew
    assert ("job_progress" in comms.left()) is (apart == 0)


async def test_the_task_links_to_the_page_of_its_job_while_it_waits(waiting_for, comms, monkeypatch):
    fields = json.loads(os.environ["AIRFLOW_CONN_ACME_DEFAULT"])
    console = {"console": "https://app.example.com/jobs/{id}"}
    monkeypatch.setenv("AIRFLOW_CONN_ACME_DEFAULT", json.dumps({**fields, "extra": console}))
    await event_of(waiting_for(SUCCEEDED))
    assert comms.left()[JobLink().xcom_key] == "https://app.example.com/jobs/job-1"


async def test_another_try_that_cannot_begin_leaves_no_xcoms_of_the_one_before(trigger, comms):
    comms.xcoms = {("wait", "return_value", -1): EARLIER["one job"], ("wait", "failed_records", -1): 3}
    await event_of(trigger({"xcom": ["submit", "return_value"]}, try_number=2))
    assert comms.left() == {}


async def test_a_first_try_asks_for_no_xcom_of_its_own(waiting_for, comms):
    await event_of(waiting_for(SUCCEEDED, end_from_trigger=False))
    assert comms.asked == []


async def test_another_try_ends_on_a_worker_for_airflow_would_keep_the_earlier_end(waiting_for):
    outcome = await outcome_of(waiting_for(SUCCEEDED, try_number=2))
    assert outcome["ending"] == Ending.SUCCEEDED


async def test_a_limit_that_cannot_be_judged_is_refused(trigger, monkeypatch):
    connection = {"conn_type": "elastic_path", "login": "id", "password": "secret"}
    monkeypatch.setenv("AIRFLOW_CONN_SHOP", json.dumps(connection))
    outcome = await outcome_of(trigger({"text": "x"}, conn_id_from={"text": "shop"}, max_failed=0))
    assert "Elastic Path counts no failed records" in outcome["message"]


async def test_killed_before_it_began_it_still_cancels(acme, trigger):
    await trigger({"text": acme.add(RUNNING)}, cancel_on_kill=True).on_kill()
    assert [request.method for request in acme.server.requests] == ["DELETE"]


async def test_killed_it_cancels_nothing_unless_it_was_asked_to(waiting_for, acme, comms):
    began = time.monotonic()
    await waiting_for(RUNNING).on_kill()
    assert (comms.asked, acme.server.requests) == ([], [])
    assert time.monotonic() - began < 30
