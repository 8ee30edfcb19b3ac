"""What a task asks of its wait reaches each of its triggers whole, and each wait."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import timedelta
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import TaskDeferred
from airflow.sdk import DAG

from airflow_jobstatus.sensors.jobstatus import JobStatusSensor
from airflow_jobstatus.triggers.options import TriggerOptions
from airflow_jobstatus.waiting.wait import Wait
from airflow_jobstatus.workerless.eligibility import starts_in_the_triggerer
from tests.support.acme import CONN_ID, RUNNING

ASKED: dict[str, tuple[dict[str, Any], Any]] = {
    "interval": ({"poke_interval": timedelta(seconds=7)}, 7),
    "exponential": ({"exponential_backoff": True}, True),
    "max_interval": ({"max_wait": timedelta(minutes=2)}, 120),
    "unreachable_timeout": ({"unreachable_timeout": timedelta(minutes=1)}, 60),
    "stall_timeout": ({"stall_timeout": timedelta(minutes=5)}, 300),
    "max_failed": ({"max_failed": 3}, 3),
    "max_failed_ratio": ({"max_failed_ratio": 0.5}, 0.5),
    "cancel_on_kill": ({"cancel_on_kill": True}, True),
    "end_from_trigger": ({"end_from_trigger": True}, True),
    "do_xcom_push": ({"do_xcom_push": False}, False),
}
"""By each option what a DAG file passes for it, and what the trigger gets."""
RUN = {"apart": 0.0, "job_id": "x", "began": 1.0, "deadline": 2.0, "limit": "timeout"}
options = pytest.mark.parametrize("option", [f.name for f in fields(TriggerOptions)])


def default(option: str) -> Any:
    return asdict(TriggerOptions())[option]


@options
def test_an_option_of_the_sensor_reaches_the_trigger_in_which_it_defers(option, acme, worker):
    asked, expected = ASKED[option]
    ours = {"task_id": "wait", "conn_id": CONN_ID, "job_id": acme.add(RUNNING), "deferrable": True}
    with pytest.raises(TaskDeferred) as raised:
        worker.stretch(JobStatusSensor(**{**ours, **asked}))
    assert raised.value.trigger.serialize()[1]["options"][option] == expected != default(option)


@pytest.mark.skipif(not starts_in_the_triggerer(), reason="Airflow 3.3 starts tasks in the triggerer")
@options
def test_an_option_of_the_sensor_reaches_the_trigger_in_which_it_begins(option):
    asked, expected = ASKED[option]
    with DAG("waits", schedule=None):
        sensor = JobStatusSensor(
            task_id="wait", conn_id="c", job_id="x", deferrable=True, start_from_trigger=True, **asked
        )
    assert sensor.start_trigger_args.trigger_kwargs["options"][option] == expected


@options
def test_an_option_that_is_not_asked_for_has_its_default(option):
    sensor = JobStatusSensor(task_id="wait", conn_id="c", job_id="x", deferrable=True)
    assert asdict(sensor.trigger_options)[option] == default(option)


def test_all_that_a_wait_is_asked_for_is_an_option_or_is_of_its_run():
    assert {f.name for f in fields(Wait)} - set(RUN) <= {f.name for f in fields(TriggerOptions)}


def test_a_wait_gets_its_options():
    wait = TriggerOptions(interval=7, max_failed=3).wait(**RUN)
    assert (wait.interval, wait.max_failed, wait.deadline) == (7, 3, 2.0)


def test_the_defaults_are_those_of_a_wait():
    assert TriggerOptions().wait(**RUN) == Wait.from_dict(RUN)[0]


def test_options_round_trip():
    whole = TriggerOptions(interval=7, max_failed=3, cancel_on_kill=True)
    assert TriggerOptions.from_dict(whole.to_dict()) == (whole, frozenset())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("interval", {"min": 1}),
        ("interval", None),
        ("interval", "60"),
        ("stall_timeout", "3600"),
        ("max_failed", "5"),
        ("max_failed", True),
        ("exponential", "yes"),
    ],
)
def test_an_option_of_another_kind_has_its_default(name, value):
    assert TriggerOptions.from_dict({name: value}) == (TriggerOptions(), frozenset({name}))


def test_options_of_another_release_are_read():
    read = TriggerOptions.from_dict({"interval": 7, "of_another_release": 1})
    assert read == (TriggerOptions(interval=7), frozenset({"of_another_release"}))
