"""A wait under way, driven poll by poll with a clock of its own."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace

import pendulum
import pytest

from airflow_jobstatus.protocol.errors import (
    CallError,
    Layer,
    NotFoundError,
    PermanentError,
    TransientError,
    UnauthorizedError,
)
from airflow_jobstatus.protocol.job import Job, JobState
from airflow_jobstatus.protocol.vendor import Vendor
from airflow_jobstatus.vendors.elastic_path import ELASTIC_PATH
from airflow_jobstatus.vendors.geobridge import GEOBRIDGE
from airflow_jobstatus.waiting.outcome import Ending, Outcome
from airflow_jobstatus.waiting.state import WaitState
from airflow_jobstatus.waiting.verdict import conclude, describe
from airflow_jobstatus.waiting.wait import Wait
from airflow_jobstatus.waiting.watch import Watch

BEGAN = 1_700_000_000.0
WAIT = Wait(job_id="j", began=BEGAN, deadline=BEGAN + 86_400, interval=60, unreachable_timeout=600)
DOWN = TransientError("GeoBridge", "HTTP 503 Service Unavailable", job_id="j", http_status=503)
NOT_FOUND = NotFoundError("GeoBridge", "HTTP 404 Not Found: No such job.", job_id="j", http_status=404)


def job(status: str = "processing", processed: int = 640, failed: int = 2, total: int = 1000, **more) -> Job:
    state = GEOBRIDGE.state_of(status, {}) or JobState.RUNNING
    counters = {"total_records": total, "processed_records": processed, "failed_records": failed}
    values = {"total": total, "processed": processed, "failed": failed, "counters": counters, **more}
    return Job(vendor="geobridge", id="j", state=state, status=status, **values)


class Log(list):
    """The lines that a wait told, each with its level."""

    def __call__(self, level: int, line: str) -> None:
        self.append((level, line))

    @property
    def text(self) -> str:
        return "\n".join(line for _, line in self)

    def of(self, level: int) -> list[str]:
        return [line for each, line in self if each == level]


@pytest.fixture
def log() -> Log:
    return Log()


@dataclass(frozen=True)
class Declared:
    """An account whose connection teaches no words."""

    vendor: Vendor

    def knows(self, status: str) -> bool:
        return self.vendor.state_of(status, {}) is not None


@pytest.fixture
def watch(log):
    return make(log)


def make(log, wait=WAIT, vendor=GEOBRIDGE, state=None) -> Watch:
    return Watch(wait, Declared(vendor), say=log, state=state)


def restarted(watch: Watch, log: Log, vendor=GEOBRIDGE) -> Watch:
    """Give the same wait as another process takes it over, all through JSON."""
    kept = json.loads(json.dumps({"state": watch.state.to_dict(), "wait": watch.wait.to_dict()}))
    return make(log, Wait.from_dict(kept["wait"])[0], vendor, WaitState.from_dict(kept["state"])[0])


# -- faults and budgets ------------------------------------------------------------------------------------


def test_a_fault_does_not_end_the_wait_within_the_budget(watch):
    assert watch.observe(DOWN, BEGAN + 100) is None
    assert watch.observe(DOWN, BEGAN + 100 + 599) is None


def test_faults_end_the_wait_when_the_budget_is_spent(watch):
    watch.observe(DOWN, BEGAN + 100)
    assert watch.observe(DOWN, BEGAN + 100 + 600).ending is Ending.UNREACHABLE


def test_the_end_of_the_budget_tells_how_long_how_often_and_what_was_last_seen(watch):
    watch.observe(job(), BEGAN + 10)
    for second in (100, 400, 700):
        outcome = watch.observe(DOWN, BEGAN + second)
    assert outcome.message == (
        "GeoBridge job 'j': no good answer for 600 s in 3 polls (unreachable_timeout=600), "
        "last: HTTP 503 Service Unavailable. "
        "Last seen: it is processing, 640/1000 records, 64 %, 2 failed"
    )


def test_a_good_answer_gives_the_whole_budget_back(watch):
    watch.observe(DOWN, BEGAN + 100)
    watch.observe(job(), BEGAN + 650)
    watch.observe(DOWN, BEGAN + 700)
    assert watch.observe(DOWN, BEGAN + 1299) is None
    assert watch.observe(DOWN, BEGAN + 1300).ending is Ending.UNREACHABLE


def test_the_budget_goes_on_over_a_restart(watch, log):
    watch.observe(DOWN, BEGAN + 100)
    assert restarted(watch, log).observe(DOWN, BEGAN + 700).ending is Ending.UNREACHABLE


def test_the_end_of_the_budget_keeps_the_job_that_was_seen(watch):
    watch.observe(job(), BEGAN)
    watch.observe(DOWN, BEGAN + 1)
    assert watch.observe(DOWN, BEGAN + 700).job == job()


def test_after_a_fault_the_backoff_rules_and_after_an_answer_the_interval(watch):
    watch.observe(DOWN, BEGAN + 70)
    assert watch.next_poll(BEGAN + 70) == BEGAN + 71
    watch.observe(job(), BEGAN + 71)
    assert BEGAN + 120 <= watch.next_poll(BEGAN + 71) <= BEGAN + 126


def test_retry_after_is_obeyed_and_kept_over_a_restart(watch, log):
    watch.observe(TransientError("GeoBridge", "HTTP 429", retry_after=200.0), BEGAN + 10)
    assert watch.next_poll(BEGAN + 10) == BEGAN + 210
    assert restarted(watch, log).next_poll(BEGAN + 50) == BEGAN + 210


def test_retry_after_is_forgotten_with_the_next_answer(watch):
    watch.observe(TransientError("GeoBridge", "HTTP 429", retry_after=2000.0), BEGAN + 10)
    watch.observe(job(), BEGAN + 11)
    assert watch.next_poll(BEGAN + 11) < BEGAN + 100


@pytest.mark.parametrize(
    ("error", "ending"),
    [
        (PermanentError("V", "HTTP 400"), Ending.REJECTED),
        (UnauthorizedError("V", "HTTP 401"), Ending.UNAUTHORIZED),
        (TransientError("V", "refused", layer=Layer.CONNECT), None),
    ],
    ids=str,
)
def test_an_error_ends_the_wait_only_if_another_poll_would_see_the_same(watch, error: CallError, ending):
    outcome = watch.observe(error, BEGAN + 1)
    assert (outcome and outcome.ending) == ending


# -- 404 ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("vendor", [GEOBRIDGE, ELASTIC_PATH], ids=lambda vendor: vendor.conn_type)
def test_a_404_within_the_lag_is_polled_again(log, vendor):
    assert make(log, vendor=vendor).observe(NOT_FOUND, BEGAN + vendor.lag - 0.1) is None


@pytest.mark.parametrize("vendor", [GEOBRIDGE, ELASTIC_PATH], ids=lambda vendor: vendor.conn_type)
def test_a_404_after_the_lag_is_an_unknown_job(log, vendor):
    outcome = make(log, vendor=vendor).observe(NOT_FOUND, BEGAN + vendor.lag)
    assert outcome.ending is Ending.REJECTED
    assert "HTTP 404 Not Found: No such job." in outcome.message


def test_a_404_after_the_job_was_seen_says_that_it_is_gone(watch):
    watch.observe(job(), BEGAN + 10)
    outcome = watch.observe(NOT_FOUND, BEGAN + 70)
    assert outcome.ending is Ending.GONE
    assert outcome.message.startswith("GeoBridge job 'j' is gone: when last seen it is processing, 640/1000")
    assert outcome.job == job()


def test_a_404_after_a_restart_still_knows_that_the_job_was_seen(watch, log):
    watch.observe(job(), BEGAN + 10)
    assert restarted(watch, log).observe(NOT_FOUND, BEGAN + 70).ending is Ending.GONE


# -- time --------------------------------------------------------------------------------------------------


def test_the_last_poll_is_at_the_deadline(watch):
    watch.observe(job(), WAIT.deadline - 20)
    assert watch.next_poll(WAIT.deadline - 20) <= WAIT.deadline


def test_the_poll_the_deadline_ends_the_wait(watch):
    assert watch.observe(job(), WAIT.deadline).ending is Ending.TIMEOUT


def test_a_job_that_ended_by_the_last_poll_has_ended(watch):
    assert watch.observe(job("succeeded"), WAIT.deadline + 5).ending is Ending.SUCCEEDED


def test_a_timeout_tells_the_last_state_and_its_counters(watch):
    assert watch.observe(job(), WAIT.deadline).message == (
        "GeoBridge job 'j' has not ended 86400 s after the wait began (timeout=86400). "
        "Last seen: it is processing, 640/1000 records, 64 %, 2 failed"
    )


def test_a_timeout_tells_an_unknown_word_and_how_to_teach_it(watch):
    outcome = watch.observe(job("Paused"), WAIT.deadline)
    assert "nobody knows what status 'Paused' means" in outcome.message
    assert '"states": {"Paused": "failed"}' in outcome.message


def test_a_timeout_without_a_good_answer_says_so(log):
    watch = make(log, replace(WAIT, unreachable_timeout=1e9))
    outcome = watch.observe(DOWN, WAIT.deadline)
    assert outcome.ending is Ending.TIMEOUT
    assert "It was never seen; the last poll failed: HTTP 503 Service Unavailable" in outcome.message


def test_the_deadline_stays_where_it_was_over_a_restart(watch, log):
    assert restarted(watch, log).observe(job(), WAIT.deadline).ending is Ending.TIMEOUT


# -- the verdict -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "ending"),
    [
        ("queued", None),
        ("processing", None),
        ("no such word", None),
        ("succeeded", Ending.SUCCEEDED),
        ("failed", Ending.FAILED),
        ("cancelled", Ending.CANCELLED),
    ],
)
def test_a_state_ends_the_wait_in_its_own_way(status, ending):
    outcome = conclude("GeoBridge", job(status), WAIT)
    assert (outcome and outcome.ending) == ending


@pytest.mark.parametrize(
    ("limits", "failed", "total", "ending"),
    [
        ({}, 1000, 1000, Ending.SUCCEEDED),
        ({"max_failed": 0}, 0, 1000, Ending.SUCCEEDED),
        ({"max_failed": 0}, 1, 1000, Ending.TOO_MANY_FAILED),
        ({"max_failed": 5}, 5, 1000, Ending.SUCCEEDED),
        ({"max_failed": 5}, 6, 1000, Ending.TOO_MANY_FAILED),
        ({"max_failed": 5}, None, 1000, Ending.SUCCEEDED),
        ({"max_failed_ratio": 0}, 0, 1000, Ending.SUCCEEDED),
        ({"max_failed_ratio": 0}, 1, 1000, Ending.TOO_MANY_FAILED),
        ({"max_failed_ratio": 0.05}, 50, 1000, Ending.SUCCEEDED),
        ({"max_failed_ratio": 0.05}, 51, 1000, Ending.TOO_MANY_FAILED),
        ({"max_failed_ratio": 1}, 1000, 1000, Ending.SUCCEEDED),
        ({"max_failed_ratio": 0.5}, 0, 0, Ending.SUCCEEDED),
        ({"max_failed_ratio": 0.5}, 5, None, Ending.SUCCEEDED),
        ({"max_failed": 100, "max_failed_ratio": 0.01}, 50, 1000, Ending.TOO_MANY_FAILED),
    ],
)
def test_failed_records_are_judged_at_the_edge_of_the_limits(limits, failed, total, ending):
    seen = job("succeeded", 1000, failed, total)
    assert conclude("GeoBridge", seen, replace(WAIT, **limits)).ending is ending


def test_failed_records_of_a_job_that_failed_are_told_as_its_failure():
    assert (
        conclude("GeoBridge", job("failed", failed=900), replace(WAIT, max_failed=0)).ending is Ending.FAILED
    )


def test_a_failure_tells_the_vendors_own_words():
    outcome = conclude("GeoBridge", job("failed", error="No input."), WAIT)
    assert outcome.message.endswith("ended as failed, 640/1000 records, 64 %, 2 failed: No input.")


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (job(), "is processing, 640/1000 records, 64 %, 2 failed"),
        (job(failed=0), "is processing, 640/1000 records, 64 %"),
        (job(total=0, processed=0, failed=0), "is processing, 0/0 records"),
        (
            Job(vendor="v", id="1", state=JobState.RUNNING, status="x", counters={"received": 2}),
            "is x, received 2",
        ),
        (Job(vendor="v", id="1", state=JobState.FAILED, status="ERROR"), "ended as ERROR"),
    ],
)
def test_a_job_is_described_by_what_it_tells(seen, told):
    assert describe(seen) == told


# -- the log -----------------------------------------------------------------------------------------------


def test_the_first_poll_is_told_with_interval_and_deadline(watch, log):
    watch.observe(job(), BEGAN)
    [(level, line)] = log
    assert level == logging.INFO
    assert line == (
        "GeoBridge job 'j' is processing, 640/1000 records, 64 %, 2 failed; "
        "polling again about every 60 s until 2023-11-15 22:13:20 UTC at the latest"
    )


def test_a_change_of_status_is_logged_at_once(watch, log):
    watch.observe(job("queued", 0), BEGAN)
    watch.observe(job("processing", 0), BEGAN + 1)
    assert log[-1][1].endswith("(was queued)")


def test_growing_counters_are_told_but_not_at_every_poll(watch, log):
    for poll in range(1000):
        watch.observe(job(processed=poll, failed=0), BEGAN + 60 * poll)
    assert 20 < len(log) < 150
    assert "640" in log.text or "records" in log.text


@pytest.mark.parametrize("interval", [1, 10, 60])
def test_a_job_that_does_not_move_has_a_line_every_ten_minutes_and_no_more(log, interval):
    watch = make(log)
    for second in range(0, 7200, interval):
        watch.observe(job(), BEGAN + second)
    assert len(log) == pytest.approx(12, abs=1)


def test_restarts_between_all_polls_add_no_lines(watch, log):
    for poll in range(1000):
        watch = restarted(watch, log)
        watch.observe(job("Odd word", processed=poll // 10), BEGAN + 60 * poll)
    assert len(log) < 150
    assert len(log.of(logging.WARNING)) == 1


def test_an_unknown_word_has_one_warning_however_often_it_is_seen(watch, log):
    for poll in range(50):
        watch.observe(job("Paused"), BEGAN + poll)
    [line] = log.of(logging.WARNING)
    assert "'Paused'" in line


def test_two_unknown_words_have_a_warning_each(watch, log):
    for poll in range(50):
        watch.observe(job(f"Odd {poll % 2}"), BEGAN + poll)
    assert len(log.of(logging.WARNING)) == 2


def test_trouble_is_told_when_it_begins_and_when_it_is_over(watch, log):
    watch.observe(job(), BEGAN)
    for second in range(1, 60):
        watch.observe(DOWN, BEGAN + second)
    watch.observe(job(), BEGAN + 60)
    assert [level for level, _ in log] == [logging.INFO, logging.WARNING, logging.INFO]
    assert log[1][1].endswith("HTTP 503 Service Unavailable; the wait goes on, polling again")
    assert log[2][1] == "GeoBridge job 'j': good answer again after 59 s and 59 polls without one"


def test_lasting_trouble_has_a_heartbeat(log):
    watch = make(log, replace(WAIT, unreachable_timeout=7200))
    for second in range(0, 3600, 30):
        watch.observe(DOWN, BEGAN + second)
    assert len(log) == 6
    assert "giving up after 7200 s" in log[-1][1]


def test_the_summary_tells_duration_polls_and_faults(watch, log):
    watch.observe(job(), BEGAN)
    watch.observe(DOWN, BEGAN + 1)
    watch.observe(job("succeeded", 1000), BEGAN + 120)
    assert log[-1][1] == (
        "GeoBridge job 'j' ended as succeeded, 1000/1000 records, 100 %, 2 failed "
        "(after 120.0 s and 3 polls, 1 of them without a good answer)"
    )


# -- plain values ------------------------------------------------------------------------------------------

SEEN = job(
    "failed",
    error="No input.",
    created_at=pendulum.datetime(2024, 3, 18, 12, 40),
    completed_at=pendulum.datetime(2024, 3, 18, 12, 49, 12, 345678),
)


@pytest.mark.parametrize(
    "state",
    [
        WaitState(),
        WaitState(
            job=SEEN,
            polls=9,
            faults=3,
            failures=2,
            polled_at=6.5,
            silent=5.5,
            refused=(404, 3.0),
            not_before=7.5,
            pace=(1.0, 0.5),
        ),
    ],
)
def test_a_state_round_trips_through_json(state):
    assert WaitState.from_dict(json.loads(json.dumps(state.to_dict()))) == (state, frozenset())


@pytest.mark.parametrize(
    "outcome", [Outcome(ending=e, message="m", job=j) for e in Ending for j in (None, SEEN)]
)
def test_an_outcome_round_trips_through_json(outcome):
    assert Outcome.from_dict(json.loads(json.dumps(outcome.to_dict()))) == outcome


@pytest.mark.parametrize("wait", [WAIT, replace(WAIT, exponential=True, max_interval=9.0, max_failed=0)])
def test_a_wait_round_trips_through_json(wait):
    assert Wait.from_dict(json.loads(json.dumps(wait.to_dict()))) == (wait, frozenset())


def test_a_wait_names_what_it_does_not_know_and_has_defaults_for_what_is_missing():
    wait, unknown = Wait.from_dict({"job_id": "j", "began": 1.0, "deadline": 2.0, "colour": "red"})
    assert (wait, unknown) == (Wait(job_id="j", began=1.0, deadline=2.0), frozenset({"colour"}))


def test_a_state_ignores_what_it_does_not_know():
    assert WaitState.from_dict({"polls": 2, "colour": "red"}) == (WaitState(polls=2), frozenset({"colour"}))


def test_a_job_ignores_what_it_does_not_know():
    assert Job.from_dict({**SEEN.to_dict(), "colour": "red"}) == SEEN


def test_a_job_tells_its_progress_as_a_share_of_at_most_one():
    assert [job(processed=n).to_dict()["progress"] for n in (0, 500, 2000)] == [0, 0.5, 1]
