"""One list of jobs in place of many polls, as long as that list is of use."""

from __future__ import annotations

import asyncio
import math
import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest

from airflow_jobstatus.polling.agenda import AT_ONCE
from airflow_jobstatus.polling.listing import FIRST_PAUSE, PAUSE_AFTER_NONSENSE, SINGLE_EVERY, SPARE_PAGES
from airflow_jobstatus.polling.poller import IN_FLIGHT
from airflow_jobstatus.protocol.job import Job, JobState
from airflow_jobstatus.vendors.courier import COURIER
from airflow_jobstatus.vendors.elastic_path import ELASTIC_PATH
from airflow_jobstatus.vendors.geobridge import GEOBRIDGE
from airflow_jobstatus.waiting.state import WaitState
from airflow_jobstatus.waiting.watch import GRACE
from tests.support.played import (
    DAY,
    HTML,
    NOT_FOUND,
    REFUSED,
    Answer,
    Asked,
    PlayedVendor,
    Reply,
    Stage,
    all_of,
    cancel,
    endings,
    failing,
    gaps,
    reset,
    stage,
    throttling,
)

LISTING = pytest.mark.parametrize("vendor", [ELASTIC_PATH, GEOBRIDGE], ids=lambda vendor: vendor.name)
Lie = Callable[[PlayedVendor, Asked], Answer]
numbers = count()


def observed(played: Stage) -> dict[str, int]:
    """Give how often each job was observed, as its last line in the log tells."""
    told = re.compile(r"^succeeded.* (\d+) polls.* - \w+(?: \w+)? job '(.*?)'$")
    return {match[2]: int(match[1]) for _, line in played.lines if (match := told.search(line))}


def page(played: PlayedVendor, *job_ids: str, cursor: str | None = None) -> Reply:
    """Give a page of the list with certain jobs."""
    listing = played.vendor.listing
    return Reply(200, {listing.jobs: [played.job(job_id) for job_id in job_ids], "cursor": cursor})


def foreign(size: int = 100) -> list[str]:
    """Give the ids of jobs that no page has shown before."""
    return [f"foreign-{next(numbers)}" for _ in range(size)]


LIES: dict[str, Lie] = {
    "500": lambda *_: failing(500),
    "404": lambda *_: NOT_FOUND,
    "403": lambda *_: failing(403),
    "401": lambda *_: REFUSED,
    "reset": lambda *_: reset(),
    "HTML": lambda *_: HTML,
    "a list of another name": lambda *_: Reply(200, {"items": []}),
    "no list": lambda *_: Reply(200, {"jobs": {}, "data": 7}),
    "no object": lambda *_: Reply(200, [1, 2]),
    "entries of another shape": lambda *_: Reply(200, {"jobs": [None, 7, {}], "data": [None, 7, {}]}),
    "an empty list": lambda played, _: page(played),
    "only jobs of others": lambda played, _: page(played, *foreign(10)),
    "a cursor that repeats": lambda played, _: page(
        played, *(f"foreign-{n}" for n in range(100)), cursor="x"
    ),
    "an empty page that goes on": lambda played, _: page(played, cursor="x"),
    "pages that never end": lambda played, _: page(played, *foreign(), cursor=f"c{next(numbers)}"),
    "an id many times": lambda played, _: page(played, *["job-1"] * 100, cursor="x"),
}


@LISTING
async def test_a_thousand_jobs_cost_ten_requests_an_interval(vendor):
    played = stage(vendor)
    waits = played.wait_for(1000, ends=DAY)
    await played.at(32)
    assert 60 <= len(played.vendor.asked) <= 70
    assert played.vendor.polls == []
    await cancel(waits)


@LISTING
async def test_a_thousand_jobs_end_as_they_would_singly(vendor):
    played = stage(vendor)
    assert endings(await all_of(played.wait_for(1000, ends=lambda number: 10 + number % 20))) == {"succeeded"}


@LISTING
async def test_a_job_on_the_list_is_seen_to_end_within_an_interval(vendor):
    played = stage(vendor)
    ends = {f"job-{number}": 20 + number / 50 for number in range(1000)}
    await all_of(played.wait_for(1000, ends=lambda number: 20 + number / 50))
    seen = {line.split("'")[1]: at for at, line in played.lines if line.startswith("succeeded")}
    assert max(seen[job_id] - end for job_id, end in ends.items()) < 5 * 1.1 + 1


@LISTING
async def test_jobs_of_a_list_are_observed_once_an_interval(vendor):
    played = stage(vendor)
    now = played.clock()
    await all_of(
        [played.wait(f"job-{n}", ends=310, interval=60, began=now - n / 4, timeout=DAY) for n in range(240)]
    )
    assert set(observed(played).values()) <= {5, 6, 7}


async def test_jobs_of_mixed_intervals_are_each_observed_about_once_an_interval():
    played = stage()
    waits = [played.wait(f"often-{number}", ends=1900, interval=5) for number in range(10)]
    waits += [played.wait(f"seldom-{number}", ends=1900, interval=600) for number in range(10)]
    await all_of(waits)
    polls = observed(played)
    often = [number for job_id, number in polls.items() if job_id.startswith("often")]
    seldom = [number for job_id, number in polls.items() if job_id.startswith("seldom")]
    assert (min(often), max(often)) == pytest.approx((380, 380), abs=10)
    assert set(seldom) <= {4, 5}


async def test_jobs_of_long_intervals_keep_their_beats_beside_those_of_short_ones():
    played = stage()
    often = played.wait_for(10, ends=DAY, interval=5)
    seldom = [played.wait(f"seldom-{number}", ends=1210, interval=600) for number in range(10)]
    await all_of(seldom)
    ended = [at for at, line in played.lines if "seldom" in line and line.startswith("succeeded")]
    assert min(ended) >= 1210
    assert max(ended) <= 1800 * 1.04
    await cancel(often)


async def test_one_job_that_is_due_among_many_that_are_not_needs_no_list():
    played = stage()
    waits = [played.wait("often", ends=DAY, interval=5)]
    waits += [played.wait(f"seldom-{number}", ends=DAY, interval=600) for number in range(100)]
    await played.at(300)
    assert played.vendor.lists == []
    await cancel(waits)


@LISTING
async def test_one_job_needs_no_list(vendor):
    played = stage(vendor)
    await played.wait("job", ends=32)
    assert played.vendor.lists == []


async def test_a_vendor_without_a_list_is_asked_for_none():
    played = stage(COURIER)
    await all_of(played.wait_for(50, ends=32))
    assert played.vendor.lists == []


@LISTING
async def test_few_jobs_far_back_in_the_list_are_polled_singly(vendor):
    played = stage(vendor, foreign=1000)
    await all_of(played.wait_for(5, ends=300))
    assert len(played.vendor.lists) <= 2 * 1 + SPARE_PAGES
    assert len(played.vendor.polls) >= 5 * 300 / 5 - 5


@LISTING
async def test_many_jobs_behind_others_are_found_on_the_list(vendor):
    played = stage(vendor, foreign=300)
    await all_of(played.wait_for(500, ends=32))
    assert len(played.vendor.polls) == 0
    assert len(played.vendor.lists) <= 7 * 8


@LISTING
async def test_a_list_of_a_hundred_thousand_jobs_of_others_is_not_read_to_its_end(vendor):
    played = stage(vendor, foreign=100_000)
    assert endings(await all_of(played.wait_for(100, ends=60))) == {"succeeded"}
    assert len(played.vendor.lists) <= 2 * 1 + SPARE_PAGES


@LISTING
async def test_a_job_that_the_list_does_not_show_is_asked_for_singly(vendor):
    played = stage(vendor, hidden={"job-7"})
    assert endings(await all_of(played.wait_for(100, ends=62))) == {"succeeded"}
    assert {asked.job_id for asked in played.vendor.polls} == {"job-7"}
    assert len(played.vendor.polls) == pytest.approx(62 / 5, abs=2)


async def test_a_job_that_comes_onto_the_list_later_is_found_there_in_the_end():
    played = stage(hidden={"job-7"})
    waits = played.wait_for(100, ends=DAY)
    await played.at(60)
    played.vendor.hidden.clear()
    await played.at(60 + PAUSE_AFTER_NONSENSE)
    polls = len(played.vendor.polls)
    await played.at(300 + PAUSE_AFTER_NONSENSE)
    assert len(played.vendor.polls) == polls
    await cancel(waits)


@LISTING
@pytest.mark.parametrize("lie", LIES)
async def test_a_list_that_fails_or_lies_loses_no_wait(vendor, lie):
    played = stage(vendor)
    played.vendor.plan = lambda asked: LIES[lie](played.vendor, asked) if asked.is_list else None
    assert endings(await all_of(played.wait_for(120, ends=20), within=60)) == {"succeeded"}


@LISTING
@pytest.mark.parametrize("lie", LIES)
async def test_a_list_that_fails_or_lies_is_soon_left_alone(vendor, lie):
    """At most as many pages as a list poll may have, once in ten minutes; after a fault the pauses double."""
    played = stage(vendor)
    played.vendor.plan = lambda asked: LIES[lie](played.vendor, asked) if asked.is_list else None
    waits = played.wait_for(10, ends=DAY, interval=30)
    await played.at(PAUSE_AFTER_NONSENSE)
    tries = math.ceil(math.log2(PAUSE_AFTER_NONSENSE / FIRST_PAUSE))
    assert 1 <= len(played.vendor.lists) <= max(2 * 1 + SPARE_PAGES, tries)
    await cancel(waits)


@pytest.mark.parametrize(("lie", "pages"), [("a cursor that repeats", 2), ("an empty page that goes on", 1)])
async def test_a_list_that_goes_round_is_read_once(lie, pages):
    played = stage()
    played.vendor.plan = lambda asked: LIES[lie](played.vendor, asked) if asked.is_list else None
    await all_of(played.wait_for(120, ends=20))
    assert len(played.vendor.lists) == pages


@LISTING
async def test_a_list_of_no_use_is_not_read_for_newcomers_either(vendor):
    played = stage(vendor)
    played.vendor.plan = lambda asked: page(played.vendor) if asked.is_list else None
    waits = []
    for number in range(50):
        waits += [played.wait(f"job-{number}-{twin}", ends=DAY) for twin in range(2)]
        await asyncio.sleep(7)
    assert len(played.vendor.lists) == 1
    await cancel(waits)


@LISTING
async def test_a_list_that_failed_is_soon_tried_again(vendor):
    played = stage(vendor)
    plan = iter([failing(500)])
    played.vendor.plan = lambda asked: next(plan, None) if asked.is_list else None
    waits = played.wait_for(100, ends=DAY)
    await played.at(5 + FIRST_PAUSE + 6)
    polls = len(played.vendor.polls)
    assert polls
    await played.at(200)
    assert len(played.vendor.polls) == polls
    await cancel(waits)


async def test_a_good_list_makes_the_pause_after_the_next_fault_short_again():
    played = stage()
    faults = iter([50.0, 100.0, 150.0, DAY])
    next_fault = next(faults)

    def plan(asked: Asked) -> Answer:
        nonlocal next_fault
        if not asked.is_list or asked.at < next_fault:
            return None
        next_fault = next(faults)
        return failing(500)

    played.vendor.plan = plan
    waits = played.wait_for(50, ends=DAY)
    await played.at(200)
    assert 150 < played.vendor.polls[-1].at < 155 + FIRST_PAUSE + 5
    await cancel(waits)


@LISTING
async def test_a_fault_amid_the_list_does_not_write_off_the_jobs_behind_it(vendor):
    played = stage(vendor)
    amid = iter([None, None, failing(500)])
    played.vendor.plan = lambda asked: next(amid, None) if asked.is_list else None
    waits = played.wait_for(300, ends=DAY, interval=60)
    await played.at(130)
    polls = len(played.vendor.polls)
    assert polls
    await played.at(350)
    assert len(played.vendor.polls) == polls
    await cancel(waits)


@LISTING
async def test_a_429_amid_the_list_does_not_write_off_the_jobs_behind_it(vendor):
    played = stage(vendor)
    amid = iter([None, None, throttling(7)])
    played.vendor.plan = lambda asked: next(amid, None) if asked.is_list else None
    waits = played.wait_for(300, ends=DAY, interval=60)
    await played.at(200)
    assert played.vendor.polls == []
    await cancel(waits)


@LISTING
async def test_jobs_that_the_list_hides_do_not_keep_it_from_being_read_for_the_others(vendor):
    """The hidden ones take 15 s a round, being more than the rate allows; the others wait no longer."""
    played = stage(vendor)
    played.vendor.hidden = {f"hidden-{number}" for number in range(300)}
    hidden = [played.wait(f"hidden-{number}", ends=DAY) for number in range(300)]
    await all_of(played.wait_for(300, ends=lambda number: 60 + number / 10))
    seen = {line.split("'")[1]: at for at, line in played.lines if line.startswith("succeeded")}
    assert max(at - 60 - int(job_id.removeprefix("job-")) / 10 for job_id, at in seen.items()) < 17
    await cancel(hidden)


async def test_a_job_that_ended_without_counters_on_the_list_is_polled_for_them():
    played = stage()
    told = played.vendor.job

    def bare(asked: Asked) -> Answer:
        if not asked.is_list:
            return None
        entries = [told(job_id) for job_id in played.vendor.ends]
        return Reply(200, {"jobs": [{"id": entry["id"], "status": entry["status"]} for entry in entries]})

    played.vendor.plan = bare
    outcomes = await all_of(played.wait_for(50, ends=32))
    assert [outcome.job.counters["processed_records"] for outcome in outcomes] == [1000] * 50
    assert sorted(asked.job_id for asked in played.vendor.polls) == sorted(f"job-{n}" for n in range(50))


async def test_a_wait_cancelled_during_a_list_poll_is_polled_for_no_more():
    played = stage(latency=2)
    waits = played.wait_for(100, ends=DAY)
    await played.at(6.5)
    await cancel(waits)
    await played.at(300)
    assert len(played.vendor.asked) <= 3


async def test_a_wait_that_is_cancelled_during_a_list_poll_costs_the_others_no_list():
    played = stage(latency=2)
    waits = played.wait_for(100, ends=DAY)
    await played.at(6.5)
    await cancel(waits[:1])
    await played.at(60)
    assert played.vendor.polls == []


async def test_a_job_that_is_waited_for_anew_during_a_list_poll_is_not_lost():
    played = stage(latency=2)
    waits = played.wait_for(100, ends=30)
    await played.at(6.5)
    await cancel(waits[:1])
    waits[0] = played.wait("job-0")
    assert endings(await all_of(waits, within=60)) == {"succeeded"}


async def test_a_wait_that_joins_during_a_list_poll_gets_what_it_sees():
    played = stage(latency=2)
    waits = played.wait_for(100, ends=4)
    await played.at(6.5)
    waits.append(played.wait("job-0"))
    await all_of(waits)
    assert len(played.vendor.asked) == 1


async def test_a_deadline_holds_for_a_job_on_the_list():
    played = stage()
    waits = played.wait_for(100, ends=DAY, timeout=62)
    assert endings(await all_of(waits)) == {"timeout"}
    assert 62 <= played.loop.now <= 62 + 100 / GEOBRIDGE.requests_per_second + 1


async def test_a_page_waits_for_the_rate_like_any_request():
    played = stage(rate=1)
    waits = played.wait_for(1000, ends=DAY, interval=30)
    await played.at(60)
    moments = [asked.at for asked in played.vendor.asked]
    assert len(moments) >= 10
    assert min(gaps(moments[1:])) > 0.95
    await cancel(waits)


async def test_a_list_poll_that_finds_the_account_paused_gives_its_jobs_back():
    """Their deadline comes while the account pauses; if the list poll kept them, nobody would notice."""
    played = stage(latency=2, hidden={"hidden"})
    played.vendor.plan = lambda asked: throttling(1000) if asked.at > 31 and not asked.is_list else None
    hidden = played.wait("hidden", ends=DAY, interval=1)
    assert endings(await all_of(played.wait_for(300, ends=DAY, interval=30, timeout=300))) == {"timeout"}
    assert played.loop.now < 300 + GRACE
    await cancel([hidden])


@LISTING
async def test_sporadic_faults_of_the_list_lose_no_wait(vendor):
    played = stage(vendor)
    asked_for = count()
    played.vendor.plan = lambda _: failing(500) if next(asked_for) % 20 == 19 else None
    assert endings(await all_of(played.wait_for(500, ends=40), within=300)) == {"succeeded"}


async def test_a_list_that_hangs_does_not_hold_up_single_polls():
    played = stage(hidden={"job-7"})
    waits = played.wait_for(100, ends=DAY)
    await played.at(20)
    played.vendor.pauses = lambda asked: DAY if asked.is_list else 0
    polls = len(played.vendor.polls)
    await played.at(50)
    assert len(played.vendor.polls) >= polls + 5
    await cancel(waits)
    await played.poller.close()


async def test_after_a_pause_single_polls_need_not_wait_for_the_end_of_a_list_poll():
    """The first request after the pause is a page of the list, from 80 s to 85 s; the next page hangs."""
    played = stage(hidden={"single"})
    played.vendor.plan = lambda asked: throttling(20) if 60 < asked.at < 62 else None
    played.vendor.pauses = lambda asked: (30 if "cursor" in asked.query else 5) if asked.at > 62 else 0
    waits = [*played.wait_for(150, ends=DAY), played.wait("single", ends=DAY, interval=40)]
    await played.at(100)
    assert 80 < played.vendor.polls_at("single")[-1] < 87
    await cancel(waits)
    await played.poller.close()


async def test_a_list_poll_gets_its_turn_beside_a_backlog_of_single_polls():
    played = stage(GEOBRIDGE, rate=5)
    played.vendor.hidden = {f"hidden-{number}" for number in range(200)}
    hidden = [played.wait(job_id, ends=DAY) for job_id in sorted(played.vendor.hidden)]
    assert endings(await all_of(played.wait_for(150, ends=20), within=120)) == {"succeeded"}
    await cancel(hidden)


async def test_newcomers_that_the_list_does_not_show_do_not_make_it_longer():
    def plan(asked: Asked) -> Answer:
        if not asked.is_list:
            return None
        ours = () if "cursor" in asked.query else (f"job-{number}" for number in range(50))
        return page(played.vendor, *ours, *foreign(50), cursor=f"c{next(numbers)}")

    played = stage(GEOBRIDGE, plan=plan)
    waits = played.wait_for(50, ends=DAY)
    for number in range(12):
        waits.append(played.wait(f"new-{number}", ends=DAY))
        await asyncio.sleep(5)
    pages = Counter(asked.at // 5 for asked in played.vendor.lists)
    assert max(pages.values()) <= 2 + SPARE_PAGES
    await cancel(waits)


# ---- waits that begin a few a second, as workers start them


@pytest.mark.parametrize("foreign_jobs", [0, 300])
@pytest.mark.parametrize("exist", [False, True], ids=["submitted as they are waited for", "submitted before"])
async def test_waits_that_begin_over_300_s_cost_a_request_for_ten_jobs_an_interval(exist, foreign_jobs):
    played = stage(foreign=foreign_jobs)
    job_ids = [f"job-{number}" for number in range(1000)]
    if exist:
        played.vendor.ends = dict.fromkeys(job_ids, DAY)
        random.Random(1).shuffle(job_ids)
    waits = []
    for job_id in job_ids:
        waits.append(played.wait(job_id, ends=DAY))
        await asyncio.sleep(300 / 1000)
    await played.at(350)
    allowed = sum(min(1000, interval * 5 / 0.3) / 10 for interval in range(350 // 5))
    assert len(played.vendor.asked) <= allowed
    assert all(asked.at < 30 for asked in played.vendor.polls)
    await cancel(waits)


@LISTING
async def test_a_list_that_did_not_pay_is_tried_again_for_twice_as_many_jobs(vendor):
    played = stage(vendor, foreign=400)
    waits = played.wait_for(5, ends=DAY)
    await played.at(20)
    first = len(played.vendor.lists)
    waits += [played.wait(f"later-{number}", ends=DAY) for number in range(4)]
    await played.at(60)
    assert len(played.vendor.lists) == first
    waits += [played.wait(f"last-{number}", ends=DAY) for number in range(31)]
    await played.at(100)
    polls = len(played.vendor.polls)
    await played.at(160)
    assert (len(played.vendor.polls) - polls, len(played.vendor.lists) > first) == (0, True)
    await cancel(waits)


async def test_a_job_that_a_list_poll_did_not_reach_is_polled_singly_until_one_reads_further():
    played = stage(GEOBRIDGE)
    others = [f"other-{number}" for number in range(850)]
    played.vendor.ends = dict.fromkeys(["job-0", "job-1", *others[:849], "far"], DAY)
    waits = [*played.wait_for(2, ends=DAY), played.wait("far", ends=DAY)]
    await played.at(60)
    assert len(played.vendor.polls_at("far")) == pytest.approx(60 / 5, abs=2)
    waits += [played.wait(job_id, ends=DAY) for job_id in others]
    await played.at(75)
    polls = len(played.vendor.polls_at("far"))
    await played.at(150)
    assert len(played.vendor.polls_at("far")) == polls
    await cancel(waits)


# ---- a list that lags brings good news only


def lagging(played, *, status: str | None = None):
    """Have the list show each job as it was at the beginning, or with a status of its own."""
    shown: dict = {}

    def page(query):
        body = PlayedVendor.page(played.vendor, query)
        for entry in body["jobs"]:
            first = shown.setdefault(entry["id"], dict(entry))
            entry.update(first if status is None else {"status": status})
        return body

    played.vendor.page = page


async def test_a_job_that_ended_behind_a_lagging_list_is_seen_at_its_deadline():
    played = stage()
    lagging(played)
    outcomes = await all_of(played.wait_for(50, ends=100, timeout=200))
    assert endings(outcomes) == {"succeeded"}


async def test_a_list_is_no_last_poll_of_what_is_overdue():
    played = stage(rate=0.5)
    lagging(played)
    waits = played.wait_for(300, ends=DAY)
    await played.at(100)
    last = played.wait("last", ends=150, timeout=100)
    assert (await last).ending == "succeeded"
    await cancel(waits)


async def test_a_job_that_ended_behind_a_lagging_list_is_seen_long_before_its_deadline():
    played = stage()
    lagging(played)
    await all_of(played.wait_for(50, ends=100))
    assert played.loop.now < 100 + 1.5 * SINGLE_EVERY + 10


async def test_a_job_that_a_worker_saw_and_that_the_list_shows_unchanged_is_seen_long_before_its_deadline():
    """As after a deferral: the list brings no change, not even at first."""
    played = stage()
    none = dict.fromkeys(GEOBRIDGE.records.counters, 0)
    page = played.vendor.page

    def unchanged(query):
        body = page(query)
        for entry in body["jobs"]:
            entry.update(status="processing", statistics=none)
        return body

    played.vendor.page = unchanged
    records = {"total": 0, "processed": 0, "succeeded": 0, "failed": 0}
    running = {"state": JobState.RUNNING, "status": "processing", "counters": none}
    seen = Job(vendor="geobridge", id="job", **running, **records)
    state = WaitState(job=seen, polls=1, polled_at=played.clock() - 5, moved_at=played.clock() - 5)
    await all_of(played.wait_for(50, ends=100, state=state))
    assert played.loop.now < 100 + 1.5 * SINGLE_EVERY + 10


async def test_a_job_that_should_have_ended_is_polled_singly():
    """Its counters go evenly for 100 s, then the list stands still."""
    played = stage()
    waits = played.wait_for(50, ends=200)
    await played.at(100)
    lagging(played)
    await all_of(waits)
    assert played.loop.now < 220


async def test_a_list_that_brings_no_news_costs_few_single_polls():
    played = stage()
    lagging(played)
    waits = played.wait_for(50, ends=DAY)
    await played.at(3600)
    assert len(played.vendor.polls) <= 50 * (1 + 3600 / SINGLE_EVERY)
    await cancel(waits)


@pytest.mark.parametrize("status", ["failed", "cancelled"])
async def test_bad_news_of_a_list_are_not_believed(status):
    played = stage()
    lagging(played, status=status)
    assert endings(await all_of(played.wait_for(50, ends=60), within=200)) == {"succeeded"}


async def test_a_job_that_failed_by_the_list_is_polled_at_once():
    played = stage()
    waits = played.wait_for(50, ends=DAY, interval=60)
    await played.at(30)
    lagging(played, status="failed")
    await played.at(70)
    assert {asked.job_id for asked in played.vendor.polls} == {f"job-{number}" for number in range(50)}
    await cancel(waits)


async def test_a_list_that_is_behind_takes_no_progress_back():
    played = stage()
    waits = played.wait_for(50, ends=1000)
    await played.at(500)
    played.vendor.page = lambda query: {
        **PlayedVendor.page(played.vendor, query),
        "jobs": [
            {**played.vendor.job(job_id), "status": "queued", "statistics": {}}
            for job_id in played.vendor.ends
        ],
    }
    lines = len(played.lines)
    await played.at(560)
    assert not [line for _, line in played.lines[lines:] if "queued" in line]
    await cancel(waits)


async def test_a_large_page_is_passed_on_in_turns():
    assert GEOBRIDGE.listing is not None
    listing = replace(GEOBRIDGE.listing, page_size=5000)
    played = stage(replace(GEOBRIDGE, listing=listing))
    said: Counter[int] = Counter()

    def say(level: int, event: str, **fields) -> None:  # noqa: ARG001  as a log takes it
        said[played.loop.turns] += 1

    waits = played.wait_for(3000, ends=DAY, say=say)
    await played.at(8)
    assert played.vendor.lists
    assert sum(said.values()) >= 3000
    assert max(said.values()) <= AT_ONCE + IN_FLIGHT
    await cancel(waits)
