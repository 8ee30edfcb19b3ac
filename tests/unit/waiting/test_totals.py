"""What the jobs of one wait add up to."""

from __future__ import annotations

from airflow_jobstatus.protocol.job import Job, JobState
from airflow_jobstatus.waiting.totals import Totals


def job(job_id: str, **more) -> Job:
    return Job(vendor="acme", id=job_id, state=JobState.RUNNING, status="running", **more)


def test_a_job_that_is_given_twice_counts_once():
    seen = job("a", total=10, processed=5, counters={"done": 5})
    assert Totals.of([seen, seen]) == Totals(counters={"done": 5}, total=10, processed=5, progress=0.5)


def test_what_no_job_counts_is_unknown():
    assert Totals.of([job("a"), job("b")]) == Totals()


def test_jobs_of_different_size_weigh_by_their_records():
    assert Totals.of([job("a", total=90, processed=0), job("b", total=10, processed=10)]).progress == 0.1


def test_jobs_that_say_a_share_alone_weigh_alike():
    assert Totals.of([job("a", share=0.25), job("b", share=0.75)]).progress == 0.5


def test_one_job_that_does_not_say_leaves_the_whole_unknown():
    assert Totals.of([job("a", share=0.25), job("b")]).progress is None


def test_a_job_that_was_never_seen_leaves_the_whole_unknown():
    assert Totals.of([job("a", total=10, processed=5), None]).progress is None
