"""Operator and sensor wait for the job of a declared API as for every other, and push its outputs."""

from __future__ import annotations

import pytest

from airflow_jobstatus.operators.jobstatus import JobStatusOperator
from airflow_jobstatus.sensors.jobstatus import JobStatusSensor
from tests.support.fixtures import worker
from tests.support.scripted_server import Reply

__all__ = ["worker"]

EXTRA = {
    "path": "/jobs/{id}",
    "counters": {"total": "rows.all", "failed": "rows.bad"},
    "outputs": {"file": "result.url", "parts": "result.parts"},
}
DONE = Reply(
    body={
        "status": "done",
        "rows": {"all": 7, "bad": 1},
        "result": {"url": "gs://x/7", "parts": [1, 2], "secret": "not declared"},
    }
)
XCOMS = {"total": 7, "failed": 1, "file": "gs://x/7", "parts": [1, 2]}


@pytest.fixture
def declared(connect, server):
    connect("http_job", server.url, extra=EXTRA)
    server.play(DONE)


def beside(ended):
    return {key: value for key, value in ended.xcoms.items() if key != "return_value"}


@pytest.mark.usefixtures("declared")
def test_the_operator_pushes_each_counter_and_each_output(worker):
    ended = worker.run(lambda: JobStatusOperator(task_id="t", conn_id="http_job_default", job_id="j"))
    assert beside(ended) == XCOMS


@pytest.mark.usefixtures("declared")
@pytest.mark.parametrize("deferrable", [True, False])
def test_the_sensor_pushes_each_counter_and_each_output(worker, deferrable):
    ended = worker.run(
        lambda: JobStatusSensor(
            task_id="t", conn_id="http_job_default", job_id="j", deferrable=deferrable, poke_interval=1
        )
    )
    assert beside(ended) == XCOMS


@pytest.mark.usefixtures("declared")
def test_the_outputs_of_many_jobs_stay_with_each(worker):
    ended = worker.run(
        lambda: JobStatusSensor(
            task_id="t", conn_id="http_job_default", job_id=["a", "b"], deferrable=False, poke_interval=1
        )
    )
    assert beside(ended) == {"total": 14, "failed": 2}


@pytest.mark.usefixtures("declared")
def test_nothing_undeclared_leaves_the_body(worker):
    ended = worker.run(lambda: JobStatusOperator(task_id="t", conn_id="http_job_default", job_id="j"))
    assert "not declared" not in str(ended.xcoms)
