"""Measures how late one triggerer is with many waits: ``python -m benchmarks.one_triggerer``.

All waits begin at once and end in the triggerer; their jobs end one after the other. Timers of Airflow's own
run beside them. It takes about a quarter of an hour with 2,000 waits.
"""

from __future__ import annotations

import argparse
import json
import socket
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any

from airflow_jobstatus.sandbox import Sandbox
from benchmarks.installation import DAGS, PER_RUN, RESULTS, ROOT
from benchmarks.machine import describe
from benchmarks.quantile import quantile
from lab.cluster import Cluster
from lab.port import free_port
from lab.run import Run
from lab.until import until

WAY = "workerless"
TIMERS = 30
BEGIN = 150.0
"""Seconds in which all waits have to have begun."""
WITHIN = 3600.0
"""Seconds after which something counts as lost."""


def main() -> None:
    """Measure, and write what came of it."""
    parser = argparse.ArgumentParser(description="Measures how late one triggerer is with many waits.")
    parser.add_argument("--waits", type=int, default=2000, help="how many waits (2000)")
    parser.add_argument("--ending", type=float, default=600.0, help="seconds in which all jobs end (600)")
    parser.add_argument("--begin", type=float, default=BEGIN, help="seconds in which all waits begin (150)")
    options = parser.parse_args()
    figures = measure(options.waits, options.begin, options.ending)
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "one_triggerer.json").write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures, indent=2))  # noqa: T201  a command


def measure(waits: int, begin: float, ending: float) -> dict[str, Any]:
    """Return the figures.

    :param waits: How many waits.
    :param begin: Seconds from the start of the run to the end of the first job.
    :param ending: Seconds from that to the end of the last one.
    """
    sandbox = Sandbox(1.0, rate_limit=False)
    with sandbox.serve() as url, _timings() as (port, timings):
        courier = {**sandbox.connections(url)["courier"], "extra": {"requests_per_second": 1000}}
        env = {
            "PYTHONPATH": str(ROOT.parent),
            "WAITS_PER_RUN": str(PER_RUN),
            "AIRFLOW__TRIGGERER__CAPACITY": "5000",
            "AIRFLOW__METRICS__STATSD_ON": "True",
            "AIRFLOW__METRICS__STATSD_HOST": "127.0.0.1",
            "AIRFLOW__METRICS__STATSD_PORT": str(port),
        }
        with Cluster(DAGS, {"courier_default": courier}, env, of_each=1) as airflow:
            began = time.time()
            jobs = f"jobs-{began:.0f}"
            ends = [began + begin + ending * number / waits for number in range(waits)]
            of_runs = [f"{jobs}-{number}" for number in range(waits // PER_RUN)]
            names = [(job, number) for job in of_runs for number in range(PER_RUN)]
            for (job, number), end in zip(names, ends, strict=True):
                sandbox.add_job("courier", seconds=end - time.time(), job_id=f"{job}-{number}")
            first = began + begin / 2
            moments = [first + (begin / 2 + ending) * number / TIMERS for number in range(TIMERS)]
            timers = Run.start(airflow, "beside", {"moments": [_iso(moment) for moment in moments]})
            timers.wait_for_states(lambda states: list(states.values()).count("deferred") == TIMERS)
            until(lambda: airflow.request("GET", f"/api/v2/dags/{WAY}", missing_ok=True).ok)
            airflow.pause(WAY, paused=True)
            runs = {job: Run.start(airflow, WAY, {"jobs": job}) for job in of_runs}
            airflow.pause(WAY, paused=False)
            time.sleep(max(0.0, ends[0] - 1 - time.time()))
            deferred = airflow.count_tasks(WAY, "deferred")
            until(lambda: not airflow.count_runs(WAY, "queued", "running"), within=WITHIN, every=2.0)
            tasks = [runs[job].tasks[f"wait-{number}"] for job, number in names]
            started = sum(sum(run.worker_starts().values()) for run in runs.values())
            fired = timers.instances()
    late = [_moment(task) - end for task, end in zip(tasks, ends, strict=True)]
    of_timers = [
        _moment(fired[f"timer-{number}"]) - moment
        for number, moment in enumerate(moments)
        if fired[f"timer-{number}"]["state"] == "success"
    ]
    return {
        "machine": describe(),
        "waits": waits,
        "deferred_before_the_first_end": deferred,
        "begin": begin,
        "ending": ending,
        "states": Counter(task["state"] for task in tasks),
        "given_to_a_worker": started,
        "first_poll": _quantiles(timings["jobstatus.first_poll"]),
        "late": _quantiles(late),
        "last_ended_after_the_last_job": max(late[n] + ends[n] for n in range(waits)) - ends[-1],
        "timers_late": _quantiles(of_timers),
        "timers_ended": len(of_timers),
    }


@contextmanager
def _timings() -> Iterator[tuple[int, dict[str, list[float]]]]:
    """Take StatsD's timers; give the port, and the seconds by name."""
    port = free_port()
    found: dict[str, list[float]] = defaultdict(list)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", port))
        listener.settimeout(0.5)
        over = threading.Event()

        def take() -> None:
            while not over.is_set():
                try:
                    lines = listener.recv(65536).decode(errors="replace").splitlines()
                except TimeoutError:
                    continue
                for line in lines:
                    name, _, rest = line.partition(":")
                    value, _, kind = rest.partition("|")
                    if kind.startswith("ms"):
                        found[name.removeprefix("airflow.").split(",")[0]].append(float(value) / 1000)

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        try:
            yield port, found
        finally:
            over.set()
            thread.join()


def _quantiles(seconds: Sequence[float]) -> dict[str, Any]:
    return {
        "count": len(seconds),
        "p50": quantile(seconds, 0.5),
        "p90": quantile(seconds, 0.9),
        "max": max(seconds, default=None),
    }


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, timezone.utc).isoformat()


def _moment(task: dict[str, Any]) -> float:
    return datetime.fromisoformat(task["end_date"]).timestamp()


if __name__ == "__main__":
    main()
