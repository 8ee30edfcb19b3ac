"""What the waits on one account measure, and that it costs nothing where nobody wants to know."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from airflow_jobstatus.polling import metrics as module
from airflow_jobstatus.polling.metrics import (
    DETECTION,
    ENDED,
    FIRST_POLL,
    LATENESS,
    PAUSED_SECONDS,
    REPORT_EVERY,
    REQUESTS,
    WAITS,
    Metrics,
)
from airflow_jobstatus.vendors.courier import COURIER
from airflow_jobstatus.vendors.geobridge import GEOBRIDGE
from tests.support.played import (
    DAY,
    REFUSED,
    Asked,
    Reply,
    all_of,
    cancel,
    failing,
    reset,
    stage,
    throttling,
)

METRICS = Path(__file__).parents[3] / "docs" / "reference" / "metrics.md"
ACCOUNT = {"vendor": "courier", "connection": "played_default"}


class Noting:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self.gauges: dict[str, list[float]] = defaultdict(list)
        self.times: dict[str, list[float]] = defaultdict(list)
        self.tags: list[Mapping[str, str]] = []

    def incr(self, stat: str, *, tags: Mapping[str, str]) -> None:
        self.tags.append(tags)
        [own] = [tags[name] for name in tags.keys() - ACCOUNT.keys()]
        self.counts[stat, own] += 1

    def gauge(self, stat: str, value: float, *, tags: Mapping[str, str]) -> None:
        self.tags.append(tags)
        self.gauges[stat].append(value)

    def timing(self, stat: str, dt: timedelta, *, tags: Mapping[str, str]) -> None:
        self.tags.append(tags)
        self.times[stat].append(dt.total_seconds())


@pytest.fixture
def sink() -> Noting:
    return Noting()


@pytest.fixture
def metrics(sink) -> Metrics:
    return Metrics(sink, "courier", "played_default")


async def test_every_request_is_counted_by_its_outcome(sink, metrics):
    answers = iter([failing(500), reset(), throttling(1), None, Reply(400, {"message": "no"}), REFUSED])
    played = stage(COURIER, metrics=metrics, plan=lambda _: next(answers, None))
    await all_of([played.wait("job", ends=60)])
    counted = {outcome: count for (name, outcome), count in sink.counts.items() if name == REQUESTS}
    assert sum(counted.values()) == len(played.vendor.asked)
    assert counted.items() >= {"failed": 2, "throttled": 1, "refused": 1}.items()


async def test_every_wait_that_ends_is_counted_by_its_ending(sink, metrics):
    played = stage(COURIER, metrics=metrics)
    await all_of([*played.wait_for(3, ends=10), played.wait("late", ends=DAY, timeout=20)])
    assert {key: count for key, count in sink.counts.items() if key[0] == ENDED} == {
        (ENDED, "succeeded"): 3,
        (ENDED, "timeout"): 1,
    }


async def test_a_wait_that_is_cancelled_has_not_ended(sink, metrics):
    played = stage(COURIER, metrics=metrics)
    waits = played.wait_for(3, ends=DAY)
    await played.at(12)
    await cancel(waits)
    assert not [key for key in sink.counts if key[0] == ENDED]


async def test_the_first_poll_of_each_wait_is_timed_once(sink, metrics):
    played = stage(COURIER, metrics=metrics)
    await all_of(played.wait_for(5, ends=30, interval=10))
    assert len(sink.times[FIRST_POLL]) == 5
    assert all(10 <= seconds < 12 for seconds in sink.times[FIRST_POLL])


async def test_polls_that_are_in_time_are_not_late(sink, metrics):
    played = stage(COURIER, metrics=metrics)
    await all_of(played.wait_for(5, ends=30))
    assert max(sink.times[LATENESS]) < 0.5


async def test_polls_that_wait_for_the_rate_are(sink, metrics):
    played = stage(COURIER, rate=1, metrics=metrics)
    waits = played.wait_for(50, ends=DAY, interval=10)
    await played.at(60)
    assert 35 < max(sink.times[LATENESS]) < 60
    await cancel(waits)


async def test_a_list_poll_is_as_late_as_its_first_job(sink):
    played = stage(GEOBRIDGE, metrics=Metrics(sink, "courier", "played_default"))
    waits = played.wait_for(50, ends=DAY)
    await played.at(52)
    assert (len(played.vendor.polls), len(sink.times[LATENESS])) == (0, len(played.vendor.lists))
    await cancel(waits)


async def test_how_many_wait_is_reported_and_in_the_end_that_nobody_does(sink, metrics):
    played = stage(COURIER, metrics=metrics)
    waits = played.wait_for(7, ends=DAY)
    await played.at(100)
    assert set(sink.gauges[WAITS][1:]) == {7}
    assert len(sink.gauges[WAITS]) <= 100 / REPORT_EVERY + 1
    await cancel(waits)
    await played.poller.close()
    assert sink.gauges[WAITS][-1] == 0


async def test_a_pause_is_reported_until_it_is_over(sink, metrics):
    played = stage(COURIER, metrics=metrics, plan=lambda asked: throttling(60) if asked.at < 8 else None)
    waits = played.wait_for(3, ends=DAY)
    await played.at(30)
    assert 30 < max(sink.gauges[PAUSED_SECONDS]) <= 60
    await played.at(120)
    assert sink.gauges[PAUSED_SECONDS][-1] == 0
    await cancel(waits)


async def test_the_end_of_a_job_is_timed_by_the_vendors_clock(sink):
    played = stage(GEOBRIDGE, metrics=Metrics(sink, "courier", "played_default"))
    told = played.vendor.job

    def job(job_id: str) -> dict[str, Any]:
        ended = datetime.fromtimestamp(played.loop.clock() - played.loop.now + 21, timezone.utc)
        body = told(job_id)
        return {**body, "completed_at": ended.isoformat()} if body["status"] == "succeeded" else body

    played.vendor.job = job
    await all_of([played.wait("job", ends=21, interval=10)])
    assert sink.times[DETECTION] == [pytest.approx(played.loop.now - 21, abs=0.1)]


async def test_nothing_is_tagged_with_a_job(sink, metrics):
    def plan(asked: Asked) -> Reply | None:
        return throttling(1) if 20 < asked.at < 22 else None

    played = stage(COURIER, metrics=metrics, plan=plan)
    await all_of(played.wait_for(20, ends=40))
    assert {name for tags in sink.tags for name in tags} == {*ACCOUNT, "outcome", "ending", "hostname"}
    assert len({tuple(sorted(tags.items())) for tags in sink.tags}) <= 6


def test_a_tag_holds_nothing_that_a_format_could_not_carry(sink):
    Metrics(sink, "http_job", "team=a, küche").started(1.0)
    assert sink.tags == [{"vendor": "http_job", "connection": "team_a__k_che"}]


def test_every_metric_has_its_place_in_the_documentation():
    names = [
        value for value in vars(module).values() if isinstance(value, str) and value.startswith("jobstatus.")
    ]
    text = (Path(__file__).parents[3] / "docs" / "reference" / "metrics.md").read_text()
    assert len(names) == 7
    assert [name for name in names if f"`{name}`" not in text] == []
