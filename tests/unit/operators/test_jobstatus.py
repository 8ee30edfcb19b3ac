"""The operator polls once, and returns what it saw."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from airflow_jobstatus.exceptions import (
    ConnectionMissing,
    JobRejected,
    JobStatusFailure,
    Unauthorized,
    Unreachable,
)
from airflow_jobstatus.operators.jobstatus import JobStatusOperator
from tests.support import secret
from tests.support.acme import (
    BAD_REQUEST,
    CANCELLED,
    CONN_ID,
    FAILED,
    NOT_FOUND,
    RUNNING,
    SUCCEEDED,
    UNAUTHORIZED,
    UNAVAILABLE,
    Answer,
    seen,
)
from tests.support.worker import Ended

STATES = {
    "pending": seen("queued", 0),
    "running": RUNNING,
    "succeeded": SUCCEEDED,
    "failed": FAILED,
    "cancelled": CANCELLED,
}
FAULTS: dict[str, tuple[Answer, type[JobStatusFailure]]] = {
    "out of order": (UNAVAILABLE, Unreachable),
    "unauthorised": (UNAUTHORIZED, Unauthorized),
    "unknown": (NOT_FOUND, JobRejected),
    "rejected": (BAD_REQUEST, JobRejected),
}
states = pytest.mark.parametrize("state", STATES)
faults = pytest.mark.parametrize("fault", FAULTS)


@pytest.fixture
def poll(acme, worker) -> Callable[..., Ended]:
    """Run an operator to its end, on a job with the given answer."""

    def run(answer: Answer | None = None, **arguments: Any) -> Ended:
        ours = {"task_id": "poll", "conn_id": CONN_ID, "job_id": acme.add(answer) if answer else "any"}
        return worker.run(lambda: JobStatusOperator(**{**ours, **arguments}))

    return run


@states
def test_it_succeeds_whatever_state_the_job_is_in(poll, state):
    assert poll(STATES[state]).error is None


@states
def test_it_returns_the_state_to_branch_on(poll, state):
    assert poll(STATES[state]).xcoms["return_value"]["state"] == state


@states
def test_it_polls_once(poll, acme, state):
    poll(STATES[state])
    assert len(acme.server.requests) == 1


@states
def test_each_counter_is_an_xcom_of_its_own(poll, state):
    xcoms = poll(STATES[state]).xcoms
    assert {key: value for key, value in xcoms.items() if key != "return_value"} == STATES[state].body[
        "statistics"
    ]


def test_the_job_has_declared_fields_alone(poll):
    assert set(poll(SUCCEEDED).xcoms["return_value"]) == {
        *("vendor", "id", "state", "status", "error", "progress", "outputs"),
        *("counters", "total", "processed", "succeeded", "failed"),
        *("created_at", "started_at", "updated_at", "completed_at"),
    }


@faults
def test_a_poll_without_a_good_answer_fails_the_task_with_retries_only_where_they_help(poll, fault):
    answer, error = FAULTS[fault]
    assert type(poll(answer).error) is error


@faults
def test_a_poll_without_a_good_answer_pushes_nothing(poll, fault):
    assert poll(FAULTS[fault][0]).xcoms == {}


@faults
def test_a_poll_without_a_good_answer_names_vendor_and_job(poll, fault):
    assert str(poll(FAULTS[fault][0]).error).startswith("Acme job 'job-1': HTTP ")


@pytest.mark.parametrize("job_id", ["", " ", "..", "a\nb", None], ids=repr)
def test_a_job_id_that_cannot_name_a_job_fails_without_retries(poll, job_id):
    assert type(poll(job_id=job_id).error) is JobRejected


@pytest.mark.parametrize("job_id", ["", " ", "..", "a\nb", None], ids=repr)
def test_a_job_id_that_cannot_name_a_job_makes_no_call(poll, acme, job_id):
    poll(job_id=job_id)
    assert acme.server.requests == []


def test_an_unknown_connection_may_be_there_for_the_next_try(poll):
    assert type(poll(conn_id="nobody").error) is ConnectionMissing


def test_a_connection_of_a_foreign_type_fails_without_retries(poll, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_FOREIGN", json.dumps({"conn_type": "http", "host": "example.com"}))
    assert type(poll(conn_id="foreign").error) is JobRejected


def test_nothing_is_pushed_for_counters_where_xcoms_are_not_wanted(poll):
    assert set(poll(SUCCEEDED, do_xcom_push=False).xcoms) <= {"return_value"}


def test_no_secret_is_in_what_it_leaves_behind(poll, log):
    ended = poll(SUCCEEDED)
    assert secret.leaks(f"{ended.xcoms} {log}") == []


@pytest.mark.parametrize("vendor", ["courier", "elastic_path", "geobridge"])
@pytest.mark.usefixtures("sandbox_connections")
def test_it_finds_the_vendor_by_the_connection(poll, sandbox, vendor):
    job_id = sandbox.add_job(vendor, seconds=0)
    job = poll(conn_id=f"{vendor}_default", job_id=job_id).xcoms["return_value"]
    assert (job["vendor"], job["state"]) == (vendor, "succeeded")
