"""When a request may go: the gate only counts, so the tests tell it the time."""

from __future__ import annotations

from itertools import pairwise

import pytest

from airflow_jobstatus.polling.throttle import CALM, SLOWEST, Gate
from airflow_jobstatus.protocol.errors import NotFoundError, TransientError

RATE = 10.0
MOMENT = 1e-6
"""The least step of the clock, which a delay too small to be told from none would not move."""


def fault(status: int | None = 503, retry_after: float | None = None) -> TransientError:
    return TransientError("Acme", "out of order", http_status=status, retry_after=retry_after)


class Door:
    """A gate and the time at it."""

    def __init__(self, rate: float = RATE) -> None:
        self.now = 1000.0
        self.gate = Gate(rate, "acme_default", self.now)

    def passed(self, seconds: float) -> int:
        """Let requests through as they may go, each answered well at once; give how many went."""
        count, end = 0, self.now + seconds
        while (delay := self.gate.delay(self.now)) <= end - self.now:
            if delay:
                self.now += max(delay, MOMENT)
            else:
                self.ask()
                count += 1
        self.now = end
        return count

    def ask(self, error: Exception | None = None) -> None:
        self.gate.enter(self.now)
        self.gate.leave(error, self.now)

    def ask_when_open(self, error: Exception | None = None) -> float:
        """Wait as long as the gate asks, then ask; give how long that was."""
        delay = self.gate.delay(self.now)
        self.now += delay
        self.ask(error)
        return delay

    @property
    def delay(self) -> float:
        return self.gate.delay(self.now)

    @property
    def is_closed(self) -> bool:
        return self.gate.closed_by(self.now) is not None


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.mark.parametrize("rate", [0.5, 1, 10, 1000])
def test_no_more_requests_go_than_the_rate_allows(rate):
    assert Door(rate).passed(20) == pytest.approx(20 * rate, abs=1 + rate / 10)


def test_in_no_second_go_many_more_than_the_rate(door):
    door.now += 3600
    assert door.passed(1) <= RATE + 1


def test_a_tenth_of_a_second_s_worth_may_go_at_once():
    door = Door(100)
    at_once = 0
    while not door.delay:
        door.ask()
        at_once += 1
    assert at_once == 10


def test_the_next_request_may_go_when_its_token_has_come(door):
    door.ask()
    assert door.delay == pytest.approx(1 / RATE)


def test_a_rate_that_is_set_holds_at_once(door):
    door.gate.set_rate(1)
    assert door.passed(10) <= 11


def test_a_rate_that_is_set_again_changes_nothing(door):
    door.ask_when_open(fault(429))
    door.now += 60
    slowed = Door(RATE)
    slowed.gate.set_rate(RATE)
    door.gate.set_rate(RATE)
    assert door.passed(1) < slowed.passed(1)


@pytest.mark.parametrize(
    "error",
    [fault(500), fault(503), fault(None), NotFoundError("Acme", "none")],
    ids=["500", "503", "no answer", "404"],
)
def test_one_failure_does_not_close_it(door, error):
    door.ask_when_open(error)
    assert not door.is_closed


def test_two_failures_in_a_row_do_not_close_it(door):
    door.ask_when_open(fault())
    door.ask_when_open(fault())
    assert not door.is_closed


def test_three_failures_in_a_row_close_it(door):
    for _ in range(3):
        door.ask_when_open(fault())
    assert door.is_closed


def test_a_good_answer_between_failures_keeps_it_open(door):
    for error in [fault(), fault(), None] * 10:
        door.ask_when_open(error)
    assert not door.is_closed


def test_an_answer_that_is_no_outage_counts_as_good(door):
    for error in [fault(), fault(), NotFoundError("Acme", "none"), fault()]:
        door.ask_when_open(error)
    assert not door.is_closed


@pytest.mark.parametrize(
    "error", [fault(429), fault(503, retry_after=2)], ids=["429", "503 with Retry-After"]
)
def test_what_asks_to_pause_closes_it_at_once(door, error):
    door.ask(error)
    assert door.is_closed


@pytest.mark.parametrize("seconds", [0.25, 7, 3600])
def test_retry_after_is_obeyed_to_the_moment(door, seconds):
    door.ask(fault(429, retry_after=seconds))
    assert door.delay == pytest.approx(seconds)


def test_a_shorter_retry_after_does_not_open_it_sooner(door):
    door.gate.enter(door.now)
    door.gate.enter(door.now)
    door.gate.leave(fault(429, retry_after=60), door.now)
    door.gate.leave(fault(429, retry_after=1), door.now)
    assert door.delay == pytest.approx(60)


def test_a_good_answer_during_a_pause_does_not_open_it_sooner(door):
    door.gate.enter(door.now)
    door.gate.enter(door.now)
    door.gate.leave(fault(429, retry_after=60), door.now)
    door.gate.leave(None, door.now + 1)
    assert door.delay == pytest.approx(60)


def test_while_it_is_closed_it_tells_why_and_for_how_long(door):
    door.ask(fault(429, retry_after=60))
    door.now += 20
    error = door.gate.closed_by(door.now)
    assert (error.reason, error.http_status, error.retry_after) == ("out of order", 429, pytest.approx(40))


def test_one_request_goes_first_after_a_pause(door):
    door.ask(fault(429, retry_after=60))
    door.now += 60
    door.gate.enter(door.now)
    assert door.gate.delay(door.now + 30) == float("inf")


def test_its_good_answer_lets_the_others_follow(door):
    door.ask(fault(429, retry_after=60))
    door.now += 60
    door.ask()
    assert door.passed(60) > 100


def test_its_bad_answer_closes_it_again(door):
    door.ask(fault(429, retry_after=60))
    door.now += 60
    door.ask(fault(500))
    assert door.is_closed


def test_after_a_pause_not_all_that_is_overdue_goes_at_once(door):
    for _ in range(3):
        door.ask_when_open(fault())
    door.ask_when_open()
    assert door.passed(0.05) <= 1


def test_pauses_grow_from_one_second_to_sixty(door):
    for _ in range(3):
        door.ask_when_open(fault())
    pauses = [door.ask_when_open(fault()) for _ in range(12)]
    assert all(1 <= pause <= 60 for pause in pauses)
    assert pauses[0] <= 1.01
    assert pauses[-1] >= 30
    assert all(later > pause * 0.7 for pause, later in pairwise(pauses))


def test_after_a_good_answer_pauses_begin_anew(door):
    for _ in range(8):
        door.ask_when_open(fault())
    door.ask_when_open()
    for _ in range(3):
        door.ask_when_open(fault())
    assert door.delay <= 1.01


def test_failures_that_come_in_during_a_pause_do_not_lengthen_the_next(door):
    for _ in range(30):
        door.gate.enter(door.now)
    for _ in range(30):
        door.gate.leave(fault(), door.now)
    assert door.ask_when_open(fault()) <= 1.01
    assert door.delay <= 2.01


def test_a_429_halves_the_rate(door):
    door.ask(fault(429, retry_after=1))
    door.now += 1
    door.ask()
    assert door.delay == pytest.approx(2 / RATE, rel=0.1)


def test_an_outage_leaves_the_rate_alone(door):
    for _ in range(3):
        door.ask_when_open(fault())
    door.ask_when_open()
    assert door.delay == pytest.approx(1 / RATE)


def test_many_429s_of_one_pause_halve_the_rate_once(door):
    for _ in range(5):
        door.gate.enter(door.now)
    for _ in range(5):
        door.gate.leave(fault(429, retry_after=1), door.now)
    door.now += 1
    door.ask()
    assert door.delay == pytest.approx(2 / RATE, rel=0.1)


def test_a_request_that_is_refused_after_a_pause_does_not_slow_the_rest_down(door):
    for _ in range(20):
        door.ask_when_open(fault(429, retry_after=1))
    door.ask_when_open()
    assert door.delay == pytest.approx(2 / RATE, rel=0.1)


def test_the_rate_recovers_below_the_one_that_was_refused(door):
    door.ask(fault(429, retry_after=1))
    door.passed(CALM / 2)
    assert 0.8 * RATE <= door.passed(10) / 10 <= 0.9 * RATE + 0.1


def test_the_rate_recovers_whole_when_it_has_been_calm(door):
    door.ask(fault(429, retry_after=1))
    door.passed(2 * CALM)
    assert door.passed(10) / 10 == pytest.approx(RATE, abs=0.2)


def test_the_rate_never_falls_to_nothing(door):
    for _ in range(40):
        door.ask_when_open(fault(429, retry_after=1))
        door.ask_when_open()
    assert 1 / SLOWEST - 1 <= door.delay <= 1 / SLOWEST + 0.1
