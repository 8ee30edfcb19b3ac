"""When to poll next: a pure function of when the wait began, what time it is, and what went wrong."""

from __future__ import annotations

import math
from hashlib import blake2b

from airflow_jobstatus.waiting.wait import Wait

JITTER = 0.1
"""The share of an interval over which polls of different jobs are spread."""
LATENESS = 0.02
"""The share of the expected rest by which a poll comes after the expected end, to find the job ended."""
FIRST_BACKOFF = 1.0
LAST_BACKOFF = 60.0


def next_poll(  # noqa: PLR0913  all that the next poll depends on
    wait: Wait,
    *,
    now: float,
    floor: float,
    failures: int = 0,
    retry_after: float | None = None,
    expected_at: float | None = None,
) -> float:
    """Return the moment of the next poll, in seconds since the epoch.

    A healthy job is polled on a grid that starts with the wait and is jittered by the job's id, so that
    whoever takes the wait over keeps its cadence. After failed polls the backoff decides, and what the vendor
    asked for in Retry-After decides over everything but the deadline.

    :param wait: What was asked for.
    :param now: Seconds since the epoch.
    :param floor: The least seconds between two polls.
    :param failures: How many polls have failed since the last good one.
    :param retry_after: Seconds that the vendor asked to wait, None if it did not.
    :param expected_at: When the job should end at the pace of its counters, in seconds since the epoch; a
        wait whose intervals have grown beyond that polls then, but not sooner than the first interval.
    :returns: a moment not before ``now + floor``, unless the deadline is.
    """
    if retry_after is not None:
        poll = now + retry_after
    elif failures:
        poll = now + backoff(failures, wait.job_id)
    else:
        beat, step, gap = _beat_after(wait, now, floor)
        poll = beat + JITTER * gap * spread(wait.job_id, step)
        if expected_at is not None:
            poll = min(poll, max(expected_at + LATENESS * (expected_at - now), now + wait.interval))
    return min(max(poll, now + floor), wait.deadline)


def backoff(failures: int, seed: str) -> float:
    """Return the seconds to pause after some failed polls in a row: doubling, jittered, 1 to 60.

    :param failures: How many polls have failed, at least 1.
    :param seed: What tells this waiter from others.
    """
    most = min(LAST_BACKOFF, FIRST_BACKOFF * 2.0 ** min(failures - 1, 16))
    return max(FIRST_BACKOFF, most * (1 - spread(seed, failures) / 2))


def spread(seed: str, step: int) -> float:
    """Return a number from 0 to below 1 that looks random but is the same for the same seed and step."""
    digest = blake2b(f"{seed}#{step}".encode("utf-8", "surrogatepass"), digest_size=6).digest()
    return int.from_bytes(digest, "big") / 2**48


def interval(wait: Wait, now: float, floor: float) -> float:
    """Return the seconds between two polls of a healthy job, at some moment of the wait.

    :param wait: What was asked for.
    :param now: Seconds since the epoch.
    :param floor: The least seconds between two polls.
    """
    if not wait.exponential:
        return max(floor, wait.interval)
    return _beat_after(wait, now, floor)[2]


def _beat_after(wait: Wait, now: float, floor: float) -> tuple[float, int, float]:
    """Return the first beat of the wait's grid not too close to the poll just made.

    :returns: the beat, its number, and the gap before it.
    """
    gap = max(floor, wait.interval)
    most = max(floor, wait.max_interval or math.inf)
    if wait.exponential:
        gap = min(gap, most)
    # A wait may have begun in the future: on another machine, or before the clock was set back.
    beat, step = min(wait.began, now) + gap, 1
    moment = now + min(floor, gap / 2)
    while wait.exponential and beat < moment and gap < most:
        gap = min(gap * 2, most)
        beat, step = beat + gap, step + 1
    if beat < moment:
        missed = math.ceil((moment - beat) / gap)
        beat, step = beat + missed * gap, step + missed
    return beat, step, gap
