"""What a person wants to know of a wait under way, as the plain values of one XCom."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping
from typing import Any

from airflow_jobstatus.protocol.job import Job, JobState
from airflow_jobstatus.waiting.batch import BatchRun
from airflow_jobstatus.waiting.outcome import Ending, Outcome
from airflow_jobstatus.waiting.state import WaitState
from airflow_jobstatus.waiting.totals import Totals
from airflow_jobstatus.waiting.wait import Source, Wait
from airflow_jobstatus.waiting.watch import Watch

KEY = "job_progress"
"""The key of the XCom."""
VERSION = 1
"""Of the form of the values; it is raised when a reader of the older form would misread the newer one."""
NEWS_AFTER = 3.0
"""The least seconds between two writes of a wait, for news."""
ELSE_AFTER = 20.0
"""The least seconds between two writes of a wait, for what has merely gone on."""
MOST_JOBS = 50
"""How many jobs of a list are shown each; the sums are over all of them."""
OF_JOB = ("status", "progress", "total", "processed", "succeeded", "failed", "error")
"""What of a job is shown as it is."""
OF_STATE = ("polls", "faults", "failures", "silent", "seen_at", "moved_at", "expected_at", "polled_at")
"""What of a wait's state is shown as it is."""


def progress(run: BatchRun, now: float, next_within: float = ELSE_AFTER) -> dict[str, Any]:
    """Return how far the jobs of a wait are, and how their polls go: plain JSON values.

    :param run: The wait.
    :param now: Seconds since the epoch, as every moment in the values.
    :param next_within: Seconds in which newer values are to come, once a poll has brought some.
    """
    wait = run.wait
    seen = [watch.seen for watch in run.watches.values()] + [end.job for end in run.outcomes.values()]
    totals = Totals.of(seen)
    shown: list[dict[str, Any]] = []
    for job_id in heapq.nsmallest(MOST_JOBS, run.batch.distinct, key=lambda job_id: _rank(run, job_id)):
        if watch := run.watches.get(job_id):
            shown.append(_waited_for(watch, run.source, now))
        else:
            shown.append(_ended(job_id, run.outcomes[job_id], run.source))
    return {
        "version": VERSION,
        "vendor": run.source.vendor.name,
        "began": wait.began,
        "deadline": wait.deadline,
        "limit": wait.limit.value,
        "interval": wait.interval,
        "written_at": now,
        "next_within": next_within,
        "total": len(seen),
        "ended": len(run.outcomes),
        "failing": run.failing,
        "endings": dict(Counter(outcome.ending.value for outcome in run.outcomes.values())),
        "counters": totals.counters,
        "progress": totals.progress,
        "jobs": shown,
    }


def remembered(values: Any, wait: Wait, vendor: str) -> dict[str, WaitState]:
    """Return what a wait remembers of each job that its progress shows under way, by id.

    :param values: What :func:`progress` returned in an earlier process, or whatever stands in its place.
    :param wait: The wait; the progress of another, such as that of an earlier try, says nothing.
    :param vendor: The connection type of the vendor.
    """
    found: dict[str, WaitState] = {}
    if not isinstance(values, Mapping) or values.get("began") != wait.began:
        return found
    shown = values.get("jobs")
    for one in shown if isinstance(shown, list) else ():
        if isinstance(one, Mapping) and one.get("ending") is None and one.get("seen_at") is not None:
            kept = {name: one.get(name) for name in OF_STATE}
            state, unread = WaitState.from_dict({**kept, "job": {**one, "vendor": vendor}})
            if not unread:
                found[str(one["id"])] = state
    return found


def _rank(run: BatchRun, job_id: str) -> int:
    """Return where a job stands in the order of what a person has to see first."""
    if watch := run.watches.get(job_id):
        job = watch.seen
        return 0 if watch.is_failing else 2 if job and job.state is JobState.RUNNING else 3
    return 4 if run.outcomes[job_id].ending is Ending.SUCCEEDED else 1


def _waited_for(watch: Watch, source: Source, now: float) -> dict[str, Any]:
    state = watch.state
    return {
        **_job(watch.wait.job_id, state.job, source),
        **{name: getattr(state, name) for name in OF_STATE},
        "fault": None if watch.fault is None else watch.fault.reason,
        "next_poll": watch.next_poll(now),
        "ending": None,
        "message": None,
    }


def _ended(job_id: str, outcome: Outcome, source: Source) -> dict[str, Any]:
    ending = {"ending": outcome.ending.value, "message": outcome.message}
    return {**_job(job_id, outcome.job, source), **dict.fromkeys((*OF_STATE, "fault", "next_poll")), **ending}


def _job(job_id: str, job: Job | None, source: Source) -> dict[str, Any]:
    return {
        "id": job_id,
        "state": None if job is None else job.state.value,
        **{name: getattr(job, name, None) for name in OF_JOB},
        "counters": {} if job is None else dict(job.counters),
        "updated_at": None if job is None or job.updated_at is None else job.updated_at.isoformat(),
        "console": source.page_of(job_id),
    }
