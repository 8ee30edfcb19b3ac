from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from airflow_jobstatus.sensors.jobstatus import JobStatusSensor
from tests.support.acme import CONN_ID, Answer
from tests.support.fixtures import acme, comms, log, run_acme, sandbox, sandbox_connections, triggerer, worker

__all__ = [
    "acme",
    "comms",
    "log",
    "run_acme",
    "sandbox",
    "sandbox_connections",
    "sensor",
    "triggerer",
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
