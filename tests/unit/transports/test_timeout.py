"""How long an answer is waited for."""

from __future__ import annotations

import pytest

from airflow_jobstatus.protocol.errors import TransientError
from airflow_jobstatus.transports import aio, timeout
from airflow_jobstatus.transports.timeout import LEAST, AdaptiveTimeout
from tests.support.scripted_server import Reply


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


@pytest.fixture
async def quick(connect, server, monkeypatch):
    """Give calls and the transport of an account that answers in a twentieth of a second, but not now."""
    monkeypatch.setattr(timeout, "LEAST", 0.05)
    api = connect("geobridge", server.url).api
    async with aio.Transport(api.account) as transport:
        for _ in range(200):
            transport.timeout.answered(0.005)
        server.play(Reply(status=202, delay=0.4, body={}))
        yield api, transport


async def test_a_poll_is_waited_for_as_long_as_answers_take(quick):
    api, transport = quick
    with pytest.raises(TransientError, match=r"no complete answer in 0\.05 s"):
        await transport.run(api.get_job("job"))


async def test_a_cancellation_which_nobody_repeats_may_take_as_long_as_the_connection_allows(quick):
    api, transport = quick
    assert await transport.run(api.cancel("job"))


async def test_how_long_a_cancellation_takes_says_nothing_of_polls(quick):
    api, transport = quick
    await transport.run(api.cancel("job"))
    assert transport.timeout.limit == 0.05


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
