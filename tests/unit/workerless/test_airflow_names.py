"""Airflow has the names that it does not document and that this provider uses all the same."""

from __future__ import annotations

import re
from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.sdk.bases import operator
from airflow.sdk.bases.xcom import BaseXCom
from airflow.sdk.execution_time import comms
from airflow.triggers.base import BaseTrigger

from airflow_jobstatus import sensors, triggers, workerless
from airflow_jobstatus.sensors.jobstatus import JobStatusSensor
from airflow_jobstatus.workerless.eligibility import has_listeners, starts_in_the_triggerer

USED: dict[Any, tuple[str, ...]] = {
    JobStatusSensor: (
        "_get_next_poke_interval",
        "_post_execute_hook",
        "_pre_execute_hook",
        "get_closest_mapped_task_group",
        "iter_mapped_dependants",
        "reschedule",
    ),
    DAG: ("template_undefined", "jinja_environment_kwargs", "task_dict"),
    BaseXCom: ("deserialize_value", "XCOM_RETURN_KEY"),
    operator: ("TRIGGER_FAIL_REPR", "TriggerFailureReason"),
    comms: ("DeleteXCom", "GetTaskStates", "GetXCom", "SetXCom", "XComResult"),
}
LISTED = re.findall(r"``[^`]+``", f"{workerless.__doc__}{triggers.__doc__}{sensors.__doc__}")


@pytest.mark.parametrize(
    ("owner", "name"), [(owner, name) for owner, names in USED.items() for name in names]
)
def test_airflow_has_it(owner, name):
    made = DAG("any", schedule=None) if owner is DAG else owner
    assert hasattr(made, name)


@pytest.mark.skipif(not starts_in_the_triggerer(), reason="only where a wait begins in the triggerer")
@pytest.mark.parametrize("name", ["get_template_env", "task_instance", "on_kill"])
def test_a_trigger_that_begins_has_it(name):
    assert hasattr(BaseTrigger, name)


def test_airflow_says_whether_there_are_listeners():
    assert has_listeners() is False


@pytest.mark.parametrize(
    "name", [name for owner, names in USED.items() if owner is not comms for name in names]
)
def test_it_is_listed(name):
    assert any(name in listed for listed in LISTED)
