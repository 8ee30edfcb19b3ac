"""``mode="reschedule"`` with a short ``poke_interval``: a warning, and no process that comes too soon."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from airflow_jobstatus.sensors.jobstatus import JobStatusSensor
from airflow_jobstatus.sensors.pause import SAFE
from tests.support.acme import RUNNING
from tests.support.airflow_names import AirflowRescheduleException

SHORT = pytest.mark.parametrize("poke_interval", [0, 5, 14.9])


def warnings(log):
    return [entry for entry in log if "Airflow may fail a task" in entry["event"]]


def parse(**arguments):
    return JobStatusSensor(**{"task_id": "wait", "conn_id": "c", "job_id": "x", **arguments})


@SHORT
def test_a_short_interval_is_warned_of_when_the_dag_is_parsed(log, poke_interval):
    parse(mode="reschedule", poke_interval=poke_interval)
    assert [entry["log_level"] for entry in warnings(log)] == ["warning"]


@pytest.mark.parametrize(
    "arguments",
    [
        {"mode": "reschedule", "poke_interval": 15},
        {"mode": "poke", "poke_interval": 1},
        {"mode": "reschedule", "poke_interval": 1, "deferrable": True},
    ],
    ids=repr,
)
def test_what_is_safe_is_not(log, arguments):
    parse(**arguments)
    assert warnings(log) == []


@SHORT
@pytest.mark.parametrize("timeout", [10, 20, 3600])
def test_no_process_comes_sooner_than_is_safe(sensor, worker, poke_interval, timeout):
    now = datetime.now(timezone.utc)
    task = sensor(RUNNING, mode="reschedule", poke_interval=poke_interval, timeout=timeout)()
    with pytest.raises(AirflowRescheduleException) as raised:
        worker.stretch(task)
    assert (raised.value.reschedule_date - now).total_seconds() >= SAFE
