"""Which job is due and who waits for it: pure, so no test here has an event loop."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import pytest

from airflow_jobstatus.polling.agenda import Agenda, Entry, Waiter
from airflow_jobstatus.protocol.errors import TransientError
from airflow_jobstatus.protocol.job import Job, JobState
from airflow_jobstatus.vendors.geobridge import GEOBRIDGE
from airflow_jobstatus.waiting.outcome import Outcome
from airflow_jobstatus.waiting.wait import Wait
from airflow_jobstatus.waiting.watch import Watch

NOW = 1_700_000_000.0
DOWN = TransientError("GeoBridge", "HTTP 503")


class Account:
    vendor = GEOBRIDGE
    is_proven = False

    def knows(self, _status: str) -> bool:
        return True


@dataclass
class Ended:
    """Takes the end of one wait."""

    outcomes: list[Outcome | BaseException] = field(default_factory=list)

    def __call__(self, outcome: Outcome | BaseException) -> None:
        self.outcomes.append(outcome)


def job(job_id: str, state: JobState = JobState.RUNNING) -> Job:
    return Job(vendor="geobridge", id=job_id, state=state, status=state.value)


def waiter(job_id: str, *, interval: float = 10, began: float = NOW, say=lambda *_, **__: None) -> Waiter:
    wait = Wait(job_id=job_id, began=began, deadline=NOW + 3600, interval=interval)
    return Waiter(Watch(wait, Account(), say=say), Ended())


@pytest.fixture
def agenda() -> Agenda:
    return Agenda()


def joined(agenda: Agenda, *job_ids: str, **more) -> list[Waiter]:
    waiters = [waiter(job_id, **more) for job_id in job_ids]
    for one in waiters:
        agenda.join(one, NOW)
    return waiters


def first(agenda: Agenda) -> Entry:
    entry = agenda.due(NOW + 3600)
    assert entry is not None
    return entry


def test_an_empty_agenda_has_nothing_due(agenda):
    assert (len(agenda), agenda.first_due, agenda.due(NOW + 1e9)) == (0, math.inf, None)


def test_a_job_is_due_an_interval_after_its_wait_began(agenda):
    joined(agenda, "a")
    assert NOW + 10 <= agenda.first_due <= NOW + 11


def test_a_job_is_not_due_before_its_time(agenda):
    joined(agenda, "a")
    assert agenda.due(agenda.first_due - 0.001) is None


def test_the_job_that_has_been_due_for_longest_comes_first(agenda):
    joined(agenda, "late", interval=20)
    joined(agenda, "soon", interval=5)
    assert first(agenda).job_id == "soon"


def test_a_job_that_is_taken_is_due_for_nobody_else(agenda):
    joined(agenda, "a")
    agenda.take(first(agenda))
    assert agenda.due(NOW + 3600) is None


def test_taking_a_job_returns_when_it_was_due(agenda):
    joined(agenda, "a")
    due = agenda.first_due
    assert agenda.take(first(agenda)) == due


def test_two_waits_for_a_job_are_one_entry(agenda):
    joined(agenda, "a", "a", "b")
    assert [(entry.job_id, len(entry.waiters)) for entry in agenda] == [("a", 2), ("b", 1)]


def test_a_wait_that_joins_draws_the_next_poll_forward_if_it_is_quicker(agenda):
    joined(agenda, "a", interval=100)
    joined(agenda, "a", interval=5)
    assert agenda.first_due <= NOW + 6


def test_a_wait_that_joins_does_not_put_a_poll_off(agenda):
    joined(agenda, "a", interval=5)
    due = agenda.first_due
    joined(agenda, "a", interval=100)
    assert agenda.first_due == due


def test_a_wait_that_joins_a_job_in_flight_plans_nothing(agenda):
    joined(agenda, "a")
    agenda.take(first(agenda))
    joined(agenda, "a")
    assert agenda.first_due == math.inf


def test_the_last_waiter_takes_its_job_along(agenda):
    one, two = joined(agenda, "a", "a")
    agenda.leave(one)
    assert len(agenda) == 1
    agenda.leave(two)
    assert (len(agenda), agenda.due(NOW + 3600)) == (0, None)


def test_leaving_twice_harms_nobody(agenda):
    one, _ = joined(agenda, "a", "a")
    agenda.leave(one)
    agenda.leave(one)
    assert len(agenda) == 1


def test_what_was_seen_reaches_every_waiter(agenda):
    waiters = joined(agenda, "a", "a")
    entry = first(agenda)
    agenda.take(entry)
    agenda.deliver(entry, job("a", JobState.SUCCEEDED), NOW + 10)
    assert [[outcome.ending for outcome in one.end.outcomes] for one in waiters] == [["succeeded"]] * 2


def test_a_job_that_goes_on_is_planned_an_interval_on(agenda):
    joined(agenda, "a")
    entry = first(agenda)
    agenda.take(entry)
    agenda.deliver(entry, job("a"), NOW + 10.5)
    assert NOW + 20 <= agenda.first_due <= NOW + 21


def test_after_a_failed_poll_the_backoff_plans(agenda):
    joined(agenda, "a", interval=1000)
    entry = first(agenda)
    agenda.take(entry)
    agenda.deliver(entry, DOWN, NOW + 1000)
    assert agenda.first_due == NOW + 1001


def test_a_job_that_was_seen_early_keeps_its_slot(agenda):
    joined(agenda, "a")
    entry = first(agenda)
    slot = agenda.take(entry)
    agenda.deliver(entry, job("a"), NOW + 2)
    assert slot < agenda.first_due <= NOW + 12


def test_a_mistake_of_one_wait_ends_that_wait_alone(agenda):
    def broken(*_: object, **__: object) -> None:
        raise OSError("the log is full")

    [bad] = joined(agenda, "a", say=broken)
    [good] = joined(agenda, "a")
    agenda.deliver(first(agenda), job("a"), NOW + 10)
    assert [type(outcome) for outcome in bad.end.outcomes] == [OSError]
    assert (good.end.outcomes, len(agenda)) == ([], 1)


def test_a_wait_whose_time_is_over_ends_as_a_timeout(agenda):
    [one] = joined(agenda, "a")
    agenda.expire(one, NOW + 3600)
    assert [outcome.ending for outcome in one.end.outcomes] == ["timeout"]
    assert len(agenda) == 0


def test_a_mistake_in_a_poll_ends_the_waits_for_its_jobs_alone(agenda):
    bad, good = joined(agenda, "a", "b")
    agenda.fail([entry for entry in agenda if entry.job_id == "a"], ZeroDivisionError())
    assert ([type(outcome) for outcome in bad.end.outcomes], good.end.outcomes) == ([ZeroDivisionError], [])


def test_after_the_clock_was_set_back_everything_is_due_sooner(agenda):
    joined(agenda, "a", "b")
    due = agenda.first_due
    agenda.bring_forward(3600)
    assert agenda.first_due == due - 3600


def test_what_is_in_flight_when_the_clock_is_set_back_stays_in_flight(agenda):
    joined(agenda, "a")
    agenda.take(first(agenda))
    agenda.bring_forward(3600)
    assert agenda.first_due == math.inf


def test_after_a_pause_of_the_account_a_job_that_it_put_off_is_polled_within_an_interval(agenda):
    joined(agenda, "a")
    entry = first(agenda)
    agenda.take(entry)
    agenda.deliver(entry, TransientError("GeoBridge", "HTTP 503", retry_after=1800), NOW + 10)
    agenda.hasten(NOW + 20)
    assert entry.due == NOW + 30


def test_after_a_pause_of_the_account_a_pause_that_a_good_answer_asked_for_goes_on(agenda):
    joined(agenda, "a")
    entry = first(agenda)
    agenda.take(entry)
    agenda.deliver(entry, replace(job("a"), retry_after=1800), NOW + 10)
    agenda.hasten(NOW + 20)
    assert entry.due == NOW + 1810


def test_plans_that_are_out_of_date_are_dropped(agenda):
    waiters = joined(agenda, *map(str, range(100)))
    for one in waiters:
        agenda.leave(one)
    assert (agenda.due(NOW + 3600), agenda.planned) == (None, 0)


@pytest.mark.parametrize(("before", "answered"), [(60, True), (0.4, False), (0.0, False)])
def test_a_pause_answers_no_wait_that_has_no_time_for_another_poll(agenda, before, answered):
    (waiting,) = joined(agenda, "a")
    deadline = waiting.watch.wait.deadline
    agenda.answer_due(DOWN, deadline - before)
    assert waiting.watch.is_failing == answered
    assert waiting.end.outcomes == []


def test_a_pause_that_is_asked_for_with_a_good_answer_holds_though_a_slot_lies_ahead(agenda):
    joined(agenda, "a", interval=60)
    joined(agenda, "a", interval=10)  # brings the poll forward, and leaves the slot
    entry = first(agenda)
    agenda.take(entry)
    agenda.deliver(entry, replace(job("a"), retry_after=300), NOW + 10)
    assert entry.due == NOW + 310
