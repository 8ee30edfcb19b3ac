"""Polls a job until it has ended, with the sensor's own schedule and verdict."""

from __future__ import annotations

import argparse
import logging
import math
import time

from airflow_jobstatus.command.command import Command
from airflow_jobstatus.command.connection import add_job, hook_for
from airflow_jobstatus.command.display import Display, display
from airflow_jobstatus.polling.worker import WorkerPoller
from airflow_jobstatus.protocol.job_id import checked_job_id
from airflow_jobstatus.waiting.batch import Batch
from airflow_jobstatus.waiting.outcome import Ending, Outcome
from airflow_jobstatus.waiting.verdict import check_limits
from airflow_jobstatus.waiting.wait import DEFAULT_UNREACHABLE_TIMEOUT, Wait

UNDECIDED = frozenset({Ending.UNREACHABLE, Ending.UNAUTHORIZED, Ending.TIMEOUT, Ending.EXECUTION_TIMEOUT})
"""The endings that say nothing of the job."""
A_WEEK = 7 * 24 * 3600.0
LONGEST = 1e9
"""The most seconds of an option: thirty years, which dates bear."""


def _add_options(parser: argparse.ArgumentParser, given: list[str]) -> None:
    add_job(parser, given)
    parser.add_argument(
        "--interval",
        metavar="SECONDS",
        type=_pause,
        default=10.0,
        help="time between two polls (10)",
    )
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=_seconds,
        default=A_WEEK,
        help="give up when the job has not ended after this time (a week)",
    )
    parser.add_argument(
        "--max-failed",
        metavar="N",
        type=_count,
        help="how many failed records a job that succeeded may have (any number)",
    )
    parser.add_argument(
        "--unreachable-timeout",
        metavar="SECONDS",
        type=_seconds,
        default=DEFAULT_UNREACHABLE_TIMEOUT,
        help="give up when the API has given no good answer for this time (3600)",
    )


def _run(options: argparse.Namespace) -> int:
    hook = hook_for(options)
    began = time.time()
    wait = Wait(
        job_id=checked_job_id(options.job_id),
        began=began,
        deadline=began + options.timeout,
        interval=options.interval,
        max_failed=options.max_failed,
        unreachable_timeout=options.unreachable_timeout,
    )
    check_limits(hook.api.vendor, wait)
    batch = Batch((wait.job_id,), many=False)
    with display() as shown:
        outcome = _watched(WorkerPoller(hook, batch, wait, say=shown.say, states={}), shown)
        if outcome.ending is Ending.SUCCEEDED:
            return 0
        shown.say(logging.ERROR, outcome.message)
    return 2 if outcome.ending in UNDECIDED else 1


def _watched(poller: WorkerPoller, shown: Display) -> Outcome:
    while True:
        outcome = poller.poll()
        shown.show(poller.state.job)
        if outcome is not None:
            return outcome
        now = time.time()
        time.sleep(max(0.0, poller.next_poll(now) - now))


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= LONGEST:
        raise argparse.ArgumentTypeError(f"{text!r} must be a number of seconds, 0 to {LONGEST:.0f}")
    return value


def _pause(text: str) -> float:
    value = _seconds(text)
    if not value:
        raise argparse.ArgumentTypeError("it must be more than 0")
    return value


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} must be a whole number of at least 0")
    return int(text)


WATCH = Command(
    about="poll a job until it has ended, and show how far it is",
    exit_codes=(
        "Exit code: 0 if the job succeeded; 1 if it failed, was cancelled, no longer exists or was never "
        "there, or if too many records failed; 2 if it could not be polled, the credential was refused, or "
        "the job did not end in time; 130 after Ctrl-C."
    ),
    after_error=2,
    add_options=_add_options,
    run=_run,
)
