"""How long an answer is waited for."""

from __future__ import annotations

from airflow_jobstatus.transports.timeout import LEAST, Patience


def test_the_first_answer_may_take_as_long_as_the_connection_allows():
    assert Patience(30).limit == 30


def test_an_account_that_answers_at_once_is_not_waited_for_long():
    patience = Patience(30)
    for _ in range(200):
        patience.answered(0.02)
    assert patience.limit == LEAST


def test_a_slow_answer_makes_patient_at_once():
    patience = Patience(30)
    for _ in range(200):
        patience.answered(0.02)
    patience.answered(2)
    assert patience.limit == 20


def test_an_answer_given_up_makes_patient_up_to_what_the_connection_allows():
    patience = Patience(30)
    for _ in range(200):
        patience.answered(0.02)
    limits = []
    for _ in range(4):
        patience.gave_up(patience.limit)
        limits.append(patience.limit)
    assert limits == [10, 20, 30, 30]


def test_no_answer_is_waited_for_longer_than_the_connection_allows():
    assert Patience(2).limit == 2


def test_many_that_hang_at_the_same_time_teach_no_more_than_one():
    patience = Patience(30)
    for _ in range(500):
        patience.answered(0.02)
    for _ in range(20):
        patience.gave_up(LEAST)
    assert patience.limit == 2 * LEAST


def test_where_one_of_fifty_hangs_it_stays_short():
    patience = Patience(30)
    for _ in range(10):
        for _ in range(49):
            patience.answered(0.02)
        patience.gave_up(patience.limit)
    assert patience.limit <= 2 * LEAST
