"""The forms that this release writes: of triggers and of their events, with every field set."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pendulum
from airflow.triggers.base import BaseTrigger

from airflow_jobstatus.protocol.job import Job, JobState
from airflow_jobstatus.triggers.jobstatus import JobStatusTrigger
from airflow_jobstatus.triggers.options import TriggerOptions
from airflow_jobstatus.waiting.outcome import Ending, Outcome
from airflow_jobstatus.waiting.state import WaitState
from airflow_jobstatus.workerless.trigger import JobStatusStartTrigger

FOLDER = Path(__file__).parent
BEGAN = 1_773_844_800.0

JOB = Job(
    vendor="geobridge",
    id="123e4567-e89b-12d3-a456-426614174000",
    state=JobState.SUCCEEDED,
    status="succeeded",
    counters={
        "total_records": 1000,
        "processed_records": 1000,
        "successful_records": 995,
        "failed_records": 5,
    },
    total=1000,
    processed=1000,
    succeeded=995,
    failed=5,
    error="5 addresses were not found",
    created_at=pendulum.from_timestamp(BEGAN),
    started_at=pendulum.from_timestamp(BEGAN + 1.5),
    updated_at=pendulum.from_timestamp(BEGAN + 60),
    completed_at=pendulum.from_timestamp(BEGAN + 60),
)
STATE = WaitState(
    job=JOB,
    polls=7,
    faults=3,
    failures=2,
    polled_at=BEGAN + 70,
    silent=12.5,
    refused=(404, BEGAN + 65),
    moved_at=BEGAN + 55,
    pace=(BEGAN + 10, 0.25),
    expected_at=BEGAN + 80,
    not_before=BEGAN + 75,
    logged_at=BEGAN + 60,
)
OPTIONS = TriggerOptions(
    interval=30.0,
    exponential=True,
    max_interval=600.0,
    unreachable_timeout=1800.0,
    stall_timeout=900.0,
    max_failed=10,
    max_failed_ratio=0.05,
    cancel_on_kill=True,
    end_from_trigger=True,
    do_xcom_push=False,
)


def triggers() -> Iterator[tuple[str, BaseTrigger]]:
    """Give each trigger with the name of its form."""
    ours: dict[str, Any] = {
        "hook_class": "airflow_jobstatus.hooks.geobridge.GeoBridgeHook",
        "conn_id": "geobridge_default",
        "job_id": JOB.id,
        "began": BEGAN,
        "deadline": BEGAN + 3600,
        "limit": "execution_timeout",
        "options": OPTIONS.to_dict(),
        "resumes_at": BEGAN + 10,
    }
    yield "trigger of one job", JobStatusTrigger(**ours, state=STATE.to_dict())
    yield "trigger of many jobs", JobStatusTrigger(**{**ours, "job_id": [JOB.id, "another"]})
    yield (
        "trigger that begins",
        JobStatusStartTrigger(
            conn_id_from={"text": "geobridge_default"},
            job_id_from={
                "each": [{"xcom": ["submit", "return_value"]}, {"template": "{{ params.job }}"}],
            },
            timeout=3600,
            backstop=300,
            options=OPTIONS.to_dict(),
        ),
    )


def events() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give each event with the name of its form."""
    for ending in Ending:
        outcome = Outcome(ending=ending, message="What became of it", job=JOB)
        yield f"event {ending}", outcome.to_dict()
    yield (
        "event of many jobs",
        Outcome(ending=Ending.FAILED, message="What became of them", jobs=(JOB, None)).to_dict(),
    )


def forms() -> dict[str, Any]:
    """Give every form by its name."""
    written: dict[str, Any] = dict(events())
    for name, trigger in triggers():
        class_path, arguments = trigger.serialize()
        written[name] = {"class_path": class_path, "arguments": arguments}
    return written
