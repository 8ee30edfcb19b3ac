"""When to poll next: a pure function of what was asked for, what is known of the job, and the time."""

from __future__ import annotations

import math
from hashlib import blake2b

from airflow_jobstatus.waiting.state import WaitState
from airflow_jobstatus.waiting.wait import Wait

JITTER = 0.1
"""The share of an interval over which polls of different jobs are spread."""
LATENESS = 0.02
"""The share of the expected rest by which a poll comes after the expected end, to find the job ended."""
FIRST_BACKOFF = 1.0
LAST_BACKOFF = 60.0


def next_poll(wait: Wait, state: WaitState, now: float, floor: float) -> float:
    """Return the moment of the next poll, in seconds since the epoch.

    Polls of a healthy job follow a fixed grid of slots, so that a wait keeps its cadence in another process::

        gap(1)    = interval
        gap(k)    = interval, or min(2 * gap(k - 1), max_interval) with exponential backoff
        slot(k)   = began + gap(1) + ... + gap(k)
        healthy   = slot(k) + 0.1 * gap(k) * spread(job id, k), for the first slot(k) that is still to come
        expected  = expected end + 2 % of the rest, but at least one interval from now
        failed    = now + backoff(failures, job id)
        asked     = the moment until which the vendor asked to wait

        after a failed poll:  next poll = asked, else failed
        after a good one:     next poll = the earlier of healthy and expected, but not before asked
        always:               at least now + floor, at most :func:`last_poll`

    :param wait: What was asked for.
    :param state: What the wait remembers of its polls.
    :param now: Seconds since the epoch.
    :param floor: The least seconds between two polls.
    """
    if state.failures:
        poll = now + backoff(state.failures, wait.job_id) if state.not_before is None else state.not_before
    else:
        slot, step, gap = _slot_after(wait, now, floor)
        poll = slot + JITTER * gap * spread(wait.job_id, step)
        if (end := state.expected_at) is not None:
            poll = min(poll, max(end + LATENESS * (end - now), now + wait.interval))
        if state.not_before is not None:
            poll = max(poll, state.not_before)
    return min(max(poll, now + floor), last_poll(wait, state))


def last_poll(wait: Wait, state: WaitState) -> float:
    """Return the moment of the poll that decides, at the latest, in seconds since the epoch.

    It is the deadline, or before that the moment at which the wait gives up: on an API without a good
    answer, or on a job that does not move, which only a good answer can show.

    :param wait: What was asked for.
    :param state: What the wait remembers of its polls.
    """
    last = wait.deadline
    if state.failures:
        if state.polled_at is not None:
            last = min(last, state.polled_at + wait.unreachable_timeout - state.silent)
    elif wait.stall_timeout is not None and state.moved_at is not None:
        last = min(last, state.moved_at + wait.stall_timeout)
    return last


def backoff(failures: int, seed: str) -> float:
    """Return the seconds to pause after some failed polls in a row: doubling, jittered, 1 to 60.

    :param failures: How many polls have failed, at least 1.
    :param seed: What makes this waiter's jitter differ from others'.
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
    return _slot_after(wait, now, floor)[2]


def _slot_after(wait: Wait, now: float, floor: float) -> tuple[float, int, float]:
    """Return the first slot of the wait's grid that is not too close to the poll just made.

    :returns: the slot, its number, and the gap before it.
    """
    gap = max(floor, wait.interval)
    most = max(floor, wait.max_interval or math.inf)
    if wait.exponential:
        gap = min(gap, most)
    # A wait may have begun in the future: on another machine, or before the clock was set back.
    slot, step = min(wait.began, now) + gap, 1
    moment = now + min(floor, gap / 2)
    while wait.exponential and slot < moment and gap < most:
        gap = min(gap * 2, most)
        slot, step = slot + gap, step + 1
    if slot < moment:
        missed = math.ceil((moment - slot) / gap)
        slot, step = slot + missed * gap, step + missed
    return slot, step, gap
