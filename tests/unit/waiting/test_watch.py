"""A wait under way, driven poll by poll with a clock of its own."""

from __future__ import annotations

import json
import logging
import math
from dataclasses import replace
from datetime import timedelta

import pendulum
import pytest

from airflow_jobstatus.protocol.errors import (
    CallError,
    InvalidConnectionError,
    Layer,
    NotFoundError,
    PermanentError,
    TransientError,
    UnauthorizedError,
)
from airflow_jobstatus.protocol.job import Job, JobState
from airflow_jobstatus.vendors import declared
from airflow_jobstatus.vendors.elastic_path import ELASTIC_PATH
from airflow_jobstatus.vendors.geobridge import GEOBRIDGE
from airflow_jobstatus.waiting.log import MOST_WORDS, time_of
from airflow_jobstatus.waiting.outcome import Ending, Outcome
from airflow_jobstatus.waiting.state import WaitState
from airflow_jobstatus.waiting.verdict import check_limits, conclude, describe
from airflow_jobstatus.waiting.wait import Wait
from airflow_jobstatus.waiting.watch import LATEST, Watch
from tests.support.source import Account

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

    def __call__(self, level: int, event: str, **fields) -> None:
        self.append((level, event))
        self.fields = fields

    @property
    def text(self) -> str:
        return "\n".join(line for _, line in self)

    def of(self, level: int) -> list[str]:
        return [line for each, line in self if each == level]


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def watch(log):
    return make(log)


def make(log, wait=WAIT, vendor=GEOBRIDGE, state=None, **more) -> Watch:
    return Watch(wait, Account(vendor), say=log, state=state, **more)


def restarted(watch: Watch, log: Log, vendor=GEOBRIDGE) -> Watch:
    """Give the same wait as another process takes it over, all through JSON."""
    kept = json.loads(json.dumps({"state": watch.state.to_dict(), "wait": watch.wait.to_dict()}))
    return make(log, Wait.from_dict(kept["wait"])[0], vendor, WaitState.from_dict(kept["state"])[0])


# -- faults and budgets ------------------------------------------------------------------------------------


def test_a_fault_does_not_end_the_wait_within_the_budget(watch):
    assert watch.observe(DOWN, BEGAN + 100) is None
    assert watch.observe(DOWN, BEGAN + 100 + 599) is None


def down(watch: Watch, now: float, until: float = math.inf) -> tuple[Outcome | None, float]:
    """Have every poll fail, each when it is planned; give the outcome and when it came."""
    outcome = watch.observe(DOWN, now)
    while outcome is None and (planned := watch.next_poll(now)) < until:
        now = planned
        outcome = watch.observe(DOWN, now)
    return outcome, now


def test_faults_end_the_wait_when_the_budget_is_spent(watch):
    outcome, now = down(watch, BEGAN + 100)
    assert outcome.ending is Ending.UNREACHABLE
    assert now == pytest.approx(BEGAN + 100 + 600)


def test_time_without_polls_is_no_time_without_answers(watch):
    watch.observe(DOWN, BEGAN + 100)
    assert watch.observe(DOWN, BEGAN + 7300) is None


def test_the_time_that_a_poll_takes_counts_in_full(watch):
    watch.observe(DOWN, BEGAN + 300, took=300)
    assert watch.observe(DOWN, BEGAN + 602, took=300).ending is Ending.UNREACHABLE


def test_the_pause_between_two_processes_counts_in_full(log):
    watch = make(log, replace(WAIT, apart=300))
    for polls in range(2):
        assert watch.observe(DOWN, BEGAN + 300 * polls) is None
    assert watch.observe(DOWN, BEGAN + 600).ending is Ending.UNREACHABLE


def test_a_late_poll_counts_as_the_one_that_was_planned(watch):
    watch.observe(DOWN, BEGAN + 100)
    watch.observe(DOWN, BEGAN + 7300)
    assert watch.state.silent == 1 + LATEST


def test_the_end_of_the_budget_says_how_long_how_often_and_what_was_last_seen(watch):
    watch.observe(job(), BEGAN + 10)
    outcome, _ = down(watch, BEGAN + 100)
    polls = watch.state.failures
    assert outcome.message == (
        f"GeoBridge job 'j': no good answer for 600 s in {polls} polls (unreachable_timeout=600), "
        "last: HTTP 503 Service Unavailable. "
        "Last seen: it is processing, 64 %, 640/1000 records, 2 failed"
    )


def test_a_good_answer_gives_the_whole_budget_back(watch):
    assert down(watch, BEGAN + 100, until=BEGAN + 650)[0] is None
    watch.observe(job(), BEGAN + 650)
    outcome, now = down(watch, BEGAN + 700)
    assert outcome.ending is Ending.UNREACHABLE
    assert now == pytest.approx(BEGAN + 700 + 600)


def test_the_budget_goes_on_over_a_restart(watch, log):
    _, now = down(watch, BEGAN + 100, until=BEGAN + 400)
    again = restarted(watch, log)
    assert down(again, again.next_poll(now))[1] == pytest.approx(BEGAN + 700)


def test_the_end_of_the_budget_keeps_the_job_that_was_seen(watch):
    watch.observe(job(), BEGAN)
    assert down(watch, BEGAN + 1)[0].job == job()


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
    watch.observe(NOT_FOUND, BEGAN + 70)
    outcome = watch.observe(NOT_FOUND, BEGAN + 80)
    assert outcome.ending is Ending.GONE
    assert outcome.message.startswith(
        "GeoBridge job 'j' no longer exists (HTTP 404 Not Found: No such job.). "
        f"Last seen at {time_of(BEGAN + 10)}: it is processing, 64 %, 640/1000 records"
    )
    assert outcome.job == job()


def test_one_404_after_the_job_was_seen_is_not_believed(watch):
    watch.observe(job(), BEGAN + 10)
    assert watch.observe(NOT_FOUND, BEGAN + 70) is None


@pytest.mark.parametrize("vendor", [GEOBRIDGE, ELASTIC_PATH], ids=lambda vendor: vendor.conn_type)
def test_a_404_is_believed_once_it_has_been_repeated_for_the_lag(log, vendor):
    watch = make(log, vendor=vendor)
    watch.observe(job(), BEGAN + 10)
    watch.observe(NOT_FOUND, BEGAN + 70)
    assert watch.observe(NOT_FOUND, BEGAN + 70 + vendor.lag - 0.1) is None
    assert watch.observe(NOT_FOUND, BEGAN + 70 + vendor.lag).ending is Ending.GONE


def test_a_good_answer_forgets_a_404(watch):
    watch.observe(job(), BEGAN + 10)
    watch.observe(NOT_FOUND, BEGAN + 70)
    watch.observe(job(), BEGAN + 75)
    assert watch.observe(NOT_FOUND, BEGAN + 200) is None


@pytest.mark.parametrize("code", [400, 405, 409, 422])
def test_a_refusal_is_believed_when_the_vendor_repeats_it(watch, code):
    refusal = PermanentError("V", f"HTTP {code}", http_status=code)
    watch.observe(job(), BEGAN + 10)
    assert watch.observe(refusal, BEGAN + 70) is None
    assert watch.observe(refusal, BEGAN + 71).ending is Ending.REJECTED


@pytest.mark.parametrize("kind", [PermanentError, UnauthorizedError, NotFoundError])
def test_a_foreign_page_never_ends_a_wait_that_had_a_good_answer(watch, kind):
    page = kind("V", "HTTP 404 page titled 'default backend'", http_status=404, from_vendor=False)
    watch.observe(job(), BEGAN + 10)
    for second in range(70, 600, 20):
        assert watch.observe(page, BEGAN + second) is None


@pytest.mark.parametrize("kind", [PermanentError, UnauthorizedError, NotFoundError])
def test_a_foreign_page_never_ends_a_wait_on_an_account_that_had_a_good_answer(log, kind):
    watch = Watch(WAIT, Account(GEOBRIDGE, is_proven=True), say=log)
    page = kind("V", "HTTP 404 page titled 'default backend'", http_status=404, from_vendor=False)
    assert watch.observe(page, BEGAN + 70) is None


@pytest.mark.parametrize("kind", [PermanentError, UnauthorizedError, NotFoundError])
def test_a_foreign_page_never_ends_a_wait_that_another_process_began(log, kind):
    watch = Watch(WAIT, Account(GEOBRIDGE), say=log, joined=BEGAN + 3600)
    page = kind("V", "HTTP 404 page titled 'default backend'", http_status=404, from_vendor=False)
    assert watch.observe(page, BEGAN + 3601) is None


@pytest.mark.parametrize("kind", [PermanentError, UnauthorizedError])
def test_before_the_first_good_answer_a_refusal_is_what_it_says(watch, kind):
    assert watch.observe(kind("V", "HTTP 400", http_status=400, from_vendor=False), BEGAN + 1) is not None


def test_a_process_that_joins_late_wants_a_refusal_to_be_repeated(log):
    watch = make(log, WAIT, joined=BEGAN + 7200)
    refusal = PermanentError("V", "HTTP 400", http_status=400, from_vendor=True)
    assert watch.observe(refusal, BEGAN + 7200) is None
    assert watch.observe(refusal, BEGAN + 7202).ending is Ending.REJECTED


def test_a_rescheduled_process_takes_a_foreign_page_for_a_fault_of_the_way(log):
    watch = make(log, WAIT, resumed=True)
    page = PermanentError("V", "HTTP 404", http_status=404, from_vendor=False)
    assert watch.observe(page, BEGAN + 20) is None


def test_a_credential_that_is_refused_is_refused_at_once(watch):
    watch.observe(job(), BEGAN + 10)
    refusal = UnauthorizedError("V", "HTTP 401", http_status=401)
    assert watch.observe(refusal, BEGAN + 70).ending is Ending.UNAUTHORIZED


def test_an_outage_of_a_job_that_stands_still_ends_as_one(log):
    watch = stalling(log)
    watch.observe(job(), BEGAN)
    now, outcome = BEGAN, None
    while outcome is None and now < BEGAN + 86_400:
        now = max(watch.next_poll(now), now + 0.5)
        outcome = watch.observe(DOWN, now)
    assert outcome.ending is Ending.UNREACHABLE
    assert watch.state.polls < 100


def test_a_line_has_its_numbers_as_fields(watch, log):
    watch.observe(job(), BEGAN + 10)
    numbers = {name: log.fields[name] for name in ("processed", "total", "progress")}
    assert numbers == {"processed": 640, "total": 1000, "progress": 0.64}


def test_a_share_of_nobody_knows_how_many_records_is_refused():
    vendor = declared({"path": "/jobs/{id}", "counters": {"failed": "bad"}})
    with pytest.raises(InvalidConnectionError, match="not how many there are in all"):
        check_limits(vendor, replace(WAIT, max_failed_ratio=0.1))


# -- stall -------------------------------------------------------------------------------------------------


def stalling(log, **more) -> Watch:
    return make(log, replace(WAIT, stall_timeout=300, **more))


def test_a_job_that_does_not_move_ends_its_wait(log):
    watch = stalling(log)
    assert watch.observe(job(), BEGAN + 10) is None
    assert watch.observe(job(), BEGAN + 309) is None
    outcome = watch.observe(job(), BEGAN + 310)
    assert outcome.ending is Ending.STALLED
    assert "has not moved for 300 s (stall_timeout=300)" in outcome.message


@pytest.mark.parametrize(
    "moved",
    [job("queued"), job(processed=641), job(updated_at=pendulum.datetime(2026, 1, 2))],
    ids=["status", "counters", "updated_at"],
)
def test_a_job_that_moves_does_not_stall(log, moved):
    watch = stalling(log)
    watch.observe(job(), BEGAN + 10)
    watch.observe(moved, BEGAN + 300)
    assert watch.observe(moved, BEGAN + 599) is None


def test_a_stall_goes_on_over_a_restart(log):
    watch = stalling(log)
    watch.observe(job(), BEGAN + 10)
    assert restarted(watch, log).observe(job(), BEGAN + 310).ending is Ending.STALLED


def test_a_stall_is_polled_for_when_it_is_due(log):
    watch = stalling(log, interval=3600)
    watch.observe(job(), BEGAN + 10)
    assert watch.next_poll(BEGAN + 10) == BEGAN + 310


# -- restarts ----------------------------------------------------------------------------------------------


def test_after_a_restart_nothing_is_said_of_what_no_process_saw(watch, log):
    watch.observe(job("queued"), BEGAN + 10)
    again = restarted(watch, log)
    again.observe(job("processing", processed=480), BEGAN + 3000)
    assert log[-1][1].startswith(
        "48 %, 480/1000 records, 2 failed, processing; the wait goes on after a restart"
    )


def test_after_a_restart_the_closing_line_counts_no_polls(watch, log):
    watch.observe(job("queued"), BEGAN + 10)
    again = restarted(watch, log)
    again.observe(job("succeeded"), BEGAN + 3000)
    assert log[-1][1].endswith("2 failed, after 3000.0 s - GeoBridge job 'j'")


def test_a_404_after_a_restart_still_knows_that_the_job_was_seen(watch, log):
    watch.observe(job(), BEGAN + 10)
    watch.observe(NOT_FOUND, BEGAN + 70)
    assert restarted(watch, log).observe(NOT_FOUND, BEGAN + 81).ending is Ending.GONE


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
        "Last seen: it is processing, 64 %, 640/1000 records, 2 failed"
    )


def test_a_timeout_of_a_wait_that_no_triggerer_took_in_time_says_so(log):
    wait = replace(WAIT, deadline=BEGAN + 60)
    outcome = Watch(wait, Account(GEOBRIDGE), say=log, joined=BEGAN + 134).observe(job(), BEGAN + 135)
    assert outcome.message.endswith("; first polled 75 s after its deadline: no triggerer or worker had room")


def test_a_timeout_of_a_wait_that_was_polled_before_says_that_it_was_not_polled_in_time(log):
    polled = make(log, replace(WAIT, deadline=BEGAN + 60))
    polled.observe(job(), BEGAN)
    later = Watch(polled.wait, Account(GEOBRIDGE), say=log, state=polled.state, joined=BEGAN + 134)
    message = later.observe(job(), BEGAN + 135).message
    assert message.endswith("; polled again only 75 s after its deadline: no triggerer or worker had room")


def test_a_timeout_of_a_wait_that_was_taken_on_in_time_blames_nobody(log):
    watch = Watch(WAIT, Account(GEOBRIDGE), say=log, joined=BEGAN)
    assert "had room" not in watch.observe(job(), WAIT.deadline + 2 * LATEST).message


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
    assert outcome.message.endswith("failed, 64 %, 640/1000 records, 2 failed: No input.")


def test_a_failure_without_a_reason_says_so():
    outcome = conclude("Courier", Job(vendor="v", id="1", state=JobState.FAILED, status="ERROR"), WAIT)
    assert outcome.message == "Courier job '1' failed (status ERROR): Courier gives no reason"


@pytest.mark.parametrize(
    ("limits", "broken"),
    [
        ({"max_failed_ratio": 0.01}, "20 of 1000 records (2 %) failed: over max_failed_ratio=0.01"),
        ({"max_failed": 19}, "20 of 1000 records (2 %) failed: over max_failed=19"),
    ],
)
def test_too_many_failed_records_are_put_into_one_sentence(limits, broken):
    outcome = conclude("GeoBridge", job("succeeded", 1000, 20, 1000), replace(WAIT, **limits))
    assert outcome.message == f"GeoBridge job 'j' succeeded, but {broken}"


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (job(), "is processing, 64 %, 640/1000 records, 2 failed"),
        (job(failed=0), "is processing, 64 %, 640/1000 records"),
        (job(total=0, processed=0, failed=0), "is processing, 0/0 records"),
        (
            Job(vendor="v", id="1", state=JobState.RUNNING, status="x", counters={"received": 2}),
            "is x, received 2",
        ),
        (Job(vendor="v", id="1", state=JobState.FAILED, status="ERROR"), "failed (status ERROR)"),
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
        "64 %, 640/1000 records, 2 failed, processing; "
        "polling again about every 60 s until 2023-11-15 22:13:20 UTC at the latest - GeoBridge job 'j'"
    )


@pytest.mark.parametrize("timeout", [timedelta.max.total_seconds(), 1e15, 1e300])
def test_a_deadline_beyond_the_calendar_is_logged_as_its_last_second(log, timeout):
    make(log, replace(WAIT, deadline=BEGAN + timeout)).observe(job(), BEGAN)
    assert "until 9999-12-31 23:59:59 UTC at the latest - " in log[-1][1]


def test_a_change_of_status_is_logged_at_once(watch, log):
    watch.observe(job("queued", 0), BEGAN)
    watch.observe(job("processing", 0), BEGAN + 1)
    assert "processing (was queued) - " in log[-1][1]


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


def test_a_word_that_counts_has_a_bounded_number_of_warnings(watch, log):
    for poll in range(500):
        watch.observe(job(f"step {poll} of 500"), BEGAN + poll)
    assert len(log.of(logging.WARNING)) == MOST_WORDS


def test_trouble_is_told_when_it_begins_and_when_it_is_over(watch, log):
    watch.observe(job(), BEGAN)
    for second in range(1, 60):
        watch.observe(DOWN, BEGAN + second)
    watch.observe(job(), BEGAN + 60)
    assert [level for level, _ in log] == [logging.INFO, logging.WARNING, logging.INFO]
    assert log[1][1].startswith("HTTP 503 Service Unavailable; retrying until 2023-11-14 22:23:21 UTC - ")
    assert log[2][1] == "good answer again, after 59 polls without one - GeoBridge job 'j'"


def test_lasting_trouble_has_a_heartbeat(log):
    watch = make(log, replace(WAIT, unreachable_timeout=7200))
    down(watch, BEGAN, until=BEGAN + 3600)
    assert len(log) == 6
    assert "; retrying until " in log[-1][1]


def test_the_summary_tells_duration_polls_and_faults(watch, log):
    watch.observe(job(), BEGAN)
    watch.observe(DOWN, BEGAN + 1)
    watch.observe(job("succeeded", 1000), BEGAN + 120)
    assert log[-1][1] == (
        "succeeded, 100 %, 1000/1000 records, 2 failed, after 120.0 s and 3 polls, "
        "1 of them without a good answer - GeoBridge job 'j'"
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
    for strange in ({"counters": None}, {"outputs": None}, {"progress": "half"}, {"status": ["x"]}):
        kept = {"polls": 2, "job": {**SEEN.to_dict(), **strange}}
        assert WaitState.from_dict(kept) == (WaitState(polls=2), frozenset({"job"}))
    assert WaitState.from_dict({"polls": 2, "colour": "red"}) == (WaitState(polls=2), frozenset({"colour"}))


def test_a_job_ignores_what_it_does_not_know():
    assert Job.from_dict({**SEEN.to_dict(), "colour": "red"}) == SEEN


def test_a_job_tells_its_progress_as_a_share_of_at_most_one():
    assert [job(processed=n).to_dict()["progress"] for n in (0, 500, 2000)] == [0, 0.5, 1]
