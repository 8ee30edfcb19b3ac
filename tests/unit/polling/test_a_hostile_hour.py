"""An hour with a vendor that does everything wrong, in virtual time, against a thousand waits."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from airflow_jobstatus.polling.limiter import LONGEST_NAP
from airflow_jobstatus.waiting.outcome import Outcome
from tests.support.played import (
    HTML,
    Answer,
    Asked,
    PlayedVendor,
    Reply,
    Stage,
    stage,
    throttling,
)
from tests.support.virtual_time import VirtualTimeLoop

WAITS = 1000
HOUR = 3600.0
INTERVAL = 30.0
CALM = 5.0
"""Seconds of good answers at first: a wrong host would be told apart from a fault of the way by them."""
LAG = 120.0
"""How many seconds the list is behind."""
ROTATION = 600.0
"""How many seconds a key is good."""
ABSURD = Reply(503, {}, {"retry-after": "1700000000"})
WALL = Reply(403, b"<html><title>Access denied</title></html>")
BACKEND = Reply(404, b"<html>default backend - 404</html>")


def misdeeds(seed: int):
    """Give what befalls each request: most are well, some meet something absurd, always the same ones."""
    chance = random.Random(seed)

    def plan(asked: Asked) -> Answer:
        drawn = chance.random() if asked.at > CALM else 1.0
        for share, answer in (
            (0.005, ABSURD),
            (0.02, BACKEND),
            (0.01, HTML),
            (0.01, WALL),
            (0.005, throttling(7)),
        ):
            if drawn < share:
                return answer
            drawn -= share
        return None

    return plan


@dataclass
class Night:
    """What the hour left behind.

    :param outcomes: How each wait ended.
    :param ended_at: When, in seconds of virtual time.
    :param most_planned: The most plans that the poller kept.
    :param is_idle: Whether nothing was left of them afterwards.
    """

    played: Stage
    outcomes: list[Outcome]
    ended_at: list[float]
    most_planned: int
    is_idle: bool


async def spend(seed: int) -> Night:
    played = stage(keys={"key-0"})
    played.hook.account = replace(played.hook.account, secret="key-0")
    played.vendor.plan = misdeeds(seed)
    played.vendor.page = lambda query: lagged(played.vendor, query)  # type: ignore[method-assign]
    ends = random.Random(seed)
    ended_at: list[float] = []

    async def wait(number: int) -> Outcome:
        outcome = await played.wait(
            f"job-{number}", ends=ends.uniform(60, 0.8 * HOUR), interval=INTERVAL, timeout=HOUR
        )
        ended_at.append(played.loop.now)
        return outcome

    waits = [asyncio.ensure_future(wait(number)) for number in range(WAITS)]
    most_planned = 0
    for number in range(1, int(HOUR / ROTATION) + 1):
        await played.at(number * ROTATION)
        most_planned = max(most_planned, played.poller.planned)
        played.hook.seconds = 0.01 if number % 2 else 45.0
        played.hook.error = ConnectionError("Airflow's API server restarts") if number == 3 else None
        key = f"key-{number}"
        played.vendor.keys = {key}
        played.hook.account = replace(played.hook.account, secret=key)
        if number == 3:
            await played.at(number * ROTATION + 90)
            played.hook.error = None
    outcomes = list(await asyncio.gather(*waits))
    await asyncio.sleep(2 * LONGEST_NAP)
    is_idle = played.poller.is_idle
    await played.poller.close()
    return Night(played, outcomes, ended_at, most_planned, is_idle)


def lagged(vendor: PlayedVendor, query: Mapping[str, str]) -> dict[str, Any]:
    """Give a page of the list as it was some time ago."""
    now = vendor.loop.now
    vendor.loop.now = max(0.0, now - LAG)
    try:
        return PlayedVendor.page(vendor, query)
    finally:
        vendor.loop.now = now


@pytest.fixture(scope="module", params=[3, 6])
def night(request) -> Night:
    loop = VirtualTimeLoop()
    try:
        return loop.run_until_complete(spend(request.param))
    finally:
        loop.close()


def test_every_wait_whose_job_ended_well_succeeds(night):
    assert {outcome.ending for outcome in night.outcomes} == {"succeeded"}


def test_every_wait_ends_within_its_bounds(night):
    assert max(night.ended_at) <= HOUR


def test_no_more_plans_are_kept_than_for_each_job_a_few(night):
    assert night.most_planned <= 4 * WAITS


def test_every_session_but_the_last_is_closed(night):
    assert [transport.closed for transport in night.played.transports[:-1]] == [True] * (
        len(night.played.transports) - 1
    )


def test_lookups_are_few(night):
    assert len(night.played.hook.lookups) <= 1 + HOUR / 10


def test_nothing_is_left_of_the_waits(night):
    assert night.is_idle
