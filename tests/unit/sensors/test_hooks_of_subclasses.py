"""A sensor with a hook of its own defers with exactly that hook, or stays on its worker."""

from __future__ import annotations

import os
from typing import Any

import pytest

from airflow_jobstatus.sensors.jobstatus import JobStatusSensor
from tests.support.acme import CONN_ID, RUNNING, SUCCEEDED, AcmeHook


class ChoosingSensor(JobStatusSensor):
    """It picks the connection itself."""

    def get_hook(self) -> Any:
        return AcmeHook("acme_of_the_region")


class LocalSensor(JobStatusSensor):
    def get_hook(self) -> Any:
        class LocalHook(AcmeHook):
            pass

        return LocalHook(CONN_ID)


def make(kind: type[JobStatusSensor], acme: Any, **arguments: Any) -> Any:
    job_id = acme.add(RUNNING, SUCCEEDED)
    ours = {"task_id": "wait", "conn_id": CONN_ID, "job_id": job_id, "poke_interval": 0, "deferrable": True}
    return lambda: kind(**{**ours, **arguments})


@pytest.fixture
def region(acme, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_ACME_OF_THE_REGION", os.environ[f"AIRFLOW_CONN_{CONN_ID.upper()}"])
    return acme


def test_the_trigger_asks_the_connection_that_the_worker_asked(region, worker):
    ended = worker.run(make(ChoosingSensor, region))
    assert ended.deferrals[0].trigger.conn_id == "acme_of_the_region"


def test_the_trigger_has_the_class_of_the_workers_hook(region, worker):
    ended = worker.run(make(ChoosingSensor, region))
    assert ended.deferrals[0].trigger.hook_class == "tests.support.acme.AcmeHook"


@pytest.mark.parametrize("mode", ["poke", "reschedule"])
def test_with_a_local_hook_the_task_waits_on_its_worker(acme, worker, mode):
    ended = worker.run(make(LocalSensor, acme, mode=mode))
    assert (ended.error, ended.deferrals, ended.xcoms["return_value"]["state"]) == (None, [], "succeeded")


def test_with_a_local_hook_no_poll_is_made_twice(acme, worker):
    worker.run(make(LocalSensor, acme))
    assert len(acme.server.requests) == 2


def test_one_line_says_why_it_is_not_deferred(acme, worker, log):
    worker.run(make(LocalSensor, acme))
    lines = [
        entry["event"] % entry.get("positional_args", ()) for entry in log if "not deferred" in entry["event"]
    ]
    assert len(lines) == 1
