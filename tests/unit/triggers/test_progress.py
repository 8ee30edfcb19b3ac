"""How the triggerer writes the progress of its waits: in virtual time, and through real triggers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
from airflow.sdk.execution_time.comms import DeleteXCom, ErrorResponse, GetXCom, SetXCom
from airflow.triggers.base import TaskSuccessEvent

from airflow_jobstatus.protocol.errors import TransientError
from airflow_jobstatus.protocol.job import Job, JobState
from airflow_jobstatus.triggers.jobstatus import JobStatusTrigger
from airflow_jobstatus.triggers.progress import (
    CROWD,
    EVERY,
    LONGEST_PAUSE,
    SHARE,
    SOON,
    ProgressWriter,
    ShownWait,
)
from airflow_jobstatus.triggers.xcoms import XComError, XComs
from airflow_jobstatus.vendors.geobridge import GEOBRIDGE
from airflow_jobstatus.waiting.batch import Batch, BatchRun
from airflow_jobstatus.waiting.progress import ELSE_AFTER, KEY, NEWS_AFTER
from airflow_jobstatus.waiting.wait import Wait
from tests.support.acme import CONN_ID, RUNNING, SUCCEEDED, AcmeHook
from tests.support.source import Account
from tests.support.triggerer import event_of
from tests.support.virtual_time import VirtualTimeLoop

TRANSPARENT = pytest.mark.filterwarnings("ignore:Using Connection.from_json")
MINUTE = 60.0


class Shown:
    """A wait whose writes are counted."""

    def __init__(self, loop: VirtualTimeLoop, *, takes: float = 0.01) -> None:
        self.due: float | None = None
        self.written = float("-inf")
        self.next_within = 0.0
        self.urgent = False
        self.apart = EVERY
        self.share = SHARE
        self.crowd = CROWD
        self.writes: list[float] = []
        self.within: list[float] = []
        self.fails: type[Exception] | None = None
        self._loop = loop
        self._takes = takes

    async def write(self) -> None:
        self.writes.append(self._loop.now)
        self.within.append(self.next_within)
        await asyncio.sleep(self._takes)
        if self.fails is not None:
            raise self.fails("Airflow is away")


@pytest.fixture
def loop() -> Iterator[VirtualTimeLoop]:
    loop = VirtualTimeLoop()
    yield loop
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()


@pytest.fixture
def writer(loop) -> ProgressWriter:
    return ProgressWriter(loop.time)


def play(
    loop: VirtualTimeLoop, writer: ProgressWriter, script: dict[float, tuple[Shown, bool]], until: float
):
    """Note what a script says, each at its time."""

    async def run() -> None:
        for at, (shown, news) in sorted(script.items()):
            await asyncio.sleep(at - loop.now)
            writer.note(shown, news=news)
        await asyncio.sleep(until - loop.now)

    loop.run_until_complete(run())


def test_news_are_written_soon(loop, writer):
    shown = Shown(loop)
    play(loop, writer, {1.0: (shown, True)}, MINUTE)
    assert shown.writes == [pytest.approx(1.0 + SOON, abs=0.01)]


def test_polls_without_news_are_written_seldom(loop, writer):
    shown = Shown(loop)
    play(loop, writer, {float(second): (shown, False) for second in range(1, 60)}, MINUTE)
    assert len(shown.writes) == 3
    assert min(later - earlier for earlier, later in pairwise(shown.writes)) >= ELSE_AFTER


def test_news_that_follow_each_other_are_written_together(loop, writer):
    shown = Shown(loop)
    play(loop, writer, {1 + number / 100: (shown, True) for number in range(100)}, MINUTE)
    assert len(shown.writes) == 2
    assert shown.writes[1] - shown.writes[0] >= NEWS_AFTER


def test_all_waits_share_one_budget(loop, writer):
    waits = [Shown(loop, takes=0.0) for _ in range(20)]
    play(loop, writer, {1 + number / 1000: (shown, True) for number, shown in enumerate(waits)}, MINUTE)
    writes = sorted(write for shown in waits for write in shown.writes)
    assert min(later - earlier for earlier, later in pairwise(writes)) == pytest.approx(EVERY)


@pytest.mark.parametrize(("count", "takes"), [(30, 0.012), (30, 0.3), (100, 0.3), (200, 0.012), (300, 0.012)])
def test_no_wait_looks_old_while_all_are_written(loop, writer, count, takes):
    waits = [Shown(loop, takes=takes) for _ in range(count)]
    play(loop, writer, polled_each_minute(waits, within=29.3), 40 * MINUTE)
    assert_none_looks_old(waits, loop)


def test_an_api_that_fails_now_and_then_does_not_keep_other_waits_from_being_written(loop, writer):
    well = [Shown(loop, takes=0.012) for _ in range(100)]
    flaky = [Shown(loop, takes=0.012) for _ in range(50)]
    for shown in flaky:
        shown.urgent = True
    play(loop, writer, polled_each_minute([*well, *flaky], within=29.3), 40 * MINUTE)
    assert_none_looks_old(well, loop)


def test_one_slow_write_puts_nobody_off_for_long(loop, writer):
    waits = [Shown(loop, takes=0.012) for _ in range(100)]
    script = polled_each_minute(waits, within=29.3)
    play(loop, writer, script, 10 * MINUTE)
    slow = Shown(loop, takes=20.0)
    play(loop, writer, {loop.now + 1: (slow, True)}, loop.now + 30)
    begun = loop.now
    later = {at + begun: noted for at, noted in script.items()}
    play(loop, writer, later, begun + 30 * MINUTE)
    assert max(after - before for shown in waits for before, after in pairwise(shown.writes)) < 10 * MINUTE


def polled_each_minute(waits: list[Shown], within: float) -> dict[float, tuple[Shown, bool]]:
    """Return when waits are polled that begin one after the other, for forty minutes each."""
    begins = {1 + within * number / len(waits): shown for number, shown in enumerate(waits)}
    return {at + MINUTE * n: (shown, n == 0) for at, shown in begins.items() for n in range(40)}


def assert_none_looks_old(waits: list[Shown], loop: VirtualTimeLoop) -> None:
    for shown in waits:
        for written, newer_at, within in zip(
            shown.writes, [*shown.writes[1:], loop.now], shown.within, strict=True
        ):
            assert newer_at <= written + MINUTE + max(2 * MINUTE, 2 * within)  # as the tab reckons


def test_each_of_many_waits_has_its_turn(loop, writer):
    waits = [Shown(loop, takes=0.001) for _ in range(100)]
    script = {second + n / 1000: (shown, True) for second in range(1, 600) for n, shown in enumerate(waits)}
    play(loop, writer, script, 10 * MINUTE)
    counts = [len(shown.writes) for shown in waits]
    assert min(counts) >= 2
    assert max(counts) - min(counts) <= 1


def test_the_more_waits_are_shown_the_rarer_each_is_written(loop, writer):
    waits = [Shown(loop, takes=0.001) for _ in range(300)]
    play(loop, writer, {1 + number / 300: (shown, True) for number, shown in enumerate(waits)}, 2 + MINUTE)
    assert sum(len(shown.writes) for shown in waits) <= MINUTE / (CROWD * 280) + 1


def test_a_busy_airflow_is_left_alone(loop, writer):
    waits = [Shown(loop, takes=0.2) for _ in range(100)]
    play(loop, writer, {1 + number / 100: (shown, True) for number, shown in enumerate(waits)}, 2 + MINUTE)
    assert sum(len(shown.writes) for shown in waits) <= MINUTE / (0.2 * SHARE) + 1


def test_an_airflow_that_is_busy_for_long_is_shown_something_nevertheless(loop, writer):
    waits = [Shown(loop, takes=1.0) for _ in range(100)]
    play(loop, writer, {1 + number / 100: (shown, True) for number, shown in enumerate(waits)}, 2 + MINUTE)
    assert sum(len(shown.writes) for shown in waits) == int(MINUTE / (LONGEST_PAUSE + 1.0)) + 1


def test_a_wait_whose_api_begins_to_fail_is_written_before_the_others(loop, writer):
    waits = [Shown(loop) for _ in range(100)]
    failing = Shown(loop)
    script = {1 + number / 100: (shown, True) for number, shown in enumerate(waits)}
    failing.urgent = True
    play(loop, writer, {**script, 10.0: (failing, True)}, MINUTE)
    assert failing.writes[0] <= 10.0 + SOON + CROWD * 101


@pytest.mark.parametrize("error", [XComError, ValueError])
def test_a_write_that_fails_keeps_no_other_from_being_written(loop, writer, error):
    bad, good = Shown(loop), Shown(loop)
    bad.fails = error
    play(loop, writer, {1.0: (bad, True), 1.1: (good, True)}, MINUTE)
    assert (len(bad.writes), len(good.writes)) == (1, 1)


def test_a_wait_that_ends_is_written_no_more(loop, writer):
    shown = Shown(loop)
    play(loop, writer, {1.0: (shown, True)}, 1.1)
    writer.forget(shown)
    play(loop, writer, {}, MINUTE)
    assert shown.writes == []


def test_a_writer_with_nothing_to_write_ends(loop, writer):
    play(loop, writer, {1.0: (Shown(loop), True)}, MINUTE)
    assert asyncio.all_tasks(loop) == set()


@pytest.fixture
def trigger(acme, triggerer):
    """Make a trigger of a task that waits for a job with the given answers."""

    def make(*answers, many: bool = False, **options) -> JobStatusTrigger:
        now = time.time()
        job_id = acme.add(*answers)
        trigger = JobStatusTrigger(
            hook_class=f"{AcmeHook.__module__}.{AcmeHook.__qualname__}",
            conn_id=CONN_ID,
            job_id=[job_id] if many else job_id,
            options={"interval": 0.3, **options},
            began=now,
            deadline=now + 60,
        )
        trigger.task_instance = triggerer.instance()
        return trigger

    return make


def written(comms) -> list[Any]:
    return [message for message in comms.asked if isinstance(message, SetXCom) and message.key == KEY]


@TRANSPARENT
async def test_a_wait_under_way_shows_its_job(trigger, comms):
    await event_of(trigger(*[RUNNING] * 5, SUCCEEDED))
    [message] = written(comms)
    assert message.value["conn_id"] == CONN_ID
    assert message.value["jobs"][0]["processed"] == 640


@pytest.fixture
def wait() -> Wait:
    return Wait(job_id="job-1", began=0.0, deadline=3600.0, interval=60)


@pytest.fixture
def shown(triggerer) -> ShownWait:
    return ShownWait(XComs(triggerer.instance()), CONN_ID)


@pytest.fixture
def run(shown, wait) -> BatchRun:
    """Make a wait whose polls are shown."""
    return BatchRun(
        Batch.of("job-1"),
        wait,
        Account(GEOBRIDGE),
        say=lambda *_, **__: None,
        clock=lambda: 0.0,
        polled=lambda run, news: shown.polled(run, news=news),
    )


def poll(run: BatchRun, *answers: str) -> None:
    for answer in answers:
        down = TransientError("GeoBridge", "HTTP 503 Service Unavailable", http_status=503)
        up = Job(vendor="geobridge", id="job-1", state=JobState.RUNNING, status="processing")
        run.watches["job-1"].observe(down if answer == "down" else up, 1.0)


@pytest.mark.usefixtures("comms")
@pytest.mark.parametrize(
    ("written", "since", "urgent"),
    [
        (["up"], ["down"], True),
        (["up"], ["up"], False),
        (["up"], ["down", "up"], False),
        (["up", "down"], ["down"], False),
        (["up", "down"], ["up"], True),
    ],
)
async def test_it_is_urgent_that_the_api_fails_or_answers_again(shown, run, written, since, urgent):
    poll(run, *written)
    await shown.write()
    poll(run, *since)
    assert shown.urgent is urgent


async def test_what_is_shown_says_when_newer_is_to_come(comms, shown, run):
    poll(run, "up")
    shown.next_within = 123.0
    await shown.write()
    [message] = written(comms)
    assert message.value["next_within"] == 123.0


async def test_what_could_not_be_written_stays_urgent(comms, shown, run):
    poll(run, "down")
    comms.before = broken
    with pytest.raises(XComError):
        await shown.write()
    assert shown.urgent


def broken(_: Any) -> None:
    raise AirflowRuntimeError(ErrorResponse(error=ErrorType.API_SERVER_ERROR))


@TRANSPARENT
@pytest.mark.parametrize("many", [False, True])
async def test_a_stall_is_seen_over_a_restart_of_the_triggerer(trigger, comms, many):
    waiting = trigger(*[RUNNING] * 100, many=many, stall_timeout=1800)
    then = waiting.wait.began - 3600
    moments = {"seen_at": then, "moved_at": then, "polled_at": then, "ending": None}
    [job_id] = waiting.batch.job_ids
    seen = await AcmeHook(CONN_ID).aget_job(job_id)
    left = {"began": waiting.wait.began, "jobs": [{**seen.to_dict(), **moments}]}
    comms.xcoms[("wait", KEY, -1)] = left
    event = await event_of(waiting)
    assert event.payload["ending"] == "stalled"


@TRANSPARENT
async def test_no_one_asks_what_an_earlier_triggerer_saw_where_no_stall_counts(trigger, comms):
    await event_of(trigger(RUNNING, SUCCEEDED))
    assert not any(isinstance(message, GetXCom) for message in comms.asked)


@TRANSPARENT
async def test_a_job_that_has_ended_at_the_first_poll_costs_no_message(trigger, comms):
    await event_of(trigger(SUCCEEDED))
    assert comms.asked == []


@TRANSPARENT
async def test_a_success_that_ends_here_removes_the_progress(trigger, comms):
    await event_of(trigger(*[RUNNING] * 5, SUCCEEDED, end_from_trigger=True))
    await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})  # the writer
    assert KEY not in comms.left()


@TRANSPARENT
async def test_a_success_does_not_wait_until_its_progress_is_removed(trigger, comms):
    comms.silent_on = (DeleteXCom,)
    event = await event_of(trigger(*[RUNNING] * 5, SUCCEEDED, end_from_trigger=True))
    assert isinstance(event, TaskSuccessEvent)


@TRANSPARENT
@pytest.mark.parametrize(
    "setting",
    [
        ("AIRFLOW__JOBSTATUS__PROGRESS", "False"),
        ("AIRFLOW__CORE__XCOM_BACKEND", "tests.support.triggerer.Backend"),
    ],
    ids=["switched off", "a backend of one's own"],
)
async def test_a_setting_keeps_the_progress_from_being_shown(trigger, comms, monkeypatch, setting):
    monkeypatch.setenv(*setting)
    await event_of(trigger(*[RUNNING] * 5, SUCCEEDED))
    assert written(comms) == []


@TRANSPARENT
async def test_a_task_that_pushes_no_xcoms_shows_no_progress(trigger, comms):
    await event_of(trigger(*[RUNNING] * 5, SUCCEEDED, do_xcom_push=False))
    assert written(comms) == []


@TRANSPARENT
async def test_an_airflow_that_does_not_answer_holds_up_no_wait(trigger, comms):
    comms.silent_on = (SetXCom,)
    event = await asyncio.wait_for(event_of(trigger(*[RUNNING] * 5, SUCCEEDED)), 60)
    assert event.payload["ending"] == "succeeded"
