"""``cancel_on_timeout``: when the time is over the vendor's job is cancelled, in every mode."""

from __future__ import annotations

from datetime import timedelta

import pytest
from airflow.providers.common.compat.sdk import AirflowSkipException, AirflowTaskTimeout

from airflow_jobstatus.exceptions import ExecutionTimeout, JobFailed, JobTimeout
from airflow_jobstatus.sandbox import Sandbox
from airflow_jobstatus.sensors.jobstatus import JobStatusSensor
from tests.support.outcomes import MODES

pytestmark = pytest.mark.usefixtures("sandbox_connections")
modes = pytest.mark.parametrize("mode", MODES)


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(seconds=float("inf"), rate_limit=False)


def waits(job_id, mode="poke", vendor="geobridge", cls=JobStatusSensor, **arguments):
    ours = {"task_id": "wait", "conn_id": f"{vendor}_default", "poke_interval": 0, "timeout": 0.2}
    return lambda: cls(**{**ours, "job_id": job_id, **MODES[mode], **arguments})


def cancelled(sandbox):
    return sorted(request.job_id for request in sandbox.requests if request.method == "DELETE")


@modes
def test_a_timeout_cancels_the_job(worker, sandbox, mode):
    job_id = sandbox.add_job("geobridge")
    ended = worker.run(waits(job_id, mode, cancel_on_timeout=True))
    assert (type(ended.error), cancelled(sandbox)) == (JobTimeout, [job_id])


@modes
def test_by_default_it_does_not(worker, sandbox, mode):
    worker.run(waits(sandbox.add_job("geobridge"), mode))
    assert cancelled(sandbox) == []


def test_of_a_list_those_are_cancelled_that_have_not_ended(worker, sandbox):
    done, *left = sandbox.add_job("geobridge", seconds=0), *(sandbox.add_job("geobridge") for _ in range(2))
    worker.run(waits([done, *left], cancel_on_timeout=True))
    assert cancelled(sandbox) == sorted(left)


@modes
def test_of_a_list_with_a_failed_job_those_are_cancelled_whose_time_is_over(worker, sandbox, mode):
    failed, left = sandbox.add_job("geobridge", seconds=0, outcome="failed"), sandbox.add_job("geobridge")
    ended = worker.run(waits([failed, left], mode, cancel_on_timeout=True))
    assert (type(ended.error), cancelled(sandbox)) == (JobFailed, [left])


def test_an_execution_timeout_of_a_deferred_task_cancels_the_job(worker, sandbox):
    job_id = sandbox.add_job("geobridge")
    limits = {"execution_timeout": timedelta(seconds=0.2), "timeout": 60}
    ended = worker.run(waits(job_id, "deferrable", cancel_on_timeout=True, **limits))
    assert (type(ended.error), cancelled(sandbox)) == (ExecutionTimeout, [job_id])


@pytest.mark.parametrize("asked", [True, False])
def test_an_execution_timeout_on_the_worker_cancels_it_if_asked(worker, sandbox, asked):
    job_id = sandbox.add_job("geobridge")
    task = waits(job_id, cancel_on_timeout=asked, timeout=3600)()
    worker.stretch(task, lambda task, context: task.poke(context))
    try:
        raise AirflowTaskTimeout  # noqa: TRY301  as Airflow does while it runs the task
    except AirflowTaskTimeout:
        task.on_kill()
    assert cancelled(sandbox) == [job_id] * asked


@pytest.mark.parametrize("soft", [{"soft_fail": True}, {"never_fail": True}], ids=str)
def test_an_execution_timeout_in_the_middle_of_a_soft_poll_cancels_the_job(worker, sandbox, soft):
    class OverInAPoll(JobStatusSensor):
        def _poll(self, context, **more):
            super()._poll(context, **more)
            raise AirflowTaskTimeout

    job_id = sandbox.add_job("geobridge")
    task = waits(job_id, cancel_on_timeout=True, timeout=3600, cls=OverInAPoll, **soft)()
    with pytest.raises(AirflowSkipException):
        worker.stretch(task)
    assert cancelled(sandbox) == [job_id]


def test_a_vendor_that_cannot_is_named_and_the_task_times_out_all_the_same(worker, sandbox, log):
    job_id = sandbox.add_job("courier")
    ended = worker.run(waits(job_id, vendor="courier", cancel_on_timeout=True))
    assert (type(ended.error), "The job goes on: " in repr(log)) == (JobTimeout, True)
