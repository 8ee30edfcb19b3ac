"""Measures on a real Airflow what it costs that waits show their progress: ``python -m benchmarks.progress``.

The same 300 waits several times in one run, each time in an Airflow of its own: with ``[jobstatus] progress``
off and on by turns, for two measurements of the same differ by up to a tenth. What counts is the CPU of the
triggerer's two processes while all wait, and how long after its job each wait ends. It takes 20 minutes.
"""

from __future__ import annotations

import json
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from airflow_jobstatus.sandbox import Sandbox
from benchmarks.machine import describe
from benchmarks.quantile import quantile
from benchmarks.workerless import cpu_seconds
from lab.installation import Installation

ROOT = Path(__file__).resolve().parent
RESULT = ROOT / "results" / "progress.json"
WAITS = 300
ROUNDS = 2
"""How often each is measured."""
BEGIN = 80.0
"""Seconds in which all waits have to have begun."""
WATCHED = 100.0
"""Seconds in which the triggerer's CPU is counted."""
APART = 0.2
"""Seconds from the end of one job to that of the next."""
WITHIN = 300.0
"""Seconds after the last job's end in which all waits have to have ended."""


def main() -> None:
    """Measure, and write what came of it."""
    measured: dict[str, list[dict[str, Any]]] = {"off": [], "on": []}
    figures: dict[str, Any] = {"machine": describe(), "waits": WAITS, **measured}
    for _ in range(ROUNDS):
        for name, shown in (("off", "False"), ("on", "True")):
            measured[name].append(measure(shown))
            print(name, json.dumps(measured[name][-1]), flush=True)  # noqa: T201  a command
    cpu = {name: sum(one["triggerer_cpu"] for one in several) for name, several in measured.items()}
    figures["cpu_ratio"] = cpu["on"] / cpu["off"]
    RESULT.write_text(json.dumps(figures, indent=2) + "\n")
    print(f"CPU of the triggerer, on / off: {figures['cpu_ratio']:.3f}")  # noqa: T201


def measure(shown: str) -> dict[str, Any]:
    """Return the figures of one Airflow.

    :param shown: The value of ``[jobstatus] progress``.
    """
    sandbox = Sandbox(1.0, rate_limit=False)
    env = {"AIRFLOW__JOBSTATUS__PROGRESS": shown, "PYTHONPATH": str(ROOT.parent)}
    with sandbox.serve() as url:
        courier = {**sandbox.connections(url)["courier"], "extra": {"requests_per_second": 200}}
        with Installation(ROOT / "dags", {"courier_default": courier}, env) as airflow:
            jobs = f"progress-{time.time():.0f}"
            first = time.time() + BEGIN + WATCHED
            ends = {f"wait_{number}": first + number * APART for number in range(WAITS)}
            for task_id, end in ends.items():
                job_id = task_id.replace("wait", jobs).replace("_", "-")
                sandbox.add_job("courier", seconds=end - time.time(), job_id=job_id)
            run_id = airflow.trigger("progress", {"jobs": jobs})
            time.sleep(first - WATCHED - time.time())
            waiting = sum(task["state"] == "deferred" for task in airflow.task_instances("progress", run_id))
            before = cpu_seconds(airflow)["triggerer"]
            time.sleep(first - 1 - time.time())
            cpu = cpu_seconds(airflow)["triggerer"] - before
            rows = airflow.request(
                "GET",
                f"/api/v2/dags/progress/dagRuns/{run_id}/taskInstances/~/xcomEntries",
                params={"xcom_key": "job_progress", "limit": 1},
            ).json()["total_entries"]
            late = sorted(_lateness(airflow, run_id, ends))
    return {
        "waiting": waiting,
        "triggerer_cpu": cpu / (WATCHED - 1),
        "progress_rows": rows,
        "late_p50": quantile(late, 0.5),
        "late_p95": quantile(late, 0.95),
        "late_max": late[-1],
    }


def _lateness(airflow: Installation, run_id: str, ends: dict[str, float]) -> list[float]:
    limit = max(ends.values()) + WITHIN
    while True:
        tasks = airflow.task_instances("progress", run_id)
        if all(task["state"] == "success" for task in tasks):
            break
        if time.time() > limit:
            raise TimeoutError(f"not all of {len(ends)} waits have ended {WITHIN:g} s after the last job")
        time.sleep(2)
    return [
        datetime.fromisoformat(task["end_date"].replace("Z", "+00:00")).timestamp() - ends[task["task_id"]]
        for task in tasks
    ]


if __name__ == "__main__":
    main()
