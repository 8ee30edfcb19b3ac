"""What the waits of one account share, and what they do not do to each other."""

from __future__ import annotations

import asyncio
import gc
import random
import time
from collections import Counter
from contextvars import ContextVar
from dataclasses import replace
from weakref import ref

import pytest

from airflow_jobstatus.polling.agenda import AT_ONCE
from airflow_jobstatus.polling.client import Client
from airflow_jobstatus.polling.limiter import LONGEST_NAP
from airflow_jobstatus.polling.poller import IN_FLIGHT, Poller
from airflow_jobstatus.polling.registry import joined
from airflow_jobstatus.protocol.api import Api
from airflow_jobstatus.protocol.bounds import KNOCK_EVERY
from airflow_jobstatus.protocol.errors import TransientError
from airflow_jobstatus.protocol.job import JobState
from airflow_jobstatus.vendors.courier import COURIER
from airflow_jobstatus.vendors.geobridge import GEOBRIDGE
from airflow_jobstatus.waiting.batch import Batch
from airflow_jobstatus.waiting.state import WaitState
from airflow_jobstatus.waiting.wait import Wait
from tests.support.played import (
    DAY,
    HTML,
    NOT_FOUND,
    Answer,
    Asked,
    PlayedHook,
    PlayedTransport,
    all_of,
    cancel,
    endings,
    failing,
    gaps,
    reset,
    stage,
    throttling,
)
from tests.support.virtual_time import VirtualTimeLoop

who = ContextVar("who", default="nobody")
WITHOUT_LIST = replace(GEOBRIDGE, listing=None)


def sometimes(answer: Answer, share: float):
    """Let a share of all requests meet something, always the same ones."""
    chance = random.Random(7)
    return lambda _: answer if chance.random() < share else None


async def test_a_job_is_polled_at_once_an_interval():
    played = stage()
    await played.wait("job", ends=32)
    assert len(played.vendor.polls) == 7


async def test_a_job_that_has_ended_is_seen_at_the_next_poll():
    played = stage()
    assert (await played.wait("job", ends=32)).job.state is JobState.SUCCEEDED
    assert 32 < played.loop.now < 32 + 5 * 1.1 + 0.1


async def test_two_waits_for_a_job_share_its_polls():
    played = stage()
    outcomes = await all_of([played.wait("job", ends=32), played.wait("job")])
    assert endings(outcomes) == {"succeeded"}
    assert len(played.vendor.polls) == 7


async def test_a_wait_that_joins_later_shares_the_polls_from_then_on():
    played = stage()
    first = played.wait("job", ends=60)
    await played.at(32)
    outcomes = await all_of([first, played.wait("job", began=played.clock() - 32)])
    assert endings(outcomes) == {"succeeded"}
    assert len(played.vendor.polls) <= 13


async def test_a_wait_that_joins_while_a_poll_is_under_way_gets_what_it_sees():
    played = stage(latency=3)
    waits = [played.wait("job", ends=5)]
    await played.at(6)
    assert len(played.vendor.polls) == 1
    waits.append(played.wait("job"))
    assert endings(await all_of(waits)) == {"succeeded"}
    assert len(played.vendor.polls) == 1


async def test_waits_that_keep_joining_do_not_put_the_poll_off():
    played = stage()
    played.vendor.ends["job"] = 5
    waits = []
    for _ in range(200):
        waits.append(played.wait("job"))
        await asyncio.sleep(0.1)
    assert played.vendor.polls_at("job")[0] < 6
    await all_of(waits)


async def test_a_wait_that_joins_does_not_put_off_a_poll_that_waits_for_the_rate():
    played = stage(COURIER)
    played.vendor.ends["job"] = DAY
    others = played.wait_for(100, ends=DAY, interval=1)
    waits = [played.wait("job", interval=20)]
    while played.loop.now < 40:
        await asyncio.sleep(0.3)
        waits.append(played.wait("job", interval=20))
    assert len(played.vendor.polls_at("job")) >= 1
    await cancel(others + waits)


async def test_the_shortest_interval_of_a_job_s_waits_rules():
    played = stage()
    waits = [played.wait("job", ends=32, interval=600), played.wait("job", interval=5)]
    await all_of(waits)
    assert played.loop.now < 40


async def test_a_cancelled_wait_leaves_at_once():
    played = stage()
    wait = played.wait("job", ends=DAY)
    await played.at(12)
    wait.cancel()
    with pytest.raises(asyncio.CancelledError):
        await wait
    await played.at(1000)
    assert len(played.vendor.polls) == 2


async def test_a_cancelled_wait_harms_no_other_for_its_job():
    played = stage()
    waits = [played.wait("job", ends=32), played.wait("job")]
    await played.at(12)
    waits[0].cancel()
    assert (await waits[1]).ending == "succeeded"


async def test_a_wait_cancelled_during_its_poll_harms_no_other_for_its_job():
    played = stage(latency=2)
    waits = [played.wait("job", ends=32), played.wait("job")]
    await played.at(6.5)
    waits[0].cancel()
    assert (await waits[1]).ending == "succeeded"


async def test_a_job_that_is_waited_for_anew_while_its_last_poll_is_under_way_is_polled_again():
    played = stage(latency=2)
    first = played.wait("job", ends=4)
    await played.at(6)
    first.cancel()
    await asyncio.sleep(0)
    assert (await asyncio.wait_for(played.wait("job"), 60)).ending == "succeeded"
    assert len(played.vendor.polls) == 2


async def test_of_what_a_poll_saw_a_wait_is_told_once():
    played = stage(latency=2)
    first = played.wait("job", ends=DAY)
    await played.at(6)
    first.cancel()
    await asyncio.sleep(0)
    second = played.wait("job")
    await played.at(9)
    assert [line for _, line in played.lines] == []
    second.cancel()


async def test_the_last_wait_closes_the_poller():
    hook = PlayedHook(GEOBRIDGE, asyncio.get_running_loop())
    async with joined(hook) as poller, joined(hook) as same:
        assert poller is same
    async with joined(hook) as another:
        assert another is not poller


async def test_a_poller_that_is_closed_leaves_no_task():
    played = stage(latency=60)
    waits = played.wait_for(10, ends=DAY)
    await played.at(30)
    await cancel(waits)
    await played.poller.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert [transport.closed for transport in played.transports] == [True]


async def test_a_poller_whose_closing_is_cancelled_closes_its_session():
    played = stage(latency=60)
    waits = played.wait_for(10, ends=DAY)
    await played.at(30)
    await cancel(waits)
    closing = asyncio.ensure_future(played.poller.close())
    await asyncio.sleep(0)
    closing.cancel()
    await asyncio.wait([closing])
    assert [transport.closed for transport in played.transports] == [True]


async def test_a_poller_that_is_closed_while_a_try_begins_leaves_the_account_free():
    played = stage()
    played.poller.throttle.leave(TransientError("GeoBridge", "down", retry_after=1.0), played.loop.time())
    played.poller.throttle.enter(played.loop.time() + 2)
    await played.poller.close()
    assert played.poller.throttle.delay(played.loop.time() + 4) == 0


async def test_thousands_of_cancelled_jobs_hold_up_no_poll():
    played = stage(GEOBRIDGE)
    other = played.wait("other", ends=20, timeout=30)
    await played.at(1)
    cancelling = [asyncio.ensure_future(played.poller.cancel(f"job-{number}")) for number in range(3000)]
    assert (await other).ending == "succeeded"
    assert played.loop.now < 30
    await cancel(cancelling)


async def test_a_long_list_is_joined_step_by_step():
    played = stage(COURIER)
    steps = 0

    async def count() -> None:
        nonlocal steps
        while played.poller.planned < 450:
            steps += played.poller.planned > 0
            await asyncio.sleep(0)

    ids = [f"job-{number}" for number in range(500)]
    counting = asyncio.ensure_future(count())
    wait = Wait(job_id=ids[0], began=played.clock(), deadline=played.clock() + DAY, interval=5)
    waiting = asyncio.ensure_future(played.poller.wait(Batch.of(ids), wait, say=played.say))
    await counting
    assert steps >= 4
    await cancel([waiting])


async def test_other_connections_have_pollers_of_their_own():
    loop = asyncio.get_running_loop()
    one, other = PlayedHook(GEOBRIDGE, loop), PlayedHook(GEOBRIDGE, loop)
    other.conn_id = "other"
    async with joined(one) as first, joined(other) as second:
        assert first is not second


@pytest.mark.parametrize("vendor", [COURIER, GEOBRIDGE], ids=lambda vendor: vendor.name)
@pytest.mark.parametrize(
    ("answer", "share"),
    [(failing(500), 0.05), (reset(), 0.05), (HTML, 0.02), (failing(408), 0.05)],
    ids=["5 % 500", "5 % resets", "2 % HTML", "5 % 408"],
)
async def test_sporadic_faults_lose_none_of_a_thousand_waits(vendor, answer, share):
    played = stage(vendor)
    played.vendor.plan = sometimes(answer, share)
    outcomes = await all_of(played.wait_for(1000, ends=59, interval=60), within=600)
    assert endings(outcomes) == {"succeeded"}


async def test_sporadic_faults_do_not_pause_the_account():
    played = stage(COURIER)
    played.vendor.plan = sometimes(failing(500), 0.05)
    await all_of(played.wait_for(1000, ends=60, interval=60), within=600)
    asked = [asked.at for asked in played.vendor.asked]
    assert len([at for at in asked if at < asked[0] + 40]) > 40 * 20 * 0.9


async def test_more_jobs_than_may_be_asked_for_at_once_are_all_polled():
    played = stage(COURIER, latency=1, rate=10_000.0)
    waits = played.wait_for(IN_FLIGHT * 5, ends=DAY, interval=60)
    await played.at(80)
    assert len({asked.job_id for asked in played.vendor.asked}) == IN_FLIGHT * 5
    await cancel(waits)


async def test_as_soon_as_a_request_ends_the_next_begins():
    played = stage(COURIER, latency=10, rate=10_000.0)
    await all_of(played.wait_for(1 + IN_FLIGHT * 3, ends=0, interval=60))
    first_alone = 10
    assert played.loop.now < 66 + first_alone + 3 * 10 + 1


async def test_requests_under_way_at_once_are_bounded():
    played = stage(COURIER, latency=20)
    waits = played.wait_for(200, ends=DAY, interval=5)
    await played.at(60)
    begun = [asked.at for asked in played.vendor.asked]
    assert max(sum(at <= moment < at + 20 for at in begun) for moment in begun) <= IN_FLIGHT
    await cancel(waits)


@pytest.mark.parametrize("limit", [1.0, 5.0])
async def test_the_rate_of_the_connection_holds_from_the_first_request(limit):
    played = stage(COURIER, rate=limit)
    played.hook.seconds = 2.0
    waits = played.wait_for(100, ends=DAY, interval=5)
    await played.at(9)
    assert 2 <= len(played.vendor.asked) <= 1 + 2 * limit + 1
    await cancel(waits)


async def test_what_was_due_first_is_polled_first():
    played = stage(COURIER)
    waits = [played.wait(f"job-{number}", ends=DAY, interval=5 + number / 100) for number in range(100)]
    await played.at(10.4)
    first_polls = [asked.job_id for asked in played.vendor.asked][:100]
    assert len(set(first_polls)) == len(first_polls)
    await cancel(waits)


async def test_when_more_is_due_than_the_rate_allows_all_get_their_turn():
    played = stage(COURIER)
    waits = played.wait_for(200, ends=DAY, interval=5)
    await played.at(60)
    turns = Counter(asked.job_id for asked in played.vendor.asked)
    assert len(turns) == 200
    assert max(turns.values()) - min(turns.values()) <= 1
    await cancel(waits)


def raising(asked: Asked) -> Answer:
    return ZeroDivisionError("a mistake") if asked.job_id == "bad" else None


async def test_a_mistake_in_a_poll_reaches_its_waits():
    played = stage()
    played.vendor.plan = raising
    with pytest.raises(ZeroDivisionError):
        await played.wait("bad")


async def test_a_mistake_in_a_poll_harms_no_wait_for_another_job():
    played = stage()
    played.vendor.plan = raising
    waits = [played.wait("bad"), played.wait("good", ends=32)]
    with pytest.raises(ZeroDivisionError):
        await waits[0]
    assert (await asyncio.wait_for(waits[1], 60)).ending == "succeeded"


async def test_a_mistake_in_the_first_poll_after_a_pause_does_not_keep_the_account_closed():
    played = stage(COURIER)
    mistake = iter([ZeroDivisionError("a mistake")])
    played.vendor.plan = lambda asked: throttling(10) if asked.at < 10 else next(mistake, None)
    outcomes = await asyncio.wait_for(
        asyncio.gather(*played.wait_for(5, ends=32), return_exceptions=True), 120
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Outcome"] * 4 + ["ZeroDivisionError"]


async def test_a_mistake_in_a_list_poll_loses_no_wait():
    played = stage()
    played.vendor.plan = lambda asked: ZeroDivisionError("a mistake") if asked.is_list else None
    assert endings(await all_of(played.wait_for(100, ends=32), within=120)) == {"succeeded"}


async def test_after_a_mistake_in_a_list_poll_the_list_is_left_alone():
    played = stage()
    played.vendor.plan = lambda asked: ZeroDivisionError("a mistake") if asked.is_list else None
    await all_of(played.wait_for(100, ends=300))
    assert len(played.vendor.lists) == 1


async def test_a_poll_that_is_cancelled_from_outside_loses_no_wait():
    played = stage()
    cancelled: list[asyncio.Task[None]] = []

    def plan(_: Asked) -> Answer:
        if not cancelled:
            cancelled.append(asyncio.current_task())
            cancelled[0].cancel()
        return None

    played.vendor.plan = plan
    assert (await asyncio.wait_for(played.wait("job-1", ends=7), 60)).ending == "succeeded"


async def test_after_a_mistake_the_account_can_be_waited_on_again():
    played = stage()
    played.vendor.plan = raising
    with pytest.raises(ZeroDivisionError):
        await played.wait("bad")
    assert (await asyncio.wait_for(played.wait("good", ends=32), 60)).ending == "succeeded"


class Broken(Client):
    """A client that cannot say what the account is; the first to ask are those that start the polls."""

    broken = True

    @property
    def api(self) -> Api | None:
        if self.broken:
            raise ZeroDivisionError("a mistake")
        return super().api


async def test_a_mistake_of_the_poller_itself_reaches_all_waits_and_the_next_one_goes_well():
    played = stage(COURIER)
    client = Broken(played.hook, connect=lambda account: PlayedTransport(account, played.vendor))
    played.poller = Poller(played.hook, client=client, clock=played.clock, steady=played.loop.time)
    outcomes = await asyncio.wait_for(
        asyncio.gather(*played.wait_for(5, ends=32), return_exceptions=True), 60
    )
    assert {type(outcome) for outcome in outcomes} == {ZeroDivisionError}
    client.broken = False
    assert (await asyncio.wait_for(played.wait("job", ends=32), 60)).ending == "succeeded"


def mute(*_: object, **__: object) -> None:
    raise OSError("the log is full")


@pytest.mark.parametrize("plan", [lambda _: None, lambda _: failing(429)], ids=["open", "closed"])
async def test_a_log_that_fails_reaches_its_wait_and_harms_no_other(plan):
    played = stage(COURIER)
    played.vendor.plan = lambda asked: plan(asked) if asked.at < 20 else None
    waits = [*played.wait_for(3, ends=32, say=mute), *played.wait_for(3, ends=32)]
    outcomes = await asyncio.wait_for(asyncio.gather(*waits, return_exceptions=True), 120)
    assert [type(outcome).__name__ for outcome in outcomes] == ["OSError"] * 3 + ["Outcome"] * 3


async def test_a_log_that_fails_at_the_deadline_reaches_its_wait_too():
    def mute_at_the_end(level: int, event: str, **fields) -> None:  # noqa: ARG001  as a log takes it
        if event.startswith("timeout"):
            raise OSError("the disk is full")

    played = stage(COURIER, rate=0.1)
    waits = played.wait_for(50, ends=DAY, timeout=60, say=mute_at_the_end)
    outcomes = await asyncio.wait_for(asyncio.gather(*waits, return_exceptions=True), 300)
    assert {type(outcome).__name__ for outcome in outcomes} == {"OSError"}


async def test_a_state_that_cannot_be_planned_with_reaches_its_wait_and_harms_no_other_for_its_job():
    played = stage()
    other = played.wait("job", ends=32)
    await played.at(1)
    with pytest.raises(TypeError):
        await played.wait("job", state=WaitState(failures=0, expected_at="soon"))  # type: ignore[arg-type]
    assert (await asyncio.wait_for(other, 60)).ending == "succeeded"


async def test_log_lines_are_said_in_the_context_of_their_wait():
    played = stage()
    said = []

    def say(level: int, event: str, **fields) -> None:  # noqa: ARG001  as a log takes it
        said.append(who.get())

    waits = []
    for name in ("one", "two"):
        who.set(name)
        waits.append(played.wait("job", ends=7, say=say))
    who.set("test")
    await all_of(waits)
    assert sorted(said) == ["one", "one", "two", "two"]


@pytest.mark.parametrize("jobs", [1, 100], ids=["poll", "list"])
async def test_what_goes_on_in_the_background_has_no_wait_s_context(jobs):
    played = stage()
    seen = set()

    def plan(_asked: Asked) -> Answer:
        seen.add(who.get())
        return None

    played.vendor.plan = plan
    who.set("somebody")
    await all_of(played.wait_for(jobs, ends=12))
    assert seen == {"nobody"}


async def test_nothing_is_kept_of_waits_that_have_ended():
    played = stage()
    await all_of(played.wait_for(100, ends=32))
    await asyncio.sleep(LONGEST_NAP + 1)
    assert played.poller.is_idle


@pytest.mark.parametrize("vendor", [COURIER, GEOBRIDGE], ids=lambda vendor: vendor.name)
async def test_a_long_wait_keeps_no_more_plans_than_jobs(vendor):
    played = stage(vendor)
    waits = played.wait_for(50, ends=300)
    most = 0
    while played.loop.now < 300:
        await asyncio.sleep(7)
        most = max(most, played.poller.planned)
    assert most <= 2 * 50
    await all_of(waits)


async def test_waits_that_come_and_go_leave_no_plans():
    played = stage()
    for _ in range(500):
        wait = played.wait("job", ends=DAY, interval=60)
        await asyncio.sleep(1)
        wait.cancel()
    assert played.poller.planned <= 70


async def test_a_clock_that_is_set_back_delays_nothing():
    played = stage()
    wait = played.wait("job", ends=100)
    await played.at(32)
    played.set_by = -3600
    assert (await asyncio.wait_for(wait, 3 * LONGEST_NAP)).ending == "succeeded"


async def test_after_a_clock_was_set_back_polls_keep_their_interval():
    played = stage()
    wait = played.wait("job", ends=1000)
    await played.at(32)
    played.set_by = -3600
    await wait
    polls = played.vendor.polls_at("job")
    assert max(gaps(polls)) < 6


async def test_a_clock_that_is_set_back_keeps_no_account_closed():
    played = stage(COURIER)
    played.vendor.plan = lambda asked: failing(429) if asked.at < 32 else None
    waits = played.wait_for(20, ends=100)
    await played.at(31)
    played.set_by = -3600
    assert endings(await all_of(waits, within=600)) == {"succeeded"}


async def test_a_clock_that_is_set_forward_is_noticed_within_a_minute():
    played = stage()
    wait = played.wait("job", ends=DAY, interval=600, timeout=3000)
    await played.at(32)
    played.set_by = 3600
    assert (await asyncio.wait_for(wait, LONGEST_NAP + 1)).ending == "timeout"


async def test_a_wait_that_began_in_the_future_is_polled_all_the_same():
    played = stage()
    wait = played.wait("job", ends=32, began=played.clock() + 3600)
    assert (await asyncio.wait_for(wait, 60)).ending == "succeeded"


async def test_what_is_due_while_the_account_pauses_is_served_in_turns():
    jobs = 3000
    played = stage(COURIER)
    played.vendor.plan = lambda _: failing(429)
    served: dict[int, int] = {}

    def say(level: int, event: str, **fields) -> None:  # noqa: ARG001  as a log takes it
        served[played.loop.turns] = served.get(played.loop.turns, 0) + 1

    waits = played.wait_for(jobs, ends=DAY, say=say)
    await played.at(6.5)
    assert sum(served.values()) >= jobs
    assert max(served.values()) <= AT_ONCE + IN_FLIGHT
    await cancel(waits)


async def test_a_vendor_that_knows_no_such_job_ends_the_wait():
    played = stage()
    played.vendor.plan = lambda _: NOT_FOUND
    assert (await played.wait("job")).ending == "rejected"


# ---- cancelling


async def test_jobs_are_cancelled_within_the_rate_of_their_account():
    played = stage(rate=10)
    played.vendor.ends = {f"job-{number}": DAY for number in range(100)}
    await asyncio.gather(*map(played.poller.cancel, played.vendor.ends))
    assert 8 < played.loop.now < 12


async def test_a_job_is_not_cancelled_before_a_retry_after_ends():
    played = stage(WITHOUT_LIST)
    played.vendor.plan = lambda asked: throttling(30) if asked.at < 6 else None
    wait = played.wait("job-1", ends=DAY)
    await played.at(8)
    await played.poller.cancel("job-1")
    assert played.loop.now >= played.vendor.refused()[0].at + 30
    await cancel([wait])


async def test_cancelling_first_after_a_pause_holds_up_no_wait():
    played = stage(WITHOUT_LIST)
    played.vendor.plan = lambda asked: throttling(30) if asked.at < 6 else None
    waits = played.wait_for(20, ends=20)
    played.vendor.ends["another"] = DAY
    await played.at(8)
    await played.poller.cancel("another")
    assert endings(await all_of(waits, within=15)) == {"succeeded"}


async def test_a_cancellation_that_is_given_up_leaves_the_account_open():
    played = stage(WITHOUT_LIST)
    wait = played.wait("job-1", ends=20)
    given_up = asyncio.ensure_future(played.poller.cancel("job-1"))
    for _ in range(2):
        await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)
    assert (await asyncio.wait_for(wait, 60)).ending == "succeeded"


# ---- what an account is remembered by


async def test_a_pause_outlives_the_last_wait_of_its_account():
    played = stage()
    async with joined(played.hook) as first:
        first.throttle.leave(TransientError("GeoBridge", "HTTP 429", retry_after=600), time.monotonic())
    async with joined(played.hook) as second:
        assert second.throttle.delay(time.monotonic()) > KNOCK_EVERY - 10


async def test_an_account_that_never_paused_is_forgotten_with_its_last_wait():
    played = stage()
    async with joined(played.hook) as first:
        pass
    async with joined(played.hook) as second:
        assert second.throttle is not first.throttle


async def test_a_poll_that_is_cancelled_before_its_first_step_is_made_again():
    played = stage()
    wait = played.wait("job", ends=32)
    cancelled = False

    def factory(loop, coroutine, **more):
        nonlocal cancelled
        task = asyncio.Task(coroutine, loop=loop, **more)
        if coroutine.__qualname__ == "Poller._poll" and not cancelled:
            cancelled = task.cancel()
        return task

    played.loop.set_task_factory(factory)
    assert (await asyncio.wait_for(wait, 60)).ending == "succeeded"


class HangingHook(PlayedHook):
    """Never gets its connection."""

    asked = 0

    async def aget_api(self) -> Api:
        self.asked += 1
        await asyncio.Event().wait()
        raise AssertionError


async def test_waits_that_follow_each_other_share_a_look_up_that_hangs():
    hook = HangingHook(GEOBRIDGE, None)
    wait = Wait(job_id="job", began=time.time() - 60, deadline=time.time())  # so that it is polled at once
    for _ in range(3):
        async with joined(hook) as poller:
            waiting = asyncio.ensure_future(poller.wait(Batch.of("job"), wait, say=lambda *_, **__: None))
            await asyncio.sleep(1)
            await cancel([waiting])
    assert hook.asked == 1


def test_event_loops_that_were_closed_in_mid_wait_are_freed():
    loops = []
    for _ in range(3):
        loop = VirtualTimeLoop()
        loops.append(ref(loop))
        loop.run_until_complete(_left_waiting())
        loop.close()
        del loop
    asyncio.run(_joined_once())
    gc.collect()
    assert [loop() for loop in loops] == [None] * 3


async def _left_waiting() -> None:
    await joined(stage().hook).__aenter__()


async def _joined_once() -> None:
    hook = PlayedHook(GEOBRIDGE, None)
    async with joined(hook):
        pass
