"""Measures on a distributed Airflow what waits cost the whole of it: ``make bench-installation``.

    make bench-installation                                  300 and 2,000 waits in each way: two hours
    make bench-installation ARGS="--sizes 20"
    make bench-installation ARGS=--report                    makes table and plot anew from the figures,
                                                             from those there are where it was stopped

All waits of a size begin at once, ten of them in each run of a DAG; their jobs end one after the
other, each at a moment that is known. Each wait is polled every ten seconds by itself. After it comes an
EmptyOperator, which the scheduler itself ends: that is the moment at which Airflow goes on. Beside ours the
deferred HttpSensor of apache-airflow-providers-http, which waits for a 404 to end.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import product
from pathlib import Path
from threading import Timer
from typing import Any

from airflow_jobstatus.sandbox import Sandbox
from benchmarks import installation_report
from benchmarks.consumption import Consumption
from benchmarks.machine import describe
from benchmarks.quantile import quantile
from benchmarks.workerless import Clock
from lab.cluster import Cluster
from lab.run import Run
from lab.until import until

ROOT = Path(__file__).resolve().parent
DAGS = ROOT / "dags" / "installation"
RESULTS = ROOT / "results" / "installation"
COUNTED = [sys.executable, "-m", "benchmarks.counting", "triggerer", "--skip-serve-logs"]
HTTP_SENSOR = "http_sensor"
WAYS = (HTTP_SENSOR, "deferrable", "workerless")
PER_RUN = 10
"""Waits of one run: each worker parses its DAG file, which costs more than a wait where it is large."""
APART = 0.5
"""Seconds from the end of one job to the end of the next."""
LEAD = 10.0
"""Seconds from the moment when all wait to the end of the first job."""
IDLE = 30.0
"""Seconds in which the idle installation is watched."""
WITHIN = 7200.0
"""Seconds after which something counts as lost."""


def main() -> None:
    """Measure, and write what came of it."""
    parser = argparse.ArgumentParser(description="Measures what waits cost a whole installation.")
    parser.add_argument("--sizes", type=int, nargs="+", default=[300, 2000], help="waits in each way")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS, help="which ways (all)")
    parser.add_argument(
        "--report", action="store_true", help="make table and plot from the figures there are"
    )
    options = parser.parse_args()
    RESULTS.mkdir(parents=True, exist_ok=True)
    figures = RESULTS / "installation.json"
    if not options.report:
        for by_now in measure(options.sizes, options.ways):
            figures.write_text(json.dumps(by_now, indent=2) + "\n")
    installation_report.write(json.loads(figures.read_text()), RESULTS)
    print((RESULTS / "installation.md").read_text())  # noqa: T201  a command


def measure(sizes: Iterable[int], ways: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Measure all sizes and ways in one installation, and give the figures by now after each.

    :param sizes: How many waits.
    :param ways: In which ways.
    """
    clock = Clock()
    sandbox = Sandbox(1.0, clock=clock, rate_limit=False)
    with sandbox.serve() as url, tempfile.TemporaryDirectory() as counts:
        courier = sandbox.connections(url)["courier"]
        headers = {"Authorization": f"Bearer {courier['password']}"}
        connections: dict[str, dict[str, Any]] = {
            "courier_default": {**courier, "extra": {"requests_per_second": 1000}},
            HTTP_SENSOR: {"conn_type": "http", "host": url, "extra": headers},
        }
        env = {
            "PYTHONPATH": str(ROOT.parent),
            "COUNTS": counts,
            "WAITS_PER_RUN": str(PER_RUN),
            "AIRFLOW__TRIGGERER__CAPACITY": "5000",
        }
        with Cluster(DAGS, connections, env, commands={"triggerer": COUNTED}) as airflow:
            one = _Night(airflow, sandbox, clock, Path(counts))
            for way in ways:
                one.spend(way, PER_RUN)
            idle = one.idle()
            figures = {
                "machine": describe(),
                "apart": APART,
                "idle_cpu_per_second": sum(idle.cpu.values()) / idle.at,
                "idle_commits_per_second": idle.commits / idle.at,
            }
            measured: list[dict[str, Any]] = []
            for size, way in product(sizes, ways):
                of_way = {**one.spend(way, size), "way": way, "waits": size}
                _above_idle(of_way, idle)
                measured.append(of_way)
                yield {**figures, "ways": measured}


class _Night:
    """Spends the waits of one way after the other in one installation."""

    def __init__(self, airflow: Cluster, sandbox: Sandbox, clock: Clock, counts: Path) -> None:
        self._airflow = airflow
        self._sandbox = sandbox
        self._clock = clock
        self._counts = counts

    def idle(self) -> Consumption:
        """Return what is used up while nothing waits."""
        time.sleep(IDLE / 3)
        before = self._by_now()
        time.sleep(IDLE)
        return self._by_now().since(before)

    def spend(self, way: str, waits: int) -> dict[str, Any]:
        """Have jobs waited for in one way, and return the figures.

        :param way: The way.
        :param waits: How many.
        """
        airflow, clock = self._airflow, self._clock
        clock.stop()
        jobs = [f"{way}-{time.time():.0f}-{number}" for number in range(waits // PER_RUN)]
        names = [(job, number) for job in jobs for number in range(PER_RUN)]
        ends = {name: LEAD + position * APART for position, name in enumerate(names)}
        if way != HTTP_SENSOR:
            for (job, number), seconds in ends.items():
                self._sandbox.add_job("courier", seconds=seconds, job_id=f"{job}-{number}")
        until(lambda: airflow.request("GET", f"/api/v2/dags/{way}", missing_ok=True).ok)
        airflow.pause(way, paused=True)
        runs = {job: Run.start(airflow, way, {"jobs": job}) for job in jobs}
        before = self._by_now()
        airflow.pause(way, paused=False)
        until(lambda: airflow.count_tasks(way, "deferred") == waits, within=WITHIN, every=2.0)
        deferred = self._by_now().since(before)
        clock.let_go = time.time()
        if way == HTTP_SENSOR:
            for (job, number), seconds in ends.items():
                done = {"seconds": 0, "job_id": f"{job}-{number}"}
                timer = Timer(seconds, self._sandbox.add_job, ("courier",), done)
                timer.daemon = True
                timer.start()
        until(lambda: not airflow.count_runs(way, "queued", "running"), within=WITHIN, every=2.0)
        time.sleep(5.0)  # the triggerers write what they have counted
        used = self._by_now().since(before)
        following = {
            (job, number): run.tasks[f"next-{number}"]
            for job, run in runs.items()
            for number in range(PER_RUN)
        }
        lags = [
            _moment(following[name]) - (clock.let_go + seconds)
            for name, seconds in ends.items()
            if following[name]["state"] == "success"
        ]
        ours = {run.run_id for run in runs.values()}
        starts = sum(entry["run_id"] in ours for entry in airflow.event_logs(way, "running"))
        return {
            "seconds": used.at,
            "seconds_to_begin": deferred.at,
            "lost": waits - len(lags),
            "worker_processes_per_wait": starts / waits,
            "cpu": dict(used.cpu),
            "messages": dict(used.messages),
            "commits": used.commits,
            "lag_p50": quantile(lags, 0.5),
            "lag_p90": quantile(lags, 0.9),
            "lag_max": max(lags, default=None),
        }

    def _by_now(self) -> Consumption:
        return Consumption.of(self._airflow, self._counts)


def _above_idle(of_way: dict[str, Any], idle: Consumption) -> None:
    """Add to the figures of a way what each of its waits cost beyond an idle installation."""
    waits, seconds = of_way["waits"], of_way["seconds"]
    of_way["cpu_per_wait"] = {
        name: (cpu - idle.cpu[name] / idle.at * seconds) / waits for name, cpu in of_way["cpu"].items()
    }
    of_way["messages_per_wait"] = sum(of_way["messages"].values()) / waits
    of_way["commits_per_wait"] = (of_way["commits"] - idle.commits / idle.at * seconds) / waits


def _moment(task: dict[str, Any]) -> float:
    return datetime.fromisoformat(task["start_date"] or task["end_date"]).timestamp()


if __name__ == "__main__":
    os.environ.setdefault("NO_PROXY", "127.0.0.1,localhost")
    main()
