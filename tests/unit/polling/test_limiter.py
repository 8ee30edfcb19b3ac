"""Requests pass the limiter in order, as its throttle allows."""

from __future__ import annotations

import asyncio

import pytest

from airflow_jobstatus.polling.limiter import Limiter
from airflow_jobstatus.polling.throttle import HUNG_AFTER, Throttle
from airflow_jobstatus.protocol.errors import TransientError


def limiter(rate: float = 10.0) -> Limiter:
    loop = asyncio.get_running_loop()
    return Limiter(Throttle(rate, "acme_default", loop.time()), loop.time)


def refused(seconds: float = 60) -> TransientError:
    return TransientError("Acme", "HTTP 429", http_status=429, retry_after=seconds)


async def test_requests_pass_at_the_rate():
    passing, loop = limiter(), asyncio.get_running_loop()
    for _ in range(101):
        assert await passing.enter()
        passing.leave(None)
    assert loop.time() == pytest.approx(10, abs=0.1)


async def test_requests_pass_in_the_order_in_which_they_came():
    passing, passed = limiter(1.0), []

    async def ask(number: int) -> None:
        await passing.enter()
        passed.append(number)
        passing.leave(None)

    await asyncio.gather(*map(ask, range(20)))
    assert passed == list(range(20))


async def test_whoever_waits_while_the_account_begins_to_pause_is_sent_away():
    passing = limiter(1.0)
    assert await passing.enter()
    waiting = asyncio.create_task(passing.enter())
    await asyncio.sleep(0)
    passing.leave(refused())
    assert await waiting is False


async def tried_after_a_pause() -> tuple[Limiter, list[asyncio.Task[bool]]]:
    """Give a limiter that lets one request try whether a pause is over, and three that wait for that."""
    passing = limiter()
    await passing.enter()
    passing.leave(refused(60))
    await asyncio.sleep(60)
    assert await passing.enter()
    others = [asyncio.create_task(passing.enter()) for _ in range(3)]
    return passing, others


async def test_after_a_pause_one_request_goes_first():
    passing, others = await tried_after_a_pause()
    await asyncio.sleep(HUNG_AFTER / 2)
    assert not any(other.done() for other in others)
    passing.leave(None)
    assert await asyncio.gather(*others) == [True] * 3


async def test_where_the_request_that_goes_first_hangs_the_others_are_sent_away():
    passing, others = await tried_after_a_pause()
    await asyncio.sleep(HUNG_AFTER + 0.01)
    assert [other.done() and other.result() for other in others] == [False] * 3
    assert await asyncio.wait_for(passing.enter(), 0.01) is False


async def test_a_permission_that_is_given_back_goes_to_the_next():
    passing = limiter(0.1)
    assert await passing.enter()
    waiting = asyncio.create_task(passing.enter())
    await asyncio.sleep(0)
    passing.give_back()
    assert await asyncio.wait_for(waiting, 1)


async def test_whoever_is_cancelled_while_waiting_holds_up_nobody():
    passing = limiter(1.0)
    await passing.enter()
    first, second = (asyncio.create_task(passing.enter()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert await asyncio.wait_for(second, 1.1)


async def test_a_permission_that_comes_with_a_cancellation_is_given_back():
    passing = limiter(0.1)
    await passing.enter()
    first, second = (asyncio.create_task(passing.enter()) for _ in range(2))
    await asyncio.sleep(0)
    passing.give_back()
    first.cancel()
    assert await asyncio.wait_for(second, 1)


async def test_a_closed_limiter_leaves_nobody_waiting():
    passing = limiter(0.1)
    await passing.enter()
    waiting = asyncio.create_task(passing.enter())
    await asyncio.sleep(0)
    passing.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
