"""The schedule, as a pure function and over whole simulated waits."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_jobstatus.waiting.schedule import JITTER, backoff
from airflow_jobstatus.waiting.schedule import next_poll as next_poll_in
from airflow_jobstatus.waiting.state import WaitState
from airflow_jobstatus.waiting.wait import Wait

BEGAN = 1_700_000_000.0
SECONDS = st.floats(0.01, 1e5)
MAYBE = st.none() | st.floats(-1e5, 1e6)


def next_poll(
    wait: Wait, *, now: float, floor: float, retry_after: float | None = None, **remembered: Any
) -> float:
    """Give the next poll after what a wait remembers."""
    not_before = None if retry_after is None else now + retry_after
    return next_poll_in(wait, WaitState(not_before=not_before, **remembered), now, floor)


@st.composite
def waits(draw) -> Wait:
    return Wait(
        job_id=draw(st.text(min_size=1, max_size=5)),
        began=BEGAN,
        deadline=BEGAN + draw(st.floats(0, 1e6)),
        interval=draw(st.floats(0, 1e5)),
        exponential=draw(st.booleans()),
        max_interval=draw(st.none() | st.floats(0, 1e5)),
    )


@st.composite
def moments(draw) -> dict:
    return {
        "now": BEGAN + draw(st.floats(0, 1e6)),
        "floor": draw(SECONDS),
        "failures": draw(st.integers(0, 10_000)),
        "retry_after": draw(MAYBE),
        "expected_at": draw(st.none() | st.floats(BEGAN - 1e6, BEGAN + 1e7)),
    }


@settings(max_examples=200)
@given(wait=waits(), moment=moments())
def test_a_poll_is_never_below_the_floor_unless_the_deadline_is_sooner(wait, moment):
    poll = next_poll(wait, **moment)
    assert poll >= min(moment["now"] + moment["floor"], wait.deadline)


@settings(max_examples=200)
@given(wait=waits(), moment=moments())
def test_a_poll_is_never_past_the_deadline(wait, moment):
    assert next_poll(wait, **moment) <= wait.deadline


@given(wait=waits(), moment=moments())
def test_the_same_inputs_give_the_same_poll(wait, moment):
    assert next_poll(wait, **moment) == next_poll(wait, **moment)


@given(wait=waits(), moment=moments(), pause=st.floats(0.001, 1e6), failures=st.integers(1, 10_000))
def test_retry_after_a_failed_poll_wins_over_all_but_floor_and_deadline(wait, moment, pause, failures):
    poll = next_poll(wait, **{**moment, "retry_after": pause, "failures": failures})
    assert poll == min(moment["now"] + max(pause, moment["floor"]), wait.deadline)


@given(wait=waits(), moment=moments(), pause=st.floats(0.001, 1e6))
def test_retry_after_a_good_poll_is_the_least_gap(wait, moment, pause):
    healthy = {**moment, "failures": 0, "retry_after": None}
    poll = next_poll(wait, **{**healthy, "retry_after": pause})
    assert poll == min(max(next_poll(wait, **healthy), moment["now"] + pause), wait.deadline)


def test_no_poll_is_planned_past_what_an_unreachable_api_is_given():
    state = WaitState(failures=5, polled_at=BEGAN + 100, silent=40, not_before=BEGAN + 3600)
    assert next_poll_in(wait_of(10, unreachable_timeout=50), state, BEGAN + 100, 0.5) == BEGAN + 110


def test_no_poll_is_planned_past_what_a_job_that_does_not_move_is_given():
    state = WaitState(moved_at=BEGAN + 5)
    assert next_poll_in(wait_of(1000, stall_timeout=30), state, BEGAN + 10, 0.5) == BEGAN + 35


@given(failures=st.integers(1, 100_000), seed=st.text())
def test_a_backoff_is_one_second_to_sixty(failures, seed):
    assert 1 <= backoff(failures, seed) <= 60


def test_the_backoff_grows_from_one_second_towards_sixty():
    assert backoff(1, "job") == 1
    assert all(30 <= backoff(failures, "job") <= 60 for failures in range(7, 40))


def test_a_stall_draws_no_failed_poll_in_for_only_a_good_answer_can_show_one():
    state = WaitState(moved_at=BEGAN, polled_at=BEGAN + 40, failures=1, not_before=BEGAN + 340)
    assert next_poll_in(wait_of(1000, stall_timeout=30), state, BEGAN + 40, 0.5) == BEGAN + 340


def test_two_jobs_back_off_at_different_moments():
    assert len({backoff(8, f"job-{n}") for n in range(100)}) == 100


def polls(wait: Wait, floor: float = 0.5, count: int = 20) -> list[float]:
    now, seen = wait.began, []
    for _ in range(count):
        now = next_poll(wait, now=now, floor=floor)
        seen.append(now)
    return seen


def wait_of(interval: float, **more) -> Wait:
    return Wait(**{"job_id": "job", "began": BEGAN, "deadline": BEGAN + 1e9, "interval": interval, **more})


def test_the_polls_of_a_healthy_job_keep_to_the_grid_of_the_interval():
    for number, poll in enumerate(polls(wait_of(60)), start=1):
        assert 0 <= poll - (BEGAN + 60 * number) <= 60 * JITTER


@settings(max_examples=40)
@given(now=st.floats(0, 3000), interval=st.floats(30, 1000), exponential=st.booleans())
def test_whoever_takes_a_wait_over_keeps_its_grid(now, interval, exponential):
    wait = wait_of(interval, exponential=exponential, max_interval=600.0)
    grid = set()
    poll = wait.began
    while poll <= BEGAN + now + 2000:
        poll = next_poll(wait, now=poll, floor=0.5)
        grid.add(poll)
    assert next_poll(wait, now=BEGAN + now, floor=0.5) in grid


def test_an_exponential_wait_doubles_its_interval_up_to_the_most():
    slots = polls(wait_of(10, exponential=True, max_interval=80), count=8)
    gaps = [b - a for a, b in zip([BEGAN, *slots], slots, strict=False)]
    assert gaps == [pytest.approx(gap, abs=gap * 2 * JITTER) for gap in [10, 20, 40, 80, 80, 80, 80, 80]]


def test_a_plain_wait_does_not_mind_the_most_interval():
    assert polls(wait_of(60, max_interval=10), count=1)[0] >= BEGAN + 60


@pytest.mark.parametrize("interval", [0.6, 1, 7])
def test_a_short_interval_is_not_stretched_to_its_double(interval):
    slots = polls(wait_of(interval), floor=0.5, count=100)
    assert (slots[-1] - BEGAN) / 100 <= interval * 1.25


def test_two_jobs_of_one_interval_are_polled_at_different_moments():
    firsts = {polls(wait_of(60, job_id=f"job-{n}"), count=1)[0] for n in range(200)}
    assert len(firsts) == 200
    assert max(firsts) - min(firsts) > 5


def test_an_expected_end_draws_a_grown_interval_in():
    wait = wait_of(10, exponential=True)
    now = BEGAN + 5000
    assert next_poll(wait, now=now, floor=0.5, expected_at=now + 100) == pytest.approx(now + 102)


def test_an_expected_end_draws_no_poll_below_the_first_interval():
    assert next_poll(wait_of(10), now=BEGAN, floor=0.5, expected_at=BEGAN + 1) >= BEGAN + 10


@given(moment=moments())
def test_a_wait_without_end_has_a_next_poll(moment):
    assert math.isfinite(next_poll(wait_of(60), **moment))
