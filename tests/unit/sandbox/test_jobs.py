from __future__ import annotations

import pytest

from airflow_jobstatus.sandbox.jobs import Job, Phase


def job(**changes) -> Job:
    values = {
        "id": "a",
        "created_at": 100.0,
        "released_at": 100.0,
        "seconds": 10.0,
        "outcome": Phase.SUCCEEDED,
        "records": 1000,
        "failed_records": 10,
        "content": {},
    }
    return Job(**values | changes)


@pytest.mark.parametrize(
    ("now", "phase"),
    [
        (100.0, Phase.QUEUED),
        (101.9, Phase.QUEUED),
        (102.0, Phase.PROCESSING),
        (109.9, Phase.PROCESSING),
        (110.0, Phase.SUCCEEDED),
        (1e9, Phase.SUCCEEDED),
    ],
)
def test_a_job_is_queued_for_a_fifth_of_its_time_and_then_processed_to_the_end(now, phase):
    assert job().at(now).phase is phase


@pytest.mark.parametrize(
    ("now", "processed", "failed"), [(102, 0, 0), (104, 250, 2), (106, 500, 5), (110, 1000, 10)]
)
def test_counters_grow_linearly_to_what_was_asked_for(now, processed, failed):
    progress = job().at(now)
    assert (progress.processed, progress.failed) == (processed, failed)


def test_no_counter_ever_falls():
    polls = [job(records=7, failed_records=3).at(100 + step / 10) for step in range(120)]
    for counter in ("processed", "failed", "succeeded"):
        values = [getattr(poll, counter) for poll in polls]
        assert values == sorted(values)


@pytest.mark.parametrize("outcome", [Phase.SUCCEEDED, Phase.FAILED, Phase.CANCELLED])
def test_a_job_ends_in_its_outcome(outcome):
    assert job(outcome=outcome).at(110).phase is outcome


def test_a_job_of_zero_seconds_is_done_at_once():
    progress = job(seconds=0).at(100)
    assert (progress.phase, progress.processed) == (Phase.SUCCEEDED, 1000)


def test_a_job_nobody_has_released_stays_queued():
    assert job(released_at=None).at(1e9).phase is Phase.QUEUED


def test_a_job_of_infinite_length_stays_queued():
    assert job(seconds=float("inf")).at(1e9).phase is Phase.QUEUED


def test_a_cancelled_job_keeps_the_counters_of_that_moment():
    progress = job(cancelled_at=106).at(1e9)
    assert (progress.phase, progress.processed, progress.completed_at) == (Phase.CANCELLED, 500, 106)


def test_a_job_cancelled_in_the_queue_never_started():
    progress = job(cancelled_at=101).at(1e9)
    assert (progress.phase, progress.processed, progress.started_at) == (Phase.CANCELLED, 0, None)


def test_a_job_without_records_ends_too():
    assert job(records=0, failed_records=0).at(110).phase is Phase.SUCCEEDED


def test_an_ended_job_knows_when_it_started_and_ended():
    progress = job().at(1e9)
    assert (progress.started_at, progress.completed_at) == (102, 110)
