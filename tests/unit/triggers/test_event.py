"""The event of a wait's end carries the outcome, and shows nothing of the job's results in Airflow's log."""

from __future__ import annotations

from airflow.triggers.base import DiscrimatedTriggerEvent, TriggerEvent
from pydantic import TypeAdapter

from airflow_jobstatus.protocol.job import Job, JobState
from airflow_jobstatus.triggers.event import OutcomeEvent
from airflow_jobstatus.waiting.outcome import Ending, Outcome

SIGNED = "https://files.example/x.csv?sig=abc"
JOB = Job(vendor="v", id="j", state=JobState.SUCCEEDED, status="done", outputs={"file": SIGNED})
OUTCOME = Outcome(ending=Ending.SUCCEEDED, message="done", job=JOB)


def test_the_representation_shows_the_ending_alone():
    assert repr(OutcomeEvent(OUTCOME)) == "OutcomeEvent<succeeded>"


def test_the_outcome_crosses_from_the_triggerer_to_its_supervisor():
    adapter = TypeAdapter(DiscrimatedTriggerEvent)
    event = adapter.validate_json(adapter.dump_json(OutcomeEvent(OUTCOME)))
    assert type(event) is TriggerEvent
    assert Outcome.from_dict(event.payload).job == JOB


def test_the_representation_of_a_job_shows_no_output():
    assert SIGNED not in repr(JOB)
