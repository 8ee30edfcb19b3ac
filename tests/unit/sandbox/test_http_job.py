"""The sandbox's own job API, as its connection declares it."""

from __future__ import annotations

import json

import pytest

from airflow_jobstatus.hooks.http_job import HttpJobHook
from airflow_jobstatus.protocol.errors import NotFoundError, UnauthorizedError
from airflow_jobstatus.protocol.job import JobState
from airflow_jobstatus.sandbox import Sandbox


@pytest.fixture
def define(monkeypatch):
    def define(fields):
        monkeypatch.setenv("AIRFLOW_CONN_HTTP_JOB_DEFAULT", json.dumps(fields))

    return define


@pytest.fixture
def hook(sandbox, define):
    with sandbox.serve() as url:
        define(sandbox.connections(url)["http_job"])
        yield HttpJobHook()


def submit(hook, **body):
    session = hook.get_conn()
    answer = session.post(f"{session.base_url}/jobs", json=body, timeout=60)
    assert answer.status_code == 201
    return answer.json()["id"]


@pytest.mark.parametrize(
    ("after", "state", "progress"),
    [
        (0, JobState.PENDING, 0),
        (6, JobState.RUNNING, 0.5),
        (10, JobState.SUCCEEDED, 1),
    ],
)
def test_a_job_goes_by_the_clock(hook, clock, after, state, progress):
    job_id = submit(hook)
    clock.advance(after)
    job = hook.get_job(job_id)
    assert (job.state, job.progress, job.error) == (state, progress, None)


def test_a_job_with_missing_in_its_body_fails_and_says_why(hook, clock):
    job_id = submit(hook, input="missing.csv")
    clock.advance(10)
    job = hook.get_job(job_id)
    assert (job.state, job.error) == (JobState.FAILED, "The input is missing.")


def test_a_job_that_is_not_there_is_not_found(hook):
    with pytest.raises(NotFoundError):
        hook.get_job("other")


def test_a_wrong_key_is_refused(sandbox, define):
    with sandbox.serve() as url:
        define({**sandbox.connections(url)["http_job"], "password": "wrong"})
        with pytest.raises(UnauthorizedError):
            HttpJobHook().get_job("job-1")


def test_it_misbehaves_as_the_others_do():
    sandbox = Sandbox()
    sandbox.add_fault("http_job", "outage")
    assert sandbox.add_job("http_job", outcome="failed", job_id="mine") == "mine"
