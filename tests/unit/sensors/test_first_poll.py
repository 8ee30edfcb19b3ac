"""The first poll happens on the worker, before anything is deferred."""

from __future__ import annotations

import json

import pytest
from airflow.providers.common.compat.sdk import AirflowException, TaskDeferred

from tests.support import secret
from tests.support.acme import CONN_ID, FAILED, RUNNING, SUCCEEDED, UNAVAILABLE, seen

ALLOWED = {
    "began",
    "conn_id",
    "deadline",
    "hook_class",
    "job_id",
    "limit",
    "options",
    "resumes_at",
    "state",
}
"""The arguments of a trigger, which are kept in the metadata database."""
ALLOWED_OPTIONS = {
    "cancel_on_kill",
    "do_xcom_push",
    "end_from_trigger",
    "exponential",
    "interval",
    "max_failed",
    "max_failed_ratio",
    "max_interval",
    "stall_timeout",
    "unreachable_timeout",
}
"""What is in the ``options`` among them."""


@pytest.fixture
def deferral(sensor, worker) -> TaskDeferred:
    """The deferral of a task whose job was seen running, in an answer that holds a secret."""
    with pytest.raises(TaskDeferred) as raised:
        worker.stretch(sensor(RUNNING, deferrable=True)())
    return raised.value


@pytest.fixture
def trigger_arguments(deferral) -> dict:
    return deferral.trigger.serialize()[1]


@pytest.mark.parametrize("answer", [SUCCEEDED, FAILED], ids=["succeeded", "failed"])
def test_a_job_that_has_ended_is_not_deferred(sensor, worker, answer):
    assert worker.run(sensor(answer, deferrable=True)).deferrals == []


def test_a_job_that_has_ended_is_polled_at_once(sensor, worker, acme):
    make_task = sensor(SUCCEEDED, deferrable=True)
    worker.run(make_task)
    assert acme.polls(make_task().job_id) == 1


@pytest.fixture
def wrong_key(acme, monkeypatch) -> None:
    wrong = {**acme.connection, "password": "another key"}
    monkeypatch.setenv(f"AIRFLOW_CONN_{CONN_ID.upper()}", json.dumps(wrong))


@pytest.mark.usefixtures("wrong_key")
def test_a_key_that_is_refused_is_not_deferred(sensor, worker):
    ended = worker.run(sensor(RUNNING, deferrable=True))
    assert (type(ended.error), ended.deferrals) == (AirflowException, [])


@pytest.mark.usefixtures("wrong_key")
def test_a_key_that_is_refused_is_tried_once(sensor, worker, acme):
    make_task = sensor(RUNNING, deferrable=True)
    worker.run(make_task)
    assert acme.polls(make_task().job_id) == 1


def test_an_api_that_is_out_of_order_is_waited_for(sensor, worker):
    assert len(worker.run(sensor(UNAVAILABLE, SUCCEEDED, deferrable=True)).deferrals) == 1


def test_the_trigger_takes_over_what_was_seen(trigger_arguments):
    assert trigger_arguments["state"]["job"]["processed"] == 640


def test_the_trigger_gets_what_is_allowed_and_nothing_else(trigger_arguments):
    assert set(trigger_arguments) - ALLOWED == set()
    assert set(trigger_arguments["options"]) - ALLOWED_OPTIONS == set()


def test_the_trigger_gets_plain_json(trigger_arguments):
    assert json.loads(json.dumps(trigger_arguments)) == trigger_arguments


def test_the_trigger_gets_no_secret(deferral):
    assert secret.leaks(repr([deferral.trigger.serialize(), deferral.kwargs])) == []


def test_the_task_goes_on_by_a_method_that_it_has(deferral):
    assert deferral.method_name == "execute_complete"


@pytest.mark.parametrize("deferrable", [False, True])
def test_a_key_that_the_vendor_sends_back_is_in_nothing_that_a_task_leaves_behind(
    sensor, worker, log, deferrable
):
    failed = seen("failed", 1000, error=f"see {secret.ECHO}")
    ended = worker.run(sensor(RUNNING, failed, deferrable=deferrable))
    assert secret.KEY not in f"{ended.error!r} {ended.xcoms} {log}"


def test_a_task_leaves_nothing_of_a_callback_behind(sensor, worker, log):
    ended = worker.run(sensor(RUNNING, SUCCEEDED, deferrable=True))
    assert secret.leaks(f"{ended.xcoms} {log} {[d.trigger.serialize() for d in ended.deferrals]}") == []


def test_no_rendered_field_holds_a_secret(sensor, worker):
    task = sensor(SUCCEEDED)()
    worker.stretch(task)
    assert secret.leaks(repr([getattr(task, name) for name in task.template_fields])) == []


def test_nothing_is_pushed_where_xcoms_are_not_wanted(sensor, worker):
    assert worker.run(sensor(FAILED, deferrable=True, do_xcom_push=False)).xcoms == {}
