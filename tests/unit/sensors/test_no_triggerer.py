"""No triggerer has ended a deferred wait in time, so Airflow itself resumes the task on a worker."""

from __future__ import annotations

import pytest
from airflow.providers.common.compat.sdk import AirflowException, AirflowSensorTimeout, AirflowSkipException
from airflow.sdk.bases.operator import TRIGGER_FAIL_REPR, TriggerFailureReason

from airflow_jobstatus.exceptions import JobTimeout
from airflow_jobstatus.sandbox import Sandbox
from airflow_jobstatus.sensors.jobstatus import JobStatusSensor

pytestmark = pytest.mark.usefixtures("sandbox_connections")


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(seconds=float("inf"), rate_limit=False)


@pytest.fixture
def resume(worker):
    """Resume a task as the scheduler does when its trigger has not fired."""

    def resume(job_id, reason=TriggerFailureReason.TRIGGER_TIMEOUT, **arguments):
        ours = {"task_id": "wait", "conn_id": "geobridge_default", "deferrable": True, "timeout": 60}
        task = JobStatusSensor(**{**ours, "job_id": job_id, **arguments})
        return worker.stretch(
            task,
            lambda task, context: task.resume_execution(TRIGGER_FAIL_REPR, {"error": reason.value}, context),
        )

    return resume


def methods(sandbox):
    return [request.method for request in sandbox.requests]


def test_a_worker_polls_a_last_time_and_then_the_time_is_over(resume, sandbox):
    job_id = sandbox.add_job("geobridge")
    with pytest.raises(JobTimeout, match=f"'{job_id}' has not ended 60 s after the wait began") as caught:
        resume(job_id)
    assert (methods(sandbox), caught.value.outcome.job.id) == (["GET"], job_id)


def test_a_job_that_has_ended_meanwhile_ends_the_task_well(resume, sandbox):
    job_id = sandbox.add_job("geobridge", seconds=0)
    assert resume(job_id)["state"] == "succeeded"


def test_the_job_is_cancelled_if_asked(resume, sandbox):
    with pytest.raises(JobTimeout):
        resume(sandbox.add_job("geobridge"), cancel_on_timeout=True)
    assert methods(sandbox) == ["GET", "DELETE"]


def test_of_a_list_each_job_is_polled_and_those_left_are_cancelled(resume, sandbox):
    jobs = [sandbox.add_job("geobridge", seconds=0), sandbox.add_job("geobridge")]
    with pytest.raises(JobTimeout):
        resume(jobs, cancel_on_timeout=True)
    assert methods(sandbox) == ["GET", "GET", "DELETE"]


def test_the_log_says_whom_to_ask(resume, sandbox, log):
    with pytest.raises(JobTimeout):
        resume(sandbox.add_job("geobridge"))
    assert "No triggerer has ended the wait in time" in repr(log)


def test_a_task_that_is_soft_is_skipped(resume, sandbox):
    with pytest.raises(AirflowSkipException, match="has not ended 60 s"):
        resume(sandbox.add_job("geobridge"), soft_fail=True)


def test_without_its_connection_the_task_times_out_as_airflow_has_it(resume, log):
    with pytest.raises(AirflowSensorTimeout):
        resume("x", conn_id="nowhere")
    assert "The last poll cannot be made" in repr(log)


def test_a_trigger_that_failed_is_airflows_own_matter(resume, sandbox):
    with pytest.raises(AirflowException, match=r"(?i)trigger.failure"):
        resume("x", reason=TriggerFailureReason.TRIGGER_FAILURE)
    assert methods(sandbox) == []
