"""Measures what importing a DAG file costs: ``python -m benchmarks.import_time``.

The DAG processor imports each DAG file again and again, each time in a process of its own that has imported
Airflow already. Three files take turns: a task of Airflow alone, a wait of ours, one of the HTTP provider.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.quantile import quantile

FILES: Mapping[str, str] = {
    "airflow.sdk alone": """
from airflow.sdk import DAG, BaseOperator
with DAG("parsed", schedule=None):
    BaseOperator(task_id="wait")
""",
    "JobStatusSensor": """
from airflow.sdk import DAG
from airflow_jobstatus.sensors.jobstatus import JobStatusSensor
with DAG("parsed", schedule=None):
    JobStatusSensor(task_id="wait", conn_id="c", job_id="j", deferrable=True)
""",
    "HttpSensor": """
from airflow.sdk import DAG
from airflow.providers.http.sensors.http import HttpSensor
with DAG("parsed", schedule=None):
    HttpSensor(task_id="wait", http_conn_id="c", endpoint="j", deferrable=True)
""",
}
MEASURE = """
import json, resource, sys, time
from airflow.sdk import DAG, BaseOperator
DAG, BaseOperator
source, modules = compile(sys.stdin.read(), "dag.py", "exec"), set(sys.modules)
memory, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
exec(source)
seconds = time.perf_counter() - began
added = sorted(set(sys.modules) - modules)
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
print(json.dumps({"seconds": seconds, "kib": memory, "modules": added}))
"""
HEAVY = ("aiohttp", "requests", "httpx", "airflow.providers_manager", "airflow.sdk.providers_manager_runtime")
RUNS = 15


@dataclass(frozen=True)
class Import:
    """One import of a DAG file, in a fresh process.

    :param seconds: How long it took.
    :param kib: How far it raised the most memory that the process ever held, in KiB.
    :param modules: The modules it imported beyond those of ``airflow.sdk``.
    """

    seconds: float
    kib: int
    modules: tuple[str, ...]

    @property
    def heavy(self) -> list[str]:
        """Which libraries among them no DAG file has a use for."""
        return [name for name in HEAVY if name in self.modules]


def measured(source: str, home: Path) -> Import:
    """Import a DAG file once.

    :param source: The file's text.
    :param home: Airflow's home directory.
    """
    done = subprocess.run(  # noqa: S603  a file of ours
        [sys.executable, "-c", MEASURE],
        input=source,
        env={**os.environ, "AIRFLOW_HOME": str(home)},
        cwd=home,
        capture_output=True,
        text=True,
        check=True,
    )
    printed = json.loads(done.stdout.splitlines()[-1])
    return Import(printed["seconds"], printed["kib"], tuple(printed["modules"]))


def main() -> None:
    """Import each file several times, in turns, and write the medians."""
    with tempfile.TemporaryDirectory() as home:
        for source in FILES.values():
            measured(source, Path(home))  # the first writes bytecode and Airflow's configuration
        turns = [{name: measured(source, Path(home)) for name, source in FILES.items()} for _ in range(RUNS)]
    sys.stdout.write("\n".join(_lines(turns)) + "\n")


def _lines(turns: list[dict[str, Import]]) -> Iterator[str]:
    yield f"median of {len(turns)} fresh processes each; beyond what airflow.sdk has imported already"
    yield f"{'':<20} {'ms':>8} {'MiB':>6} {'modules':>8}  of them"
    for name in FILES:
        imports = [turn[name] for turn in turns]
        milliseconds = 1000 * (quantile([one.seconds for one in imports], 0.5) or 0)
        mebibytes = (quantile([one.kib for one in imports], 0.5) or 0) / 1024
        last = imports[-1]
        yield (
            f"{name:<20} {milliseconds:>8.1f} {mebibytes:>6.1f} {len(last.modules):>8}  "
            f"{', '.join(last.heavy) or 'no HTTP library, no provider manager'}"
        )


if __name__ == "__main__":
    main()
