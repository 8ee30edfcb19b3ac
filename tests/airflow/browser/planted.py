"""Writes the XCom of a wait under way as a test needs it."""

from __future__ import annotations

import time
from typing import Any

from lab.run import Run


def job(**fields: Any) -> dict[str, Any]:
    """Give a job under way, polled 12 seconds ago with a good answer, but for what is given."""
    now = time.time()
    return {
        "id": "0bc08cdb-357c-4180-a723-14052a01a0c8",
        "state": "running",
        "status": "processing",
        "progress": 0.64,
        "processed": 640,
        "total": 1000,
        "succeeded": 637,
        "failed": 3,
        "counters": {"total_records": 1000, "processed_records": 640, "failed_records": 3},
        "error": None,
        "console": "https://console.geobridge.example/jobs/0bc08cdb",
        "polls": 12,
        "faults": 0,
        "failures": 0,
        "silent": 0.0,
        "fault": None,
        "seen_at": now - 12,
        "moved_at": now - 12,
        "expected_at": now + 405,
        "polled_at": now - 12,
        "next_poll": now + 48,
        "ending": None,
        "message": None,
        **fields,
    }


def failing_job(**fields: Any) -> dict[str, Any]:
    """Give a job whose API has failed for five minutes."""
    now = time.time()
    return job(
        **{
            "polls": 17,
            "faults": 5,
            "failures": 5,
            "silent": 300.0,
            "fault": "HTTP 503 Service Unavailable: page titled 'Maintenance'",
            "seen_at": now - 372,
            "moved_at": now - 372,
            "expected_at": None,
            **fields,
        }
    )


def progress(*jobs: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Give what a wait for these jobs writes, but for what is given."""
    now = time.time()
    ended = [one for one in jobs if one["state"] in {"succeeded", "failed", "cancelled"}]
    return {
        "version": 1,
        "vendor": "GeoBridge",
        "conn_id": "geobridge_default",
        "began": now - 720,
        "deadline": now + 85_680,
        "limit": "timeout",
        "interval": 60.0,
        "written_at": now - 12,
        "total": len(jobs),
        "ended": len(ended),
        "failing": sum(one["failures"] > 0 for one in jobs),
        "endings": {},
        "counters": jobs[0]["counters"],
        "progress": jobs[0]["progress"],
        "jobs": list(jobs),
        **fields,
    }


def job_tab(run: Run, task_id: str, map_index: int = -1) -> str:
    """Give the path of the tab Job of a task instance."""
    mapped = "" if map_index < 0 else f"/mapped/{map_index}"
    return f"/dags/{run.dag_id}/runs/{run.run_id}/tasks/{task_id}{mapped}/plugin/job"


def plant(run: Run, task_id: str, value: Any, key: str = "job_progress", map_index: int = -1) -> None:
    """Write an XCom, in place of the one that is there."""
    entries = f"/api/v2/dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances/{task_id}/xcomEntries"
    body = {"value": value, "map_index": map_index}
    if not run.airflow.request("PATCH", f"{entries}/{key}", json=body, missing_ok=True).ok:
        run.airflow.request("POST", entries, json={"key": key, **body})
