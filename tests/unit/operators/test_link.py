"""The link from a task to its job's page."""

from __future__ import annotations

import json

import pytest
from airflow.sdk import BaseOperatorLink

from airflow_jobstatus.link import JobLink
from airflow_jobstatus.operators.jobstatus import JobStatusOperator
from airflow_jobstatus.sensors.jobstatus import JobStatusSensor
from tests.support.acme import CONN_ID, RUNNING, SUCCEEDED
from tests.support.outcomes import MODES

KEY = JobLink().xcom_key
"""Under which Airflow's UI looks for it."""


@pytest.fixture
def linked(acme, monkeypatch) -> str:
    """Give a connection that names a page for each job."""
    extra = {"console": "https://app.example.com/jobs/{id}"}
    fields = {**acme.connection, "extra": json.dumps(extra)}
    monkeypatch.setenv("AIRFLOW_CONN_LINKED", json.dumps(fields))
    return "linked"


@pytest.mark.parametrize("mode", MODES)
def test_a_sensor_links_to_the_page_of_its_job(acme, worker, linked, mode):
    job_id = acme.add(RUNNING, SUCCEEDED)
    ours = {"task_id": "wait", "conn_id": linked, "job_id": job_id, "poke_interval": 0, **MODES[mode]}
    ended = worker.run(lambda: JobStatusSensor(**ours))
    assert ended.xcoms[KEY] == f"https://app.example.com/jobs/{job_id}"


def test_an_operator_links_to_the_page_of_its_job(acme, worker, linked):
    job_id = acme.add(RUNNING)
    ended = worker.run(lambda: JobStatusOperator(task_id="poll", conn_id=linked, job_id=job_id))
    assert ended.xcoms[KEY] == f"https://app.example.com/jobs/{job_id}"


def test_an_id_is_no_part_of_the_address_but_its_own(worker, linked):
    job_id = "../../login?next=x#y"
    worker.run(lambda: JobStatusOperator(task_id="poll", conn_id=linked, job_id=job_id))
    assert worker.ti.xcoms.get(KEY) == "https://app.example.com/jobs/..%2F..%2Flogin%3Fnext%3Dx%23y"


def test_a_list_of_jobs_has_no_one_page(acme, worker, linked):
    ids = [acme.add(SUCCEEDED), acme.add(SUCCEEDED)]
    ended = worker.run(lambda: JobStatusSensor(task_id="wait", conn_id=linked, job_id=ids))
    assert KEY not in ended.xcoms


def test_without_a_template_there_is_no_link(acme, worker):
    job_id = acme.add(RUNNING)
    ended = worker.run(lambda: JobStatusOperator(task_id="poll", conn_id=CONN_ID, job_id=job_id))
    assert KEY not in ended.xcoms


@pytest.mark.parametrize("kind", [JobStatusSensor, JobStatusOperator])
def test_airflow_stores_no_link_of_its_own_when_a_worker_is_done(worker, kind):
    """It would be an empty one where the task resumes, and an XCom even where there is no page."""
    task = kind(task_id="wait", conn_id=CONN_ID, job_id="job-1")
    worker.stretch(task, lambda task, context: task.pre_execute(context))
    assert list(task.operator_extra_links) == []


def test_a_link_of_the_users_own_is_stored_by_airflow(worker):
    class Link(BaseOperatorLink):
        name = "Elsewhere"

        def get_link(self, operator, *, ti_key):  # noqa: ARG002  as Airflow asks
            return "https://elsewhere.example.com"

    class Linked(JobStatusSensor):
        operator_extra_links = (*JobStatusSensor.operator_extra_links, Link())

    task = Linked(task_id="wait", conn_id=CONN_ID, job_id="job-1")
    worker.stretch(task, lambda task, context: task.pre_execute(context))
    assert [link.name for link in task.operator_extra_links] == ["Elsewhere"]


def test_the_link_is_what_the_task_has_stored(worker):
    task = JobStatusSensor(task_id="wait", conn_id=CONN_ID, job_id="job-1")
    worker.ti.xcoms[KEY] = "https://app.example.com/jobs/job-1"
    stored = worker.stretch(task, lambda task, _: JobLink().get_link(task, ti_key=worker.ti))
    assert stored == "https://app.example.com/jobs/job-1"
