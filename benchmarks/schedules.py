"""Requests against lag for three schedules: the pure schedule in virtual time, without a network."""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from airflow_jobstatus.protocol.job import Job, JobState
from airflow_jobstatus.vendors.geobridge import GEOBRIDGE
from airflow_jobstatus.waiting.wait import Wait
from airflow_jobstatus.waiting.watch import Watch
from benchmarks.case import SEED
from benchmarks.quantile import quantile

BEGAN = 1_785_588_000.0
YEAR = 365 * 86400.0
INTERVALS = (5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0)
"""For fixed schedules the interval, for growing ones the most to which it grows."""
FIRST = 5.0
"""The first interval of a schedule that grows."""
RECORDS = 10_000

LENGTHS: dict[str, Callable[[random.Random], float]] = {
    "short": lambda chance: chance.uniform(20, 120),
    "long": lambda chance: chance.uniform(1800, 7200),
    "skewed": lambda chance: min(14_400.0, chance.lognormvariate(math.log(180), 1.2)),
}
"""How long jobs take, in seconds; skewed ones take 3 minutes in the median, and some take hours."""


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A way to choose the moments to poll.

    :param name: Its name.
    :param exponential: Whether intervals double.
    :param counters: Whether the job's counters are shown to it.
    """

    name: str
    exponential: bool
    counters: bool


SCHEDULES = (
    Schedule(name="fixed", exponential=False, counters=False),
    Schedule(name="exponential", exponential=True, counters=False),
    Schedule(name="progress-aware", exponential=True, counters=True),
)


@dataclass(frozen=True, kw_only=True)
class Course:
    """How one job goes.

    :param job_id: Its id.
    :param seconds: How long it takes.
    :param bend: The exponent of its progress over time: 1 is even, above 1 it starts slowly.
    """

    job_id: str
    seconds: float
    bend: float

    def at(self, elapsed: float, *, counters: bool) -> Job:
        """Return the job as it is some seconds after its begin."""
        ended = elapsed >= self.seconds
        done = RECORDS if ended else min(RECORDS - 1, int(RECORDS * (elapsed / self.seconds) ** self.bend))
        return Job(
            vendor=GEOBRIDGE.conn_type,
            id=self.job_id,
            state=JobState.SUCCEEDED if ended else JobState.RUNNING,
            status="succeeded" if ended else "processing",
            counters={"processed_records": done} if counters else {},
            total=RECORDS if counters else None,
            processed=done if counters else None,
        )


class Declared:
    """An account at GeoBridge."""

    vendor = GEOBRIDGE
    is_proven = True

    def knows(self, status: str) -> bool:
        """Return whether the vendor declares a word."""
        return self.vendor.state_of(status, {}) is not None


def simulate(jobs: int) -> list[dict[str, Any]]:
    """Return, for each kind of job, schedule and interval, the requests per job and the lag.

    :param jobs: How many jobs of each kind.
    """
    return [
        {
            "jobs": kind,
            "schedule": schedule.name,
            "interval": interval,
            **_figures(_courses(kind, jobs), schedule, interval),
        }
        for kind in LENGTHS
        for schedule in SCHEDULES
        for interval in INTERVALS
    ]


def _courses(kind: str, jobs: int) -> list[Course]:
    chance = random.Random(SEED)  # noqa: S311  no secret
    return [
        Course(job_id=f"{kind}-{number}", seconds=LENGTHS[kind](chance), bend=chance.uniform(0.7, 1.4))
        for number in range(jobs)
    ]


def _figures(courses: list[Course], schedule: Schedule, interval: float) -> dict[str, float | None]:
    waits = [_wait(course, schedule, interval) for course in courses]
    lags = [lag for _, lag in waits]
    return {
        "requests": statistics.fmean(polls for polls, _ in waits),
        "lag": statistics.fmean(lags),
        "lag_p95": quantile(lags, 0.95),
    }


def _wait(course: Course, schedule: Schedule, interval: float) -> tuple[int, float]:
    """Return how many polls a wait took, and how late it saw the end."""
    wait = Wait(
        job_id=course.job_id,
        began=BEGAN,
        deadline=BEGAN + YEAR,
        interval=min(FIRST, interval) if schedule.exponential else interval,
        exponential=schedule.exponential,
        max_interval=interval if schedule.exponential else None,
    )
    watch = Watch(wait, Declared(), say=lambda *_, **__: None)
    now, polls = BEGAN, 1
    while watch.observe(course.at(now - BEGAN, counters=schedule.counters), now) is None:
        now, polls = watch.next_poll(now), polls + 1
    return polls, now - BEGAN - course.seconds
