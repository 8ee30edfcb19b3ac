"""The lines that a wait logs, as the package writes them."""

from __future__ import annotations

from datetime import datetime, timezone

from airflow_jobstatus.protocol.errors import CallError, TransientError
from airflow_jobstatus.protocol.job import Job, JobState
from airflow_jobstatus.vendors.geobridge import GEOBRIDGE
from airflow_jobstatus.waiting.wait import Wait
from docsite.scripted import ScriptedWait

JOB_ID = "123e4567"
BEGAN = datetime(2026, 3, 18, 17, 40, tzinfo=timezone.utc).timestamp()
TOTAL = 1000
STARTS, BREAKS, RECOVERS, ENDS = 50.0, 170.0, 330.0, 485.0
"""When the job moves and the API fails, in seconds from the begin of the wait."""


def log() -> str:
    """Return the log of a wait for a job that outlives a short outage."""
    wait = Wait(job_id=JOB_ID, began=BEGAN, deadline=BEGAN + 3600)
    scripted = ScriptedWait(wait, _answer)
    scripted.run()
    return "\n".join(["```text", *(line for _, line in scripted.lines), "```"])


def _answer(now: float) -> Job | CallError:
    passed = now - BEGAN
    if BREAKS <= passed < RECOVERS:
        reason = "HTTP 503 Service Unavailable: page titled 'Maintenance'"
        return TransientError(GEOBRIDGE.name, reason, job_id=JOB_ID, http_status=503, from_vendor=False)
    if passed < STARTS:
        return Job(vendor="geobridge", id=JOB_ID, state=JobState.PENDING, status="queued")
    done = min(TOTAL, round(TOTAL * (passed - STARTS) / (ENDS - STARTS)))
    counters = {"total_records": TOTAL, "processed_records": done, "failed_records": 5 * done // TOTAL}
    return Job(
        vendor="geobridge",
        id=JOB_ID,
        state=JobState.SUCCEEDED if done == TOTAL else JobState.RUNNING,
        status="succeeded" if done == TOTAL else "processing",
        counters=counters,
        total=TOTAL,
        processed=done,
        failed=counters["failed_records"],
    )
