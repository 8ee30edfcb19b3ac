"""How long an answer is waited for."""

from __future__ import annotations

from airflow_jobstatus.transports.timeout import LEAST, AdaptiveTimeout


def test_the_first_answer_may_take_as_long_as_the_connection_allows():
    assert AdaptiveTimeout(30).limit == 30


def test_an_account_that_answers_at_once_is_not_waited_for_long():
    timeout = AdaptiveTimeout(30)
    for _ in range(200):
        timeout.answered(0.02)
    assert timeout.limit == LEAST


def test_a_slow_answer_is_learned_from_at_once():
    timeout = AdaptiveTimeout(30)
    for _ in range(200):
        timeout.answered(0.02)
    timeout.answered(2)
    assert timeout.limit == 20


def test_an_answer_given_up_raises_the_limit_up_to_what_the_connection_allows():
    timeout = AdaptiveTimeout(30)
    for _ in range(200):
        timeout.answered(0.02)
    limits = []
    for _ in range(4):
        timeout.gave_up(timeout.limit)
        limits.append(timeout.limit)
    assert limits == [10, 20, 30, 30]


def test_no_answer_is_waited_for_longer_than_the_connection_allows():
    assert AdaptiveTimeout(2).limit == 2


def test_many_that_hang_at_the_same_time_teach_no_more_than_one():
    timeout = AdaptiveTimeout(30)
    for _ in range(500):
        timeout.answered(0.02)
    for _ in range(20):
        timeout.gave_up(LEAST)
    assert timeout.limit == 2 * LEAST


def test_where_one_of_fifty_hangs_it_stays_short():
    timeout = AdaptiveTimeout(30)
    for _ in range(10):
        for _ in range(49):
            timeout.answered(0.02)
        timeout.gave_up(timeout.limit)
    assert timeout.limit <= 2 * LEAST
