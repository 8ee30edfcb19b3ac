"""What a wait for many jobs logs."""

from __future__ import annotations

import logging

import pytest

from airflow_jobstatus.protocol.job import Job, JobState
from airflow_jobstatus.waiting.batch_log import FIRST_WITHIN, MOST_LINES, WARN_EVERY, BatchLog
from airflow_jobstatus.waiting.log import COUNTERS_EVERY, HEARTBEAT_EVERY
from airflow_jobstatus.waiting.outcome import Ending, Outcome
from airflow_jobstatus.waiting.wait import Wait
from tests.support.source import Account

BEGAN = 1_700_000_000.0


def job(job_id: str, processed: int = 0, state: JobState = JobState.RUNNING, **more) -> Job:
    counts = {"total": 10, "processed": processed, "counters": {"processed_records": processed}}
    return Job(vendor="acme", id=job_id, state=state, status=state.value, **counts, **more)


class Log:
    """The log of a wait for jobs that the test moves on."""

    def __init__(self, count: int) -> None:
        self.now = BEGAN
        self.lines: list[str] = []
        self.fields: dict[str, object] = {}
        self.jobs: dict[str, Job | None] = dict.fromkeys(f"job-{number}" for number in range(count))
        wait = Wait(job_id="job-0", began=BEGAN, deadline=BEGAN + 3600)
        self.batch_log = BatchLog(
            wait, Account(), [*self.jobs], jobs=self.jobs.values, say=self.say, clock=lambda: self.now
        )

    def say(self, level: int, event: str, **fields) -> None:  # noqa: ARG002  as a log takes it
        self.lines.append(event)
        self.fields = fields

    def poll(self, *job_ids: str, processed: int = 0) -> None:
        for job_id in job_ids or self.jobs:
            self.jobs[job_id] = job(job_id, processed)
            self.batch_log.polled(job_id)

    def end(self, job_id: str, ending: Ending = Ending.SUCCEEDED, **more) -> None:
        self.jobs[job_id] = job(job_id, 10, JobState(ending.value), **more)
        self.batch_log.ended(job_id, Outcome(ending=ending, message="it ended", job=self.jobs[job_id]))


def test_the_first_line_comes_when_every_job_was_polled():
    log = Log(5)
    log.poll("job-0", "job-1", "job-2", "job-3")
    assert log.lines == []
    log.poll("job-4")
    [line] = log.lines
    assert line == (
        "0 %, 0/50 records, 0 of 5 jobs have ended; polling again about every 60 s until "
        "2023-11-14 23:13:20 UTC at the latest - Acme jobs 'job-0', 'job-1', 'job-2' and 2 more"
    )


def test_the_first_line_waits_for_a_slow_round_no_longer_than_some_seconds():
    log = Log(5)
    log.poll("job-0")
    log.now += FIRST_WITHIN
    log.poll("job-1")
    assert log.lines[0].startswith("0/20 records, 0 of 5 jobs have ended; polling again")


def test_grown_counters_are_summed_up_no_oftener_than_those_of_one_job():
    log = Log(2)
    log.poll()
    log.now += COUNTERS_EVERY - 1
    log.poll(processed=3)
    assert len(log.lines) == 1
    log.now += 1
    log.poll("job-0", processed=4)
    assert log.lines[1] == "35 %, 7/20 records, 0 of 2 jobs have ended - Acme jobs 'job-0', 'job-1'"


def test_jobs_that_stand_still_are_summed_up_at_the_heartbeat_alone():
    log = Log(2)
    log.poll()
    for _ in range(59):
        log.now += HEARTBEAT_EVERY / 60
        log.poll()
    assert len(log.lines) == 1
    log.now += HEARTBEAT_EVERY / 60
    log.poll()
    assert len(log.lines) == 2


def test_each_job_that_ends_is_said_with_how_it_ended():
    log = Log(3)
    log.poll()
    log.end("job-1")
    assert log.lines[-1] == "succeeded, 100 %, 10/10 records - Acme job 'job-1'"


def test_a_job_that_failed_is_said_with_the_vendors_reason():
    log = Log(3)
    log.poll()
    log.end("job-1", Ending.FAILED, error="No input.")
    assert log.lines[-1] == "failed, 100 %, 10/10 records: No input. - Acme job 'job-1'"


def test_a_wait_that_ends_without_its_job_is_said_in_words():
    log = Log(3)
    log.batch_log.ended("job-1", Outcome(ending=Ending.EXECUTION_TIMEOUT, message="too late"))
    assert log.lines == ["execution timeout - Acme job 'job-1'"]


def test_the_last_end_is_followed_by_the_sum_of_all():
    log = Log(3)
    log.poll()
    log.now += 61
    for job_id, ending in zip(log.jobs, (Ending.SUCCEEDED, Ending.FAILED, Ending.SUCCEEDED), strict=True):
        log.end(job_id, ending)
    assert log.lines[-1] == (
        "100 %, 30/30 records, 3 of 3 jobs have ended, 1 without success, after 61.0 s - "
        "Acme jobs 'job-0', 'job-1', 'job-2'"
    )


@pytest.mark.parametrize("ending", [Ending.TIMEOUT, Ending.UNREACHABLE, Ending.STALLED])
def test_a_job_whose_wait_alone_ended_is_not_said_to_have_ended(ending):
    log = Log(2)
    log.end("job-0")
    log.batch_log.ended("job-1", Outcome(ending=ending, message="it is waited for no longer"))
    assert "1 of 2 jobs have ended, 1 without success" in repr(log.lines[-1])


def test_the_sums_are_fields_of_the_line():
    log = Log(2)
    log.poll(processed=5)
    assert log.fields == {
        "jobs": 2,
        "ended": 0,
        "unsuccessful": 0,
        "processed": 10,
        "total": 20,
        "progress": 0.5,
    }


@pytest.mark.parametrize("ending", [Ending.SUCCEEDED, Ending.FAILED])
def test_of_a_thousand_jobs_that_end_alike_not_each_has_a_line(ending):
    log = Log(1000)
    log.poll()
    for number in range(1000):
        log.end(f"job-{number}", ending)
    assert sum(" job 'job-" in line for line in log.lines) == MOST_LINES


def test_a_failure_after_many_successes_still_has_its_line():
    log = Log(1000)
    log.poll()
    for number in range(900):
        log.end(f"job-{number}")
    log.end("job-900", Ending.FAILED, error="No input.")
    assert any("No input. - Acme job 'job-900'" in line for line in log.lines)


def test_of_many_jobs_that_meet_the_same_trouble_one_warns():
    log = Log(1000)
    for number in range(1000):
        log.batch_log.say_for_one(logging.WARNING, f"{number}")
    log.now += WARN_EVERY
    log.batch_log.say_for_one(logging.WARNING, "later")
    assert log.lines == ["0", "later"]


def test_the_news_of_one_job_among_many_are_not_logged():
    log = Log(2)
    log.batch_log.say_for_one(logging.INFO, "processing - Acme job 'job-0'")
    assert not log.lines
