"""The exception by which Airflow learns how a task ended."""

from __future__ import annotations

import pickle
from pkgutil import resolve_name

import pytest
from airflow.providers.common.compat.sdk import (
    AirflowException,
    AirflowFailException,
    AirflowSensorTimeout,
    AirflowSkipException,
    AirflowTaskTimeout,
)

from airflow_jobstatus import exceptions
from airflow_jobstatus.exceptions import OUTCOMES, JobFailed, JobStatusFailure, outcome_table
from airflow_jobstatus.protocol.errors import (
    InvalidConnectionError,
    InvalidJobIdError,
    JobStatusError,
    NotFoundError,
    TransientError,
    UnauthorizedError,
    UnknownConnectionError,
)
from airflow_jobstatus.protocol.job import Job, JobState
from airflow_jobstatus.tasks.exceptions import airflow_errors, exception_for, skipped_if
from airflow_jobstatus.waiting.outcome import Ending, Outcome

BAD = [ending for ending, row in OUTCOMES.items() if row.raises]
JOB = Job(vendor="Acme", id="a", state=JobState.FAILED, status="ERROR", counters={"total_records": 7})
FACES: dict[str, tuple[JobStatusError, type[JobStatusFailure]]] = {
    "out of order": (TransientError("Acme", "HTTP 503"), exceptions.Unreachable),
    "unauthorised": (UnauthorizedError("Acme", "HTTP 401"), exceptions.Unauthorized),
    "no such connection": (UnknownConnectionError("not defined"), exceptions.ConnectionMissing),
    "unknown job": (NotFoundError("Acme", "HTTP 404"), exceptions.JobRejected),
    "a bad connection": (InvalidConnectionError("no host"), exceptions.JobRejected),
    "a bad id": (InvalidJobIdError("empty"), exceptions.JobRejected),
}


def outcome(ending: Ending) -> Outcome:
    return Outcome(ending=ending, message="What became of it", job=JOB)


def test_every_ending_is_in_the_table():
    assert set(OUTCOMES) == set(Ending)


def test_every_ending_has_an_exception_of_its_own_and_success_none():
    raised = [row.raises for row in OUTCOMES.values()]
    assert (len(set(raised)), OUTCOMES[Ending.SUCCEEDED].raises) == (len(raised), None)


@pytest.mark.parametrize("ending", BAD)
def test_it_says_what_became_of_the_wait(ending):
    error = exception_for(outcome(ending))
    row = OUTCOMES[ending]
    retried = "" if row.is_retried else "; not retried"
    assert (type(error), str(error)) == (row.raises, f"What became of it{retried}")


@pytest.mark.parametrize("ending", BAD)
def test_airflow_retries_it_exactly_where_the_table_says_so(ending):
    no_retry = isinstance(exception_for(outcome(ending)), (AirflowFailException, AirflowSensorTimeout))
    assert OUTCOMES[ending].is_retried is not no_retry


@pytest.mark.parametrize("ending", BAD)
def test_it_is_an_exception_of_airflow(ending):
    assert isinstance(exception_for(outcome(ending)), (AirflowException, AirflowTaskTimeout))


@pytest.mark.parametrize("ending", BAD)
def test_a_retry_policy_finds_it_by_its_path(ending):
    kind = OUTCOMES[ending].raises
    assert resolve_name(f"{exceptions.__name__}.{kind.__name__}") is kind


@pytest.mark.parametrize("ending", BAD)
def test_it_carries_the_job_for_callbacks(ending):
    error = exception_for(outcome(ending))
    assert (error.job, error.jobs, error.counters) == (JOB, (JOB,), {"total_records": 7})


def test_it_carries_the_jobs_of_a_list():
    error = exception_for(Outcome(ending=Ending.FAILED, message="2 of 2", jobs=(JOB, None)))
    assert (error.job, error.jobs, error.counters) == (None, (JOB, None), {"total_records": 7})


@pytest.mark.parametrize("ending", BAD)
def test_it_survives_a_pickle(ending):
    error = exception_for(outcome(ending))
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.outcome) == (type(error), str(error), error.outcome)


@pytest.mark.parametrize("name", FACES)
def test_an_error_of_ours_has_its_face(name):
    error, face = FACES[name]
    with pytest.raises(face) as raised, airflow_errors():
        raise error
    assert type(raised.value) is face


def test_what_never_began_has_no_job():
    assert (JobFailed("x").job, JobFailed("x").jobs, JobFailed("x").counters) == (None, (), {})


@pytest.mark.parametrize("ending", BAD)
def test_the_table_for_people_names_what_is_raised(ending):
    assert f"`{OUTCOMES[ending].raises.__name__}` (`Airflow" in outcome_table()


def test_what_is_soft_skips_and_says_the_same():
    with pytest.raises(AirflowSkipException, match="What became of it"), skipped_if(soft=True):
        raise exception_for(outcome(Ending.FAILED))
