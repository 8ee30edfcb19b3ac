"""A wait that goes on in another process, beside one that stays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from airflow_jobstatus.protocol.api import Api
from airflow_jobstatus.protocol.errors import CallError
from airflow_jobstatus.protocol.job import Job
from airflow_jobstatus.waiting.outcome import Outcome
from airflow_jobstatus.waiting.state import WaitState
from airflow_jobstatus.waiting.wait import Wait
from airflow_jobstatus.waiting.watch import Watch

BEGAN = 1_790_000_000.0
HOUR = 3600.0
INTERVAL = 60.0


def restart_differences(api: Api, job_id: str, seen: Job | CallError) -> list[str]:
    """Return a sentence for each thing that a wait in another process does otherwise.

    :param api: The calls whose job is waited for.
    :param job_id: The job's id.
    :param seen: What its polls see.
    """
    return list(_differences(api, job_id, seen))


def _differences(api: Api, job_id: str, seen: Job | CallError) -> Iterator[str]:
    if isinstance(seen, Job):
        read = Job.from_dict(json.loads(json.dumps(seen.to_dict())))
        if read.to_dict() != seen.to_dict():
            yield f"the job comes back from JSON as {read!r}, and was {seen!r}"
    wait = Wait(job_id=job_id, began=BEGAN, deadline=BEGAN + HOUR, interval=INTERVAL)
    stays = Watch(wait, api, say=_say_nothing)
    outcome = stays.observe(seen, BEGAN)
    if outcome is not None:
        again = Outcome.from_dict(json.loads(json.dumps(outcome.to_dict())))
        if again.to_dict() != outcome.to_dict():
            yield f"the outcome comes back from JSON as {again!r}, and was {outcome!r}"
        return
    own, unknown = Wait.from_dict(json.loads(json.dumps(wait.to_dict())))
    state, unread = WaitState.from_dict(json.loads(json.dumps(stays.state.to_dict())))
    if unknown or unread:
        yield f"what a wait remembers cannot be read again: {sorted(unknown | unread)}"
    moved = Watch(own, api, say=_say_nothing, state=state)
    due = stays.next_poll(BEGAN)
    if moved.next_poll(BEGAN) != due:
        yield f"the next poll should be due at {due}, and is at {moved.next_poll(BEGAN)}"
    if (ends := _ending(stays, seen, due)) != (ending := _ending(moved, seen, due)):
        yield f"the next poll should come to {ends!r}, and comes to {ending!r}"


def _ending(watch: Watch, seen: Job | CallError, now: float) -> tuple[object, float]:
    """Return what a poll comes to: how the wait ends, if it does, and when it polls next."""
    outcome = watch.observe(seen, now)
    return (None if outcome is None else outcome.to_dict()), watch.next_poll(now)


def _say_nothing(level: int, event: str, **fields: Any) -> None:
    """Take a log line."""
