"""When a request may go: the throttle only counts, so the tests give it the time."""

from __future__ import annotations

from itertools import pairwise

import pytest

from airflow_jobstatus.polling.throttle import CALM, HUNG_AFTER, SLOWEST, Throttle
from airflow_jobstatus.protocol.bounds import KNOCK_EVERY
from airflow_jobstatus.protocol.errors import NotFoundError, TransientError

RATE = 10.0
MOMENT = 1e-6
"""The least step of the clock, which a delay too small to be told from none would not move."""


def fault(status: int | None = 503, retry_after: float | None = None) -> TransientError:
    return TransientError("Acme", "out of order", http_status=status, retry_after=retry_after)


class Account:
    """An account's throttle, and the time."""

    def __init__(self, rate: float = RATE) -> None:
        self.now = 1000.0
        self.throttle = Throttle(rate, "acme_default", self.now)

    def passed(self, seconds: float) -> int:
        """Let requests through as they may go, each answered well at once; give how many went."""
        count, end = 0, self.now + seconds
        while (delay := self.throttle.delay(self.now)) <= end - self.now:
            if delay:
                self.now += max(delay, MOMENT)
            else:
                self.ask()
                count += 1
        self.now = end
        return count

    def ask(self, error: Exception | None = None) -> None:
        self.throttle.enter(self.now)
        self.throttle.leave(error, self.now)

    def ask_when_open(self, error: Exception | None = None) -> float:
        """Wait as long as the throttle asks, then ask; give how long that was."""
        delay = self.throttle.delay(self.now)
        self.now += delay
        self.ask(error)
        return delay

    @property
    def delay(self) -> float:
        return self.throttle.delay(self.now)

    @property
    def is_closed(self) -> bool:
        return self.throttle.paused_by(self.now) is not None


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.mark.parametrize("rate", [0.5, 1, 10, 1000])
def test_no_more_requests_go_than_the_rate_allows(rate):
    assert Account(rate).passed(20) == pytest.approx(20 * rate, abs=1 + rate / 10)


def test_in_no_second_go_many_more_than_the_rate(account):
    account.now += 3600
    assert account.passed(1) <= RATE + 1


def test_a_tenth_of_a_second_s_worth_may_go_at_once():
    account = Account(100)
    at_once = 0
    while not account.delay:
        account.ask()
        at_once += 1
    assert at_once == 10


def test_the_next_request_may_go_when_its_token_has_come(account):
    account.ask()
    assert account.delay == pytest.approx(1 / RATE)


def test_a_rate_that_is_set_holds_at_once(account):
    account.throttle.set_rate(1)
    assert account.passed(10) <= 11


def test_a_slow_account_is_not_made_faster_by_a_throttling():
    account = Throttle(1 / 3600, "c", 0.0)
    account.enter(0.0)
    account.leave(TransientError("V", "HTTP 429", http_status=429), 0.0)
    account.enter(3700.0)
    account.leave(None, 3700.0)
    assert account.delay(3701.0) > 3000


def test_a_rate_that_is_set_again_changes_nothing(account):
    account.ask_when_open(fault(429))
    account.now += 60
    slowed = Account(RATE)
    slowed.throttle.set_rate(RATE)
    account.throttle.set_rate(RATE)
    assert account.passed(1) < slowed.passed(1)


@pytest.mark.parametrize(
    "error",
    [fault(500), fault(503), fault(None), NotFoundError("Acme", "none")],
    ids=["500", "503", "no answer", "404"],
)
def test_one_failure_does_not_close_it(account, error):
    account.ask_when_open(error)
    assert not account.is_closed


def test_two_failures_in_a_row_do_not_close_it(account):
    account.ask_when_open(fault())
    account.ask_when_open(fault())
    assert not account.is_closed


def test_three_failures_in_a_row_close_it(account):
    for _ in range(3):
        account.ask_when_open(fault())
    assert account.is_closed


def test_a_good_answer_between_failures_keeps_it_open(account):
    for error in [fault(), fault(), None] * 10:
        account.ask_when_open(error)
    assert not account.is_closed


def test_an_answer_that_is_no_outage_counts_as_good(account):
    for error in [fault(), fault(), NotFoundError("Acme", "none"), fault()]:
        account.ask_when_open(error)
    assert not account.is_closed


@pytest.mark.parametrize(
    "error", [fault(429), fault(503, retry_after=2)], ids=["429", "503 with Retry-After"]
)
def test_what_asks_to_pause_closes_it_at_once(account, error):
    account.ask(error)
    assert account.is_closed


@pytest.mark.parametrize("seconds", [0.25, 7, KNOCK_EVERY])
def test_retry_after_is_obeyed_to_the_moment(account, seconds):
    account.ask(fault(429, retry_after=seconds))
    assert account.delay == pytest.approx(seconds)


@pytest.mark.parametrize("seconds", [KNOCK_EVERY + 1, 3600, 1e9])
def test_while_an_account_pauses_one_request_knocks_every_few_minutes(account, seconds):
    account.ask(fault(429, retry_after=seconds))
    assert account.delay == pytest.approx(KNOCK_EVERY)


def test_an_urgent_request_does_not_wait_for_the_end_of_a_pause(account):
    account.ask(fault(429, retry_after=60))
    account.now += 1
    assert account.throttle.delay(account.now, urgent=True) == 0


def test_urgent_requests_during_a_pause_keep_to_the_rate(account):
    account.ask(fault(429, retry_after=60))
    account.now += 1
    account.throttle.enter(account.now)
    assert account.throttle.delay(account.now, urgent=True) == pytest.approx(2 / RATE)


def test_an_urgent_request_does_not_end_the_pause_for_the_others(account):
    account.ask(fault(429, retry_after=60))
    account.throttle.enter(account.now + 1)
    assert account.throttle.delay(account.now + 1) == pytest.approx(59)


def test_a_shorter_retry_after_does_not_open_it_sooner(account):
    account.throttle.enter(account.now)
    account.throttle.enter(account.now)
    account.throttle.leave(fault(429, retry_after=60), account.now)
    account.throttle.leave(fault(429, retry_after=1), account.now)
    assert account.delay == pytest.approx(60)


def test_a_good_answer_during_a_pause_does_not_open_it_sooner(account):
    account.throttle.enter(account.now)
    account.throttle.enter(account.now)
    account.throttle.leave(fault(429, retry_after=60), account.now)
    account.throttle.leave(None, account.now + 1)
    assert account.delay == pytest.approx(60)


def test_while_it_is_closed_it_tells_why_and_for_how_long(account):
    account.ask(fault(429, retry_after=60))
    account.now += 20
    error = account.throttle.paused_by(account.now)
    assert (error.reason, error.http_status, error.retry_after) == ("out of order", 429, pytest.approx(40))


def test_one_request_goes_first_after_a_pause(account):
    account.ask(fault(429, retry_after=60))
    account.now += 60
    account.throttle.enter(account.now)
    assert account.throttle.delay(account.now + 4) > 0
    assert account.throttle.paused_by(account.now + 4) is None


def test_where_the_request_that_goes_first_hangs_it_pauses_on(account):
    account.ask(fault(429, retry_after=60))
    account.now += 60
    account.throttle.enter(account.now)
    account.now += HUNG_AFTER
    assert account.throttle.delay(account.now) == float("inf")
    error = account.throttle.paused_by(account.now)
    assert (error.reason, error.retry_after) == (
        "no answer yet to the request that was tried after: out of order",
        None,
    )


def test_urgent_requests_do_not_let_one_that_hangs_count_anew(account):
    account.ask(fault(429, retry_after=60))
    account.now += 60
    account.throttle.enter(account.now)
    account.now += HUNG_AFTER
    account.throttle.enter(account.now)
    assert account.throttle.paused_by(account.now + 1) is not None


def test_an_urgent_request_does_not_wait_for_one_that_hangs(account):
    account.ask(fault(429, retry_after=60))
    account.now += 60
    account.throttle.enter(account.now)
    assert account.throttle.delay(account.now + HUNG_AFTER, urgent=True) == 0


def test_its_good_answer_lets_the_others_follow(account):
    account.ask(fault(429, retry_after=60))
    account.now += 60
    account.ask()
    assert account.passed(60) > 100


def test_its_bad_answer_closes_it_again(account):
    account.ask(fault(429, retry_after=60))
    account.now += 60
    account.ask(fault(500))
    assert account.is_closed


def test_after_a_pause_not_all_that_is_overdue_goes_at_once(account):
    for _ in range(3):
        account.ask_when_open(fault())
    account.ask_when_open()
    assert account.passed(0.05) <= 1


def test_pauses_grow_from_one_second_to_sixty(account):
    for _ in range(3):
        account.ask_when_open(fault())
    pauses = [account.ask_when_open(fault()) for _ in range(12)]
    assert all(1 <= pause <= 60 for pause in pauses)
    assert pauses[0] <= 1.01
    assert pauses[-1] >= 30
    assert all(later > pause * 0.7 for pause, later in pairwise(pauses))


def test_after_a_good_answer_pauses_begin_anew(account):
    for _ in range(8):
        account.ask_when_open(fault())
    account.ask_when_open()
    for _ in range(3):
        account.ask_when_open(fault())
    assert account.delay <= 1.01


def test_failures_that_come_in_during_a_pause_do_not_lengthen_the_next(account):
    for _ in range(30):
        account.throttle.enter(account.now)
    for _ in range(30):
        account.throttle.leave(fault(), account.now)
    assert account.ask_when_open(fault()) <= 1.01
    assert account.delay <= 2.01


def test_a_429_halves_the_rate(account):
    account.ask(fault(429, retry_after=1))
    account.now += 1
    account.ask()
    assert account.delay == pytest.approx(2 / RATE, rel=0.1)


def test_an_outage_leaves_the_rate_alone(account):
    for _ in range(3):
        account.ask_when_open(fault())
    account.ask_when_open()
    assert account.delay == pytest.approx(1 / RATE)


def test_many_429s_of_one_pause_halve_the_rate_once(account):
    for _ in range(5):
        account.throttle.enter(account.now)
    for _ in range(5):
        account.throttle.leave(fault(429, retry_after=1), account.now)
    account.now += 1
    account.ask()
    assert account.delay == pytest.approx(2 / RATE, rel=0.1)


def test_a_request_that_is_refused_after_a_pause_does_not_slow_the_rest_down(account):
    for _ in range(20):
        account.ask_when_open(fault(429, retry_after=1))
    account.ask_when_open()
    assert account.delay == pytest.approx(2 / RATE, rel=0.1)


def test_the_rate_recovers_below_the_one_that_was_refused(account):
    account.ask(fault(429, retry_after=1))
    account.passed(CALM / 2)
    assert 0.8 * RATE <= account.passed(10) / 10 <= 0.9 * RATE + 0.1


def test_the_rate_recovers_whole_when_it_has_been_calm(account):
    account.ask(fault(429, retry_after=1))
    account.passed(2 * CALM)
    assert account.passed(10) / 10 == pytest.approx(RATE, abs=0.2)


def test_the_rate_never_falls_to_nothing(account):
    for _ in range(40):
        account.ask_when_open(fault(429, retry_after=1))
        account.ask_when_open()
    assert 1 / SLOWEST - 1 <= account.delay <= 1 / SLOWEST + 0.1
