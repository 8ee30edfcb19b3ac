"""One night with an outage, hour by hour: what ``retries``, ``timeout`` and ``unreachable_timeout`` do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

from airflow_jobstatus.exceptions import OUTCOMES
from airflow_jobstatus.protocol.errors import CallError, TransientError
from airflow_jobstatus.protocol.job import Job, JobState
from airflow_jobstatus.vendors.geobridge import GEOBRIDGE
from airflow_jobstatus.waiting.wait import Wait
from docsite.scripted import ScriptedWait
from docsite.table import table

JOB_ID = "123e4567"
MIDNIGHT = datetime(2026, 3, 18, tzinfo=timezone.utc).timestamp()
TIMEOUT = timedelta(hours=6).total_seconds()
UNREACHABLE_TIMEOUT = timedelta(hours=1).total_seconds()
RETRIES, RETRY_DELAY = 2, timedelta(minutes=15).total_seconds()
POKE_INTERVAL = 300.0
BREAKS = MIDNIGHT + timedelta(hours=1).total_seconds()
RECOVERS = MIDNIGHT + timedelta(hours=3).total_seconds()
ENDS = MIDNIGHT + timedelta(hours=5, minutes=30).total_seconds()


def night() -> str:
    """Return what happens in the night of the worked example, as a table."""
    return table(("time", "try", "what happens"), _events())


def _events() -> Iterator[tuple[str, str, str]]:
    began = MIDNIGHT
    for attempt in range(1, RETRIES + 2):
        until = _time(began + TIMEOUT)
        yield _time(began), str(attempt), f"the try begins; its `timeout` ends at {until}"
        scripted = ScriptedWait(
            Wait(
                job_id=JOB_ID,
                began=began,
                deadline=began + TIMEOUT,
                interval=POKE_INTERVAL,
                unreachable_timeout=UNREACHABLE_TIMEOUT,
            ),
            _answer,
        )
        ended, outcome = scripted.run()
        yield from _faults(scripted, str(attempt))
        raised = OUTCOMES[outcome.ending].raises
        if raised is None:
            yield (
                _time(ended),
                str(attempt),
                "the next poll sees that the job has succeeded, so the task succeeds",
            )
            return
        yield (
            _time(ended),
            str(attempt),
            f"`unreachable_timeout` is over: the try fails with `{raised.__name__}`",
        )
        began = ended + RETRY_DELAY


def _faults(scripted: ScriptedWait, attempt: str) -> Iterator[tuple[str, str, str]]:
    failed = [now for now, seen in scripted.polls if isinstance(seen, CallError)]
    good = [now for now, seen in scripted.polls if isinstance(seen, Job)]
    if not failed:
        return
    yield (
        _time(failed[0]),
        attempt,
        "a poll gets 503; the wait polls again after 1 s, then after longer pauses, up to 60 s",
    )
    if after := [now for now in good if now > failed[-1]]:
        polls = f"after {len(failed)} failed polls"
        yield _time(after[0]), attempt, f"good answer again, {polls}: the budget of an hour is whole again"


def _answer(now: float) -> Job | CallError:
    if BREAKS <= now < RECOVERS:
        return TransientError(GEOBRIDGE.name, "HTTP 503 Service Unavailable", job_id=JOB_ID, http_status=503)
    has_ended = now >= ENDS
    return Job(
        vendor="geobridge",
        id=JOB_ID,
        state=JobState.SUCCEEDED if has_ended else JobState.RUNNING,
        status="succeeded" if has_ended else "processing",
    )


def _time(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, timezone.utc):%H:%M}"
