"""Counters that tell when a job should end bound a wait whose intervals have grown."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_jobstatus.protocol.job import Job, JobState
from airflow_jobstatus.vendors.courier import COURIER
from airflow_jobstatus.vendors.elastic_path import ELASTIC_PATH
from airflow_jobstatus.vendors.geobridge import GEOBRIDGE
from airflow_jobstatus.waiting.schedule import next_poll
from airflow_jobstatus.waiting.state import WaitState
from airflow_jobstatus.waiting.wait import Wait
from tests.support.played import DAY, Answer, Asked, Reply, gaps, stage
from tests.support.virtual_time import EPOCH

WITH_COUNTERS = pytest.mark.parametrize("vendor", [COURIER, GEOBRIDGE], ids=lambda vendor: vendor.name)
ENDS = [400, 1000, 2900, 5000]
"""Far from the beats of a wait that doubles from 5 seconds."""


@WITH_COUNTERS
@pytest.mark.parametrize("ends", ENDS)
async def test_a_wait_whose_intervals_grow_sees_a_job_end_near_its_end(vendor, ends):
    played = stage(vendor)
    await played.wait("job", ends=ends, exponential=True)
    assert 0 < played.loop.now - ends < max(6, 0.05 * ends)


async def test_without_counters_it_is_seen_at_the_next_slot():
    played = stage(ELASTIC_PATH)
    await played.wait("job", ends=1400, exponential=True)
    assert played.loop.now - 1400 > 1000


@WITH_COUNTERS
async def test_that_costs_few_polls(vendor):
    played = stage(vendor)
    await played.wait("job", ends=5000, exponential=True)
    assert len(played.vendor.polls) <= 16


@WITH_COUNTERS
async def test_no_poll_comes_sooner_than_the_first_interval(vendor):
    played = stage(vendor)
    await played.wait("job", ends=1000, exponential=True)
    polls = played.vendor.polls_at("job")
    assert min(gaps(polls)) >= 5


@WITH_COUNTERS
async def test_no_poll_comes_later_than_the_longest_interval(vendor):
    played = stage(vendor)
    await played.wait("job", ends=3000, exponential=True, max_interval=120)
    polls = played.vendor.polls_at("job")
    assert max(gaps(polls)) <= 120 * 1.1 + 1


@WITH_COUNTERS
async def test_a_fixed_interval_is_kept_whatever_the_counters_tell(vendor):
    played = stage(vendor)
    await played.wait("job", ends=995, interval=60)
    polls = played.vendor.polls_at("job")
    assert len(polls) == 17


async def test_a_job_that_stalls_falls_back_to_the_plain_schedule():
    """It gets half done in 500 s and then no further; each slot is twice as far from the last."""
    played = stage()

    def plan(asked: Asked) -> Answer:
        done = min(500, int(asked.at))
        counts = {"total_records": 1000, "processed_records": done, "successful_records": done}
        return Reply(200, {"id": "job", "status": "processing", "statistics": counts})

    played.vendor.plan = plan
    await played.wait("job", ends=DAY, exponential=True, timeout=10_000)
    assert len([at for at in played.vendor.polls_at("job") if 1100 < at < 9999]) <= 4


def job(done: float) -> Job:
    count = int(done * 1000)
    counters = {"processed_records": count}
    return Job(
        vendor="acme",
        id="x",
        state=JobState.RUNNING,
        status="running",
        counters=counters,
        total=1000,
        processed=count,
    )


def test_one_poll_tells_nothing_of_the_end():
    assert WaitState().saw(job(0.5), 100).expected_at is None


def test_two_polls_tell_the_end_at_an_even_pace():
    assert WaitState().saw(job(0.2), 100).saw(job(0.4), 200).expected_at == pytest.approx(500)


def test_a_stall_tells_nothing_of_the_end():
    assert WaitState().saw(job(0.2), 100).saw(job(0.4), 200).saw(job(0.4), 300).expected_at is None


def test_after_a_stall_progress_tells_a_later_end():
    moved = WaitState().saw(job(0.2), 100).saw(job(0.4), 200).saw(job(0.4), 300).saw(job(0.6), 400)
    assert moved.expected_at == pytest.approx(700)


@pytest.mark.parametrize("done", [[0.5, 0.2], [0.5, 0.2, 0.4], [0.5, 0.2, 0.2]])
def test_counters_that_go_back_tell_nothing_of_the_end(done):
    state = WaitState()
    for step, share in enumerate(done):
        state = state.saw(job(share), 100 + step)
    assert state.expected_at is None


def test_what_is_expected_survives_a_restart():
    state = WaitState().saw(job(0.2), 100).saw(job(0.4), 200)
    assert WaitState.from_dict(state.to_dict()) == (state, frozenset())


@given(
    expected_at=st.floats(),
    now=st.floats(-1e5, 1e7),
    interval=st.floats(0, 1e5),
    exponential=st.booleans(),
    max_interval=st.none() | st.floats(0, 1e5),
    timeout=st.floats(0, 1e7),
    failures=st.integers(0, 100),
    retry_after=st.none() | st.floats(0, allow_nan=False),
    floor=st.floats(0.05, 5),
)
def test_whatever_is_expected_no_poll_comes_below_the_floor_or_past_the_deadline(
    expected_at, now, interval, exponential, max_interval, timeout, failures, retry_after, floor
):
    wait = Wait(
        job_id="x",
        began=EPOCH,
        deadline=EPOCH + timeout,
        interval=interval,
        exponential=exponential,
        max_interval=max_interval,
    )
    poll = next_poll(
        wait,
        WaitState(
            failures=failures,
            not_before=None if retry_after is None else EPOCH + now + retry_after,
            expected_at=expected_at,
        ),
        EPOCH + now,
        floor,
    )
    assert not math.isnan(poll)
    assert min(EPOCH + now + floor, wait.deadline) <= poll <= wait.deadline
