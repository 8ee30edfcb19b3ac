from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest

from airflow_jobstatus.sensors.jobstatus import JobStatusSensor
from tests.support.acme import CONN_ID, Answer
from tests.support.airflow_names import AirflowRescheduleException
from tests.support.fixtures import acme, comms, log, run_acme, sandbox, sandbox_connections, triggerer, worker

HOUR = 3600.0

__all__ = [
    "acme",
    "comms",
    "log",
    "reschedule",
    "run_acme",
    "sandbox",
    "sandbox_connections",
    "sensor",
    "triggerer",
    "two_hours_later",
    "worker",
]


@pytest.fixture
def sensor(acme) -> Callable[..., Callable[[], JobStatusSensor]]:
    """Give factories of sensors that wait for a job with the given answers."""

    def make(*answers: Answer, **arguments: Any) -> Callable[[], JobStatusSensor]:
        ours = {"task_id": "wait", "conn_id": CONN_ID, "poke_interval": 0}
        if answers:
            ours["job_id"] = acme.add(*answers)
        return lambda: JobStatusSensor(**{**ours, **arguments})

    return make


@pytest.fixture
def reschedule(worker):
    """Run a task until it is rescheduled, and give in how many seconds it is due: at least, and at most."""

    def run(make_task) -> tuple[float, float]:
        before = time.time()
        with pytest.raises(AirflowRescheduleException) as raised:
            worker.stretch(make_task())
        worker.ti.first_reschedule = worker.ti.first_reschedule or datetime.now(timezone.utc)
        after, due = time.time(), raised.value.reschedule_date.timestamp()
        return due - after, due - before

    return run


@pytest.fixture
def two_hours_later(monkeypatch):
    def advance() -> None:
        now = time.time() + 2 * HOUR
        monkeypatch.setattr(time, "time", lambda: now)

    return advance
