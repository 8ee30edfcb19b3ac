"""An event loop that stood still is noticed, for a while, by whoever listened meanwhile."""

from __future__ import annotations

import asyncio

import pytest

from airflow_jobstatus.triggers import standstill
from airflow_jobstatus.triggers.standstill import BEAT, LONG, REMEMBERED, Pulse
from tests.support.clock import Clock


@pytest.fixture
def steady() -> Clock:
    return Clock(0.0)


@pytest.fixture
def wall() -> Clock:
    return Clock()


@pytest.fixture
async def pulse(steady, wall) -> Pulse:
    pulse = Pulse((steady, wall))
    pulse.join()
    return pulse


async def test_a_loop_that_runs_has_not_stood_still(pulse, steady):
    steady.advance(BEAT)
    assert not pulse.stood_still


async def test_a_loop_that_is_busy_for_some_seconds_has_not_stood_still(pulse, steady):
    steady.advance(LONG)
    assert not pulse.stood_still


async def test_a_loop_of_a_stopped_process_has(pulse, steady):
    steady.advance(LONG + 1)
    assert pulse.stood_still


async def test_a_loop_on_a_machine_that_slept_has(pulse, wall):
    wall.advance(LONG + 1)
    assert pulse.stood_still


async def test_a_clock_that_is_set_back_is_no_standstill(pulse, wall):
    wall.advance(-3600)
    assert not pulse.stood_still


async def test_it_is_remembered_by_whoever_asks_later(pulse, steady):
    steady.advance(LONG + 1)
    assert pulse.stood_still
    steady.advance(LONG)
    assert pulse.stood_still


async def test_it_is_forgotten_in_the_end(pulse, steady):
    steady.advance(LONG + 1)
    assert pulse.stood_still
    for _ in range(int(REMEMBERED / BEAT)):
        steady.advance(BEAT)
        assert pulse.stood_still is (steady.now < LONG + 1 + REMEMBERED)
    assert not pulse.stood_still


async def test_the_last_listener_who_leaves_after_it_has_it_remembered(pulse, steady):
    steady.advance(LONG + 1)
    pulse.leave()
    pulse.join()
    assert pulse.stood_still


async def test_time_in_which_nobody_listens_does_not_count(pulse, steady):
    pulse.leave()
    steady.advance(LONG + 1)
    assert not pulse.stood_still
    pulse.join()
    assert not pulse.stood_still


async def test_it_beats_by_itself(pulse, steady, monkeypatch):
    monkeypatch.setattr(standstill, "BEAT", 0.0)
    pulse.leave()
    pulse.join()
    for _ in range(2):
        steady.advance(LONG - 1)
        await asyncio.sleep(0.01)
    assert not pulse.stood_still
    pulse.leave()
