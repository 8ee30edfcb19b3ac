"""Measures on a real Airflow what a wait costs that begins or ends without a worker.

    make bench-workerless                       50 waits in each way, about ten minutes
    make bench-workerless ARGS="--waits 10"
    make bench-workerless ARGS=--report         makes table and plot anew from the figures

Beside it the deferred HttpSensor of apache-airflow-providers-http, which waits for a 404 to end. Jobs end one
after the other, each at a moment that is known. After each wait comes an EmptyOperator, which the scheduler
itself ends: that is the moment at which Airflow goes on, before a worker comes into play.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from threading import Timer
from typing import Any

from airflow_jobstatus.sandbox import Sandbox
from benchmarks import panels
from benchmarks.machine import cpu_of, describe
from benchmarks.quantile import quantile
from lab.installation import COMPONENTS, Installation

ROOT = Path(__file__).resolve().parent
DAGS = ROOT / "dags"
RESULTS = ROOT / "results" / "workerless"
HTTP_SENSOR = "http_sensor"
TITLES = {
    HTTP_SENSOR: "`HttpSensor(deferrable=True)`",
    "deferrable": "`deferrable=True`",
    "end_from_trigger": "and `end_from_trigger=True`",
    "start_and_end_from_trigger": "and `start_from_trigger=True`",
}
APART = 1.5
"""Seconds from the end of one job to the end of the next."""
LEAD = 5.0
"""Seconds from the moment when all wait to the end of the first job."""
IDLE = 20.0
"""Seconds in which the idle installation is watched."""
WITHIN = 1200.0
"""Seconds after which something counts as lost."""


class Clock:
    """The jobs' clock: it stands still until it is let go."""

    def __init__(self) -> None:
        self._stood = time.time()
        self.let_go: float | None = None

    def __call__(self) -> float:
        """Return the seconds since the epoch."""
        return self._stood + (0.0 if self.let_go is None else time.time() - self.let_go)

    def stop(self) -> None:
        """Have it stand still."""
        self._stood, self.let_go = self(), None


def main() -> None:
    """Measure, and write what came of it."""
    parser = argparse.ArgumentParser(description="Measures waits with and without workers.")
    parser.add_argument("--waits", type=int, default=50, help="waits in each way (50)")
    parser.add_argument(
        "--report", action="store_true", help="make table and plot from the figures there are"
    )
    options = parser.parse_args()
    RESULTS.mkdir(parents=True, exist_ok=True)
    figures = RESULTS / "workerless.json"
    if not options.report:
        figures.write_text(json.dumps(measure(options.waits), indent=2) + "\n")
    measured = json.loads(figures.read_text())
    (RESULTS / "workerless.md").write_text(table(measured))
    with suppress(ImportError):
        draw(measured)
    print(table(measured))  # noqa: T201  a command


def measure(waits: int) -> dict[str, Any]:
    """Return the figures of all ways.

    :param waits: How many waits in each.
    """
    clock = Clock()
    sandbox = Sandbox(1.0, clock=clock, rate_limit=False)
    with sandbox.serve() as url:
        courier = sandbox.connections(url)["courier"]
        headers = {"Authorization": f"Bearer {courier['password']}"}
        connections = {
            "courier_default": courier,
            HTTP_SENSOR: {"conn_type": "http", "host": url, "extra": headers},
        }
        with Installation(DAGS, connections, {"PYTHONPATH": str(ROOT.parent)}) as airflow:
            for way in TITLES:
                _spend(airflow, sandbox, clock, way, 1)
            time.sleep(IDLE / 4)
            before = cpu_seconds(airflow)
            time.sleep(IDLE)
            idle = {name: (cpu - before[name]) / IDLE for name, cpu in cpu_seconds(airflow).items()}
            ways = {way: _spend(airflow, sandbox, clock, way, waits) for way in TITLES}
    for way in ways.values():
        way["cpu_above_idle_per_wait"] = {
            name: (cpu - idle[name] * way["seconds"]) / waits for name, cpu in way["cpu"].items()
        }
    return {"machine": describe(), "waits": waits, "apart": APART, "idle_cpu_per_second": idle, "ways": ways}


def _spend(airflow: Installation, sandbox: Sandbox, clock: Clock, dag_id: str, waits: int) -> dict[str, Any]:
    clock.stop()
    prefix = f"{dag_id}-{time.time():.0f}"
    jobs = [f"{prefix}-{number}" for number in range(waits)]
    ends = {job_id: LEAD + number * APART for number, job_id in enumerate(jobs)}
    if dag_id != HTTP_SENSOR:
        for job_id, seconds in ends.items():
            sandbox.add_job("courier", seconds=seconds, job_id=job_id)
    # All runs begin at once, and the requests that make them meet no load: SQLite takes one writer at a time.
    _until(lambda: airflow.request("GET", f"/api/v2/dags/{dag_id}", missing_ok=True).ok)
    airflow.pause(dag_id, paused=True)
    runs = [airflow.trigger(dag_id, {"job": job_id}) for job_id in jobs]
    before, began = cpu_seconds(airflow), time.time()
    airflow.pause(dag_id, paused=False)

    def tasks(task_id: str) -> dict[str, dict[str, Any]]:
        found = airflow.task_instances(dag_id, "~")
        return {
            task["dag_run_id"]: task
            for task in found
            if task["task_id"] == task_id and task["dag_run_id"] in runs
        }

    _until(lambda: [task["state"] for task in tasks("wait").values()] == ["deferred"] * waits)
    time.sleep(LEAD)
    clock.let_go = time.time()
    if dag_id == HTTP_SENSOR:
        for job_id, seconds in ends.items():
            Timer(seconds, sandbox.add_job, ("courier",), {"seconds": 0, "job_id": job_id}).start()
    _until(lambda: [task["state"] for task in tasks("next").values()] == ["success"] * waits)
    ended, cpu = time.time(), cpu_seconds(airflow)
    following = tasks("next")
    lags = [
        _moment(following[run_id]) - (clock.let_go + seconds)
        for run_id, seconds in zip(runs, ends.values(), strict=True)
    ]
    entries = airflow.event_logs(dag_id, "running")
    return {
        "worker_processes_per_wait": sum(entry["run_id"] in runs for entry in entries) / waits,
        "seconds": ended - began,
        "cpu": {name: seconds - before[name] for name, seconds in cpu.items()},
        "lag_p50": quantile(lags, 0.5),
        "lag_p90": quantile(lags, 0.9),
        "lag_max": max(lags),
        "lags": [round(lag, 3) for lag in lags],
    }


def cpu_seconds(airflow: Installation) -> dict[str, float]:
    """Return the CPU seconds of each component of an installation, with those of its ended processes.

    :param airflow: The installation.
    """
    found = {component: airflow.process(component) for component in COMPONENTS}
    return {
        component: cpu_of([process, *process.children(recursive=True)])
        for component, process in found.items()
    }


def _moment(task: Mapping[str, Any]) -> float:
    return datetime.fromisoformat((task["start_date"] or task["end_date"]).replace("Z", "+00:00")).timestamp()


def _until(happened: Callable[[], bool]) -> None:
    limit = time.monotonic() + WITHIN
    while not happened():
        if time.monotonic() > limit:
            raise TimeoutError(f"it does not happen in {WITHIN:g} s")
        time.sleep(1)


def table(figures: Mapping[str, Any]) -> str:
    """Return the figures as a table of Markdown.

    :param figures: What :func:`measure` returned.
    """
    machine = figures["machine"]
    rows = []
    for name, way in figures["ways"].items():
        cpu = way["cpu_above_idle_per_wait"]
        parts = " | ".join(f"{cpu[component]:.2f}" for component in COMPONENTS)
        rows.append(
            f"| {TITLES[name]} | {way['worker_processes_per_wait']:g} | {sum(cpu.values()):.2f} | {parts} "
            f"| {way['lag_p50']:.1f} s | {way['lag_p90']:.1f} s |"
        )
    on = (
        f"{figures['waits']} waits in each way, each in a run of its own, one job ending every "
        f"{figures['apart']:g} s, polled every second; Airflow {machine['packages']['apache-airflow']}, "
        f"LocalExecutor, SQLite, {machine['cores']} cores ({machine['processor']}), {machine['date']}. CPU "
        "seconds per wait above those of the idle installation, "
        f"{sum(figures['idle_cpu_per_second'].values()):.2f} a second; workers are children of the scheduler."
    )
    head = (
        f"| | worker processes per wait | CPU s per wait | {' | '.join(COMPONENTS)} "
        "| job's end to next task, p50 | p90 |"
    )
    lines = [head, "|---" + "|---:" * 8 + "|", *rows, "", on]
    return "\n".join(lines) + "\n"


def draw(figures: Mapping[str, Any]) -> None:
    """Draw the figures, as PNG and SVG.

    :param figures: What :func:`measure` returned.
    """
    shown = {
        "worker processes per wait": "worker_processes_per_wait",
        "CPU seconds per wait, above idle": "cpu_above_idle_per_wait",
        "seconds from job's end to next task, p50": "lag_p50",
    }
    measured = {title: [way[key] for way in figures["ways"].values()] for title, key in shown.items()}
    panels.draw(
        {
            title: [sum(value.values()) if isinstance(value, dict) else value for value in values]
            for title, values in measured.items()
        },
        [TITLES[name].replace("`", "").replace("and ", "+ ") for name in figures["ways"]],
        ["#ff7f0e", "#7f7f7f", "#6baed6", "#0b3d91"],
        RESULTS / "workerless",
        size=(11, 2.6),
        label="%.2g",
    )


if __name__ == "__main__":
    os.environ.setdefault("NO_PROXY", "127.0.0.1,localhost")
    main()
