"""Requests to the triggerer's supervisor queue with us, so that they hold up nobody else's."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Coroutine
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
from airflow.sdk.execution_time import task_runner

from airflow_jobstatus.triggers.supervisor import (
    ANSWER_TIMEOUT,
    AT_ONCE,
    EVENTS_APART,
    LONGEST_QUEUE,
    NoAnswerError,
    Rank,
    ask,
    paced,
    send,
    served,
)
from airflow_jobstatus.triggers.xcoms import LONGEST_END, XComError, XComs
from tests.support.triggerer import DAG_ID, RUN_ID

EACH = 0.5
"""The seconds in which the supervisor answers one request."""


@dataclass
class Supervisor:
    """Answers one request after the other, in the order in which they come."""

    each: float = EACH
    sent: list[Any] = field(default_factory=list)
    answered: list[tuple[float, Any]] = field(default_factory=list)
    most: int = 0
    """The most requests that have waited at once."""
    waiting: int = 0
    line: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def asend(self, message: Any) -> Any:
        self.sent.append(message)
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        try:
            async with self.line:
                await asyncio.sleep(self.each)
        finally:
            self.waiting -= 1
        self.answered.append((asyncio.get_running_loop().time(), message))
        return message


@pytest.fixture
async def supervisor(monkeypatch) -> Supervisor:
    supervisor = Supervisor()
    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", supervisor, raising=False)
    return supervisor


def begin(*coroutines: Coroutine[Any, Any, Any]) -> list[asyncio.Future[Any]]:
    return [asyncio.ensure_future(coroutine) for coroutine in coroutines]


async def results(*coroutines: Coroutine[Any, Any, Any]) -> list[Any]:
    return await asyncio.gather(*coroutines, return_exceptions=True)


async def test_no_more_than_a_few_requests_wait_for_the_supervisor_at_once(supervisor):
    await results(*map(ask, range(100)))
    assert supervisor.most == AT_ONCE


@pytest.mark.usefixtures("supervisor")
async def test_the_supervisor_never_waits_for_us():
    await results(*map(ask, range(100)))
    assert asyncio.get_running_loop().time() == pytest.approx(100 * EACH, abs=0.01)


async def test_first_come_is_first_served(supervisor):
    assert await results(*map(ask, range(100))) == [*range(100)]
    assert supervisor.sent == [*range(100)]


@pytest.mark.usefixtures("supervisor")
async def test_the_limit_of_an_answer_counts_from_being_served():
    count = int(3 * ANSWER_TIMEOUT / EACH)
    assert await results(*map(ask, range(count))) == [*range(count)]


async def test_requests_of_one_errand_follow_each_other(supervisor):
    async def errand(number: int) -> None:
        async with served():
            for part in range(5):
                await send((number, part))

    await results(*map(errand, range(50)))
    ends = [number for number, part in supervisor.sent if part == 4]
    assert max(abs(place - number) for place, number in enumerate(ends)) < AT_ONCE


async def test_news_waits_for_what_a_wait_needs(supervisor):
    asked = begin(
        *map(ask, range(AT_ONCE)),
        *(ask(f"news {number}", rank=Rank.NEWS) for number in range(3)),
        *map(ask, range(AT_ONCE, 10)),
    )
    await asyncio.gather(*asked)
    assert supervisor.sent == [*range(10), "news 0", "news 1", "news 2"]


@pytest.mark.usefixtures("supervisor")
async def test_news_does_not_make_the_queue_longer_for_others():
    await results(*map(ask, range(100)))
    news = begin(*(ask("news", rank=Rank.NEWS) for _ in range(1000)))
    await asyncio.sleep(0.01)
    await ask("end", patience=5 * EACH)
    for one in news:
        one.cancel()


@pytest.mark.usefixtures("supervisor")
async def test_who_would_queue_for_too_long_learns_it_at_once():
    await results(*map(ask, range(100)))
    queued = begin(*map(ask, range(100)))
    await asyncio.sleep(0.01)
    before = asyncio.get_running_loop().time()
    with pytest.raises(NoAnswerError, match="so many requests"):
        await ask("end", patience=20)
    assert asyncio.get_running_loop().time() - before < EACH
    await asyncio.gather(*queued)


async def test_who_has_queued_for_too_long_leaves(supervisor):
    queued = begin(*map(ask, range(100)))
    await asyncio.sleep(0.01)
    with pytest.raises(NoAnswerError, match="so many requests"):
        await ask("end", patience=20)
    assert await asyncio.gather(*queued) == [*range(100)]
    assert "end" not in supervisor.sent


async def test_a_supervisor_that_answers_nobody_holds_nobody_for_ever(supervisor):
    supervisor.each = math.inf
    monitored = await asyncio.wait_for(results(*map(ask, range(200))), LONGEST_QUEUE + ANSWER_TIMEOUT + 1)
    assert {type(one) for one in monitored} == {NoAnswerError}


async def test_a_request_that_is_never_answered_gives_its_place_back(supervisor):
    supervisor.each = 1e6
    lost = begin(*map(ask, range(AT_ONCE)))
    await asyncio.sleep(1)
    supervisor.each, supervisor.line = EACH, asyncio.Lock()
    assert await asyncio.wait_for(ask("next"), ANSWER_TIMEOUT + 1) == "next"
    await asyncio.gather(*lost, return_exceptions=True)


async def test_whoever_is_cancelled_gives_the_place_to_the_next(supervisor):
    asked = begin(*map(ask, range(3 * AT_ONCE)))
    await asyncio.sleep(EACH / 2)
    for one in asked[::2]:
        one.cancel()
    left = await asyncio.gather(*asked[1::2])
    assert left == [*range(3 * AT_ONCE)][1::2]
    assert await results(*map(ask, range(20))) == [*range(20)]
    assert supervisor.most <= 2 * AT_ONCE


@pytest.mark.usefixtures("supervisor")
async def test_whoever_is_cancelled_makes_the_queue_no_longer():
    await results(*map(ask, range(20)))
    holding = begin(*map(ask, range(AT_ONCE)))
    cancelled = begin(*map(ask, range(1000)))
    await asyncio.sleep(0.01)
    for one in cancelled:
        one.cancel()
    await asyncio.sleep(0.01)
    assert await ask("end", patience=20) == "end"
    await asyncio.gather(*holding, *cancelled, return_exceptions=True)


@pytest.mark.parametrize("turns", range(6))
async def test_whoever_is_cancelled_while_being_served_ends(supervisor, turns):
    holding = begin(*map(ask, range(AT_ONCE)))
    queued = asyncio.ensure_future(ask("queued"))
    await holding[0]
    for _ in range(turns):
        await asyncio.sleep(0)
    supervisor.each = math.inf
    queued.cancel()
    await asyncio.wait([queued], timeout=1)
    assert queued.cancelled()
    for one in holding:
        one.cancel()


async def test_an_end_is_over_before_many_others_begin(supervisor):
    ends = [
        XComs(Owner(f"task-{number}")).push({"return_value": number, "counter": number})
        for number in range(20)
    ]
    await asyncio.gather(*ends)
    first = [one.task_id for one in supervisor.sent[: 2 * AT_ONCE]]
    assert sorted(first) == sorted(2 * [f"task-{number}" for number in range(AT_ONCE)])


@pytest.mark.usefixtures("supervisor")
async def test_an_end_that_would_queue_for_long_leaves_its_xcoms_to_a_worker():
    await results(*map(ask, range(20)))
    ends = begin(
        *(
            XComs(Owner(f"task-{number}")).push({"return_value": number, "counter": number})
            for number in range(200)
        )
    )
    ended = await asyncio.gather(*ends, return_exceptions=True)
    given_up = [error for error in ended if isinstance(error, XComError)]
    assert 0 < len(given_up) < 200 - LONGEST_END / (2 * EACH) + AT_ONCE
    assert asyncio.get_running_loop().time() < 20 * EACH + LONGEST_END + 10


async def test_an_event_fires_at_once():
    await paced()
    assert asyncio.get_running_loop().time() < 0.01


async def test_many_events_fire_one_after_the_other():
    fired: list[float] = []

    async def fire() -> None:
        await paced()
        fired.append(asyncio.get_running_loop().time())

    await asyncio.gather(*(fire() for _ in range(100)))
    await asyncio.sleep(10)
    await fire()
    gaps = [after - before for before, after in pairwise(fired)]
    assert min(gaps) == pytest.approx(EVENTS_APART, abs=0.001)
    assert fired[-1] == pytest.approx(99 * EVENTS_APART + 10, abs=0.01)


async def test_events_that_are_cancelled_hold_up_no_other():
    cancelled = begin(*(paced() for _ in range(1000)))
    await asyncio.sleep(0.01)
    for one in cancelled:
        one.cancel()
    await paced()
    assert asyncio.get_running_loop().time() < 0.01 + 2 * EVENTS_APART


async def test_the_progress_of_a_wait_that_has_ended_while_it_queued_is_not_pushed(supervisor):
    asked = begin(*map(ask, range(AT_ONCE)))
    await asyncio.sleep(0.01)
    values: list[Any] = [{"jobs": []}]
    late = begin(XComs(Owner("task")).push_latest("job_progress", lambda: values[-1], patience=60))
    await asyncio.sleep(0.01)
    values.append(None)
    await asyncio.gather(*asked, *late)
    assert supervisor.sent == [*range(AT_ONCE)]


@dataclass
class Owner:
    task_id: str
    dag_id: str = DAG_ID
    run_id: str = RUN_ID
    map_index: int = -1
