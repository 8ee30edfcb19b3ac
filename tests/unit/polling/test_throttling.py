"""An account that is throttled or out of order, and the time that its waits are allowed meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from airflow_jobstatus.polling.poller import IN_FLIGHT
from airflow_jobstatus.protocol.bounds import KNOCK_EVERY
from airflow_jobstatus.vendors.courier import COURIER
from airflow_jobstatus.vendors.geobridge import GEOBRIDGE
from airflow_jobstatus.waiting.watch import GRACE
from tests.support.played import (
    DAY,
    LATENCY,
    REFUSED,
    Answer,
    Asked,
    Reply,
    all_of,
    cancel,
    endings,
    failing,
    reset,
    stage,
    throttling,
)

VENDORS = pytest.mark.parametrize(
    ("vendor", "jobs"), [(COURIER, 100), (GEOBRIDGE, 200)], ids=["Courier", "GeoBridge"]
)


FEW = pytest.mark.parametrize(
    ("vendor", "jobs"), [(COURIER, 40), (GEOBRIDGE, 40)], ids=["Courier", "GeoBridge"]
)


def between(begin: float, end: float, answer: Answer) -> Callable[[Asked], Answer]:
    """Let every request of some seconds meet something."""
    return lambda asked: answer if begin <= asked.at < end else None


def pauses(moments: list[float]) -> list[int]:
    """Give how many of the refusals at these moments belong to each pause; none is shorter than a second."""
    counts: list[int] = []
    last = float("-inf")
    for moment in moments:
        if moment - last > 0.9:
            counts.append(0)
            last = moment
        counts[-1] += 1
    return counts


@VENDORS
async def test_under_a_limit_of_ten_requests_a_second_no_wait_is_lost(vendor, jobs):
    played = stage(vendor, limit=10)
    assert endings(await all_of(played.wait_for(jobs, ends=60), within=120)) == {"succeeded"}


@VENDORS
async def test_under_a_limit_a_pause_meets_one_429_and_what_was_under_way(vendor, jobs):
    played = stage(vendor, limit=10)
    await all_of(played.wait_for(jobs, ends=60), within=120)
    under_way = int(vendor.requests_per_second * LATENCY)
    assert all(count <= 1 + under_way for count in pauses([asked.at for asked in played.vendor.refused()]))


async def test_list_polls_of_a_thousand_jobs_stay_below_the_limit():
    played = stage(limit=10)
    assert endings(await all_of(played.wait_for(1000, ends=32), within=45)) == {"succeeded"}
    assert played.vendor.refused() == []


async def test_under_a_limit_the_rate_settles_below_it():
    played = stage(COURIER, limit=10)
    await all_of(played.wait_for(100, ends=120), within=240)
    assert [asked for asked in played.vendor.refused() if asked.at > 60] == []


async def test_under_a_limit_that_the_connection_names_nothing_is_refused():
    played = stage(COURIER, limit=10, rate=9)
    await all_of(played.wait_for(100, ends=60), within=120)
    assert played.vendor.refused() == []


@FEW
@pytest.mark.parametrize("status", [429, 503])
async def test_nobody_asks_before_a_retry_after_ends(vendor, jobs, status):
    played = stage(vendor)
    plan = iter([None] * 30)
    asked_to_wait = throttling(40) if status == 429 else Reply(503, {}, {"retry-after": "40"})
    played.vendor.plan = lambda _: next(plan, asked_to_wait)
    waits = played.wait_for(jobs, ends=DAY)
    await played.at(300)
    refused = [asked.at for asked in played.vendor.refused(status)]
    first = refused[0] + LATENCY
    assert [at for at in refused if first < at < first + 40] == []
    assert len(refused) <= 300 / 40 + 2
    await cancel(waits)


@FEW
async def test_four_seconds_of_503_lose_no_wait(vendor, jobs):
    played = stage(vendor)
    played.vendor.plan = between(20, 24, failing(503))
    assert endings(await all_of(played.wait_for(jobs, ends=60), within=180)) == {"succeeded"}


@FEW
@pytest.mark.parametrize("answer", [failing(503), throttling(), reset()], ids=["503", "429", "reset"])
async def test_an_outage_costs_few_requests(vendor, jobs, answer):
    played = stage(vendor)
    played.vendor.plan = between(20, 80, answer)
    await all_of(played.wait_for(jobs, ends=100), within=300)
    met = [asked for asked in played.vendor.asked if 20 <= asked.at < 80]
    assert len(met) <= 3 + 8


async def test_after_an_outage_requests_begin_one_by_one():
    played = stage(COURIER)
    played.vendor.plan = between(20, 40, failing(503))
    waits = played.wait_for(100, ends=DAY)
    await played.at(90)
    after = [asked.at for asked in played.vendor.asked if asked.at >= 40]
    assert after[1] - after[0] >= LATENCY * 0.99
    assert len([at for at in after if at < after[0] + 1]) <= 22
    await cancel(waits)


@pytest.mark.parametrize("answer", [throttling(3600), failing(503)], ids=["429", "503"])
async def test_a_deadline_during_a_pause_ends_the_wait_at_the_deadline(answer):
    played = stage(COURIER)
    played.vendor.plan = between(20, DAY, answer)
    waits = played.wait_for(20, ends=DAY, timeout=300)
    outcomes = await all_of(waits)
    assert endings(outcomes) == {"timeout"}
    assert 300 <= played.loop.now <= 300 + 20 / 10 + 0.5


async def test_a_deadline_during_a_pause_is_told_with_what_was_last_seen():
    played = stage(COURIER)
    played.vendor.plan = between(20, DAY, throttling(3600))
    outcome = await played.wait("job", ends=DAY, timeout=300)
    assert "it is PROCESSING" in outcome.message
    assert "the last poll failed: HTTP 429" in outcome.message


async def test_a_budget_of_silence_that_ends_during_a_pause_ends_the_wait():
    played = stage(COURIER)
    played.vendor.plan = between(20, DAY, failing(503))
    outcomes = await all_of(played.wait_for(20, ends=DAY, unreachable_timeout=200))
    assert endings(outcomes) == {"unreachable"}
    assert 220 <= played.loop.now <= 220 + 5 + 60


async def test_the_budget_of_silence_begins_with_what_a_wait_itself_missed():
    played = stage(COURIER)
    played.vendor.plan = between(20, 150, failing(503))
    often = played.wait_for(10, ends=300, unreachable_timeout=100)
    seldom = played.wait("seldom", ends=300, interval=120, unreachable_timeout=100)
    assert endings(await all_of(often)) == {"unreachable"}
    assert (await seldom).ending == "succeeded"


async def test_a_poll_that_hangs_costs_its_wait_no_more_than_the_hang():
    played = stage(COURIER)
    waits = played.wait_for(20, ends=60)
    await played.at(19)
    played.vendor.latency = 30
    await played.at(26)
    played.vendor.latency = LATENCY
    assert endings(await all_of(waits)) == {"succeeded"}
    assert played.loop.now < 70


async def test_a_deadline_during_the_hanging_poll_after_a_pause_is_noticed_when_that_poll_ends():
    played = stage(COURIER)
    played.vendor.plan = between(20, DAY, reset())
    waits = played.wait_for(20, ends=DAY, timeout=300)
    await played.at(25)
    played.vendor.latency = 30
    await all_of(waits)
    assert played.loop.now <= 300 + 20 / 20 + 30.5


async def test_while_the_poll_after_a_pause_hangs_others_have_their_last_poll():
    played = stage(COURIER)
    played.vendor.plan = between(20, 60, reset())
    tried: list[Asked] = []

    def hang_once(asked: Asked) -> float:
        if asked.at <= 60 or tried:
            return 0
        tried.append(asked)
        return 600

    played.vendor.pauses = hang_once
    waits = {f"job-{number}": played.wait(f"job-{number}", ends=90, timeout=200) for number in range(10)}
    await played.at(100)
    hanging = waits.pop(tried[0].job_id)
    assert endings(await all_of(waits.values(), within=101)) == {"succeeded"}
    await cancel([hanging])


async def test_where_as_many_polls_hang_as_may_be_in_flight_a_last_poll_is_made_beside_them():
    played = stage(COURIER)
    last = played.wait("last", ends=90, timeout=100)
    waits = played.wait_for(2 * IN_FLIGHT, ends=DAY)
    await played.at(20)
    played.vendor.pauses = lambda asked: 0 if asked.job_id == "last" else 600
    assert (await last).ending == "succeeded"
    assert played.loop.now < 102
    await cancel(waits)


async def test_a_last_poll_goes_before_what_has_been_due_for_longer():
    played = stage(COURIER, rate=1.0)
    waits = played.wait_for(300, ends=DAY)
    await played.at(100)
    last = played.wait("last", ends=150, timeout=100)
    assert (await last).ending == "succeeded"
    assert played.loop.now < 205
    await cancel(waits)


async def test_a_clock_that_was_set_back_makes_nobody_poll_again_and_again():
    """The wait's own timer is over, but by the clock its deadline is still to come."""
    played = stage(COURIER)
    wait = played.wait("job", ends=DAY, timeout=100)
    await played.at(20)
    played.set_by = -30
    played.vendor.plan = between(60, DAY, throttling())
    await played.at(120)
    assert len(played.vendor.asked) < 40
    assert played.loop.turns < 5000
    await cancel([wait])


async def test_a_revoked_key_ends_every_wait_within_an_interval():
    played = stage(COURIER, keys={"key-1"})
    waits = played.wait_for(50, ends=DAY)
    await played.at(31)
    played.vendor.keys = set()
    assert endings(await all_of(waits)) == {"unauthorized"}
    assert played.loop.now < 31 + 5 * 1.1 + 3


async def test_a_list_that_is_forbidden_ends_no_wait():
    played = stage()
    played.vendor.plan = lambda asked: REFUSED if asked.is_list else None
    assert endings(await all_of(played.wait_for(100, ends=60))) == {"succeeded"}


async def test_an_airflow_that_cannot_look_the_connection_up_costs_time_but_no_wait():
    played = stage(COURIER)
    played.hook.error = ConnectionError("Airflow's API server restarts")
    waits = played.wait_for(50, ends=32)
    await played.at(60)
    lookups = len(played.hook.lookups)
    played.hook.error = None
    assert endings(await all_of(waits, within=180)) == {"succeeded"}
    assert lookups <= 3 + 6


async def test_waits_of_another_account_go_on_during_a_pause():
    paused, healthy = stage(COURIER), stage(COURIER)
    paused.vendor.plan = between(0, DAY, throttling(3600))
    waits = paused.wait_for(10, ends=DAY)
    assert (await asyncio.wait_for(healthy.wait("job", ends=32), 60)).ending == "succeeded"
    await cancel(waits)


async def test_a_wait_ends_soon_after_its_deadline_however_much_is_due():
    played = stage(COURIER, rate=1)
    waits = played.wait_for(300, ends=DAY, interval=5, timeout=60)
    outcomes = await asyncio.wait_for(asyncio.gather(*waits), 60 + GRACE + 5)
    assert {outcome.ending for outcome in outcomes} == {"timeout"}


# ---- nothing a vendor says puts a poll off for ever


@pytest.mark.parametrize("seconds", [1_700_000_000, 86_401, 1e300])
async def test_an_absurd_retry_after_for_one_job_stops_no_account(seconds):
    played = stage(COURIER)
    absurd = Reply(503, {}, {"retry-after": str(seconds)})
    played.vendor.plan = lambda asked: absurd if asked.job_id == "job-0" and asked.at < 30 else None
    outcomes = await all_of(played.wait_for(20, ends=60))
    assert endings(outcomes) == {"succeeded"}
    assert played.loop.now < 130


@pytest.mark.parametrize("seconds", [3600, 86_400])
async def test_while_an_account_pauses_for_long_somebody_knocks(seconds):
    played = stage(COURIER)
    played.vendor.plan = between(20, 40, throttling(seconds))
    await all_of(played.wait_for(20, ends=60))
    assert played.loop.now < 40 + 2 * KNOCK_EVERY


async def test_a_long_retry_after_does_not_overrun_unreachable_timeout():
    played = stage(COURIER)
    played.vendor.plan = between(20, DAY, throttling(3600))
    outcomes = await all_of(played.wait_for(5, ends=DAY, unreachable_timeout=120))
    assert endings(outcomes) == {"unreachable"}
    assert played.loop.now <= 20 + 6 + 120 + 2


@pytest.mark.parametrize("limit", [10, 45, 100])
async def test_an_unreachable_api_is_given_up_when_the_limit_says(limit):
    played = stage(COURIER)
    played.vendor.plan = lambda _: failing(503)
    await played.wait("job", ends=DAY, unreachable_timeout=limit)
    first = played.vendor.asked[0].at
    assert limit <= played.loop.now - first <= limit + 1


async def test_the_last_poll_before_a_deadline_goes_though_the_account_pauses():
    played = stage(COURIER)
    played.vendor.plan = between(20, 40, throttling(3600))
    outcome = await played.wait("job", ends=60, timeout=100)
    assert outcome.ending == "succeeded"


async def test_the_last_poll_before_an_api_is_given_up_goes_though_the_account_pauses():
    played = stage(COURIER)
    played.vendor.plan = between(20, 40, throttling(3600))
    outcome = await played.wait("job", ends=60, unreachable_timeout=100)
    assert outcome.ending == "succeeded"


async def test_silence_counts_only_time_in_which_polls_were_made():
    played = stage(COURIER)
    played.vendor.plan = between(20, 80, failing(503))
    wait = played.wait("job", ends=100, unreachable_timeout=600)
    await played.at(25)
    played.set_by = 7200
    assert (await wait).ending == "succeeded"
