"""Starts the sandbox and a real Airflow, runs the example DAGs, and reports how their waits ended."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests
from rich.console import Console

from airflow_jobstatus.sandbox import Sandbox
from demo import long_waits
from demo.file import File, read_files
from demo.progress import follow
from demo.report import tabulate
from demo.scenario import SCENARIOS
from demo.wait import Wait, read_waits
from lab.installation import Installation
from lab.local import LocalAirflow

EXAMPLES = Path(__file__).resolve().parent.parent / "example_dags"
JOB_SECONDS = 8.0
"""How long a job takes."""
WITHIN = 150.0
"""Seconds in which all runs have to end; with nothing in the way they take about 25."""
COMPLAINTS = frozenset({"error", "critical"})
"""Levels of what is shown of a task's log, where it did not end as it should."""
BUNDLES = "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST"
WIDTH = 160
"""Columns of the output where it goes to no terminal."""


class Demo:
    """One demonstration.

    :param console: Where it is shown.
    :param kind: On which kind of Airflow the DAGs run.
    """

    def __init__(self, console: Console, kind: type[LocalAirflow]) -> None:
        self._console = console
        self._kind = kind
        self._began = time.monotonic()

    def run(self, *, keep: bool) -> bool:
        """Run it, and return whether every wait ended as it should.

        :param keep: Whether to leave everything up afterwards, until Ctrl-C.
        """
        sandbox = Sandbox(JOB_SECONDS)
        with sandbox.serve() as url:
            self._say(f"The sandbox plays Courier, Elastic Path, GeoBridge and a small HTTP job API at {url}")
            self._say(f"Starting Airflow: {self._kind.parts} ...")
            bundles = json.dumps(_bundles(examples=EXAMPLES, demo=long_waits.DAGS))
            with self._kind(EXAMPLES, env={BUNDLES: bundles}) as airflow:
                self._say(f"Airflow is up at {airflow.url}")
                connections = {f"{vendor}_default": of for vendor, of in sandbox.connections(url).items()}
                for conn_id, fields in connections.items():
                    airflow.create_connection(conn_id, fields)
                self._say(f"Made the connections {', '.join(connections)}; starting the DAGs")
                is_well = self._run_examples(airflow)
                if keep:
                    self._keep(airflow, sandbox)
                self._say("Ending Airflow and the sandbox ...")
        return is_well

    def _run_examples(self, airflow: LocalAirflow) -> bool:
        folder = {"folder": str(airflow.home / "results")}
        runs = {
            scenario.dag_id: airflow.trigger(scenario.dag_id, folder if scenario.files else None)
            for scenario in SCENARIOS
        }
        follow(airflow, runs, WITHIN, self._say)
        waits: list[Wait] = []
        files: list[File] = []
        faults: list[str] = []
        for scenario in SCENARIOS:
            run_id = runs[scenario.dag_id]
            of_run = read_waits(airflow, scenario, run_id)
            waits += of_run
            if len(of_run) != scenario.waits:
                faults.append(f"{scenario.dag_id} should have {scenario.waits} waits, and has {len(of_run)}")
            written = read_files(airflow, scenario.dag_id, run_id)
            files += written
            if len(written) != scenario.files:
                faults.append(
                    f"{scenario.dag_id} should write {scenario.files} files, and has {len(written)}"
                )
            if (state := airflow.state(scenario.dag_id, run_id)) != scenario.run_state:
                faults.append(f"the run of {scenario.dag_id} should be {scenario.run_state}, and is {state}")
        self._console.print(tabulate(waits, self._console.width))
        for file in files:
            self._console.print(str(file))
            faults += file.faults()
        for wait in waits:
            faults += [f"{wait.name}: {fault}" for fault in wait.faults()]
            if wait.faults():
                self._show_log(airflow, wait)
        for fault in faults:
            self._console.print(fault)
        if not faults:
            self._console.print(
                f"All {len(waits)} waits ended as they should, and {len(files)} files of results are whole. "
                "The two waits for failed jobs failed, and said why to a task after one and to a notifier of "
                "the other."
            )
        return not faults

    def _show_log(self, airflow: LocalAirflow, wait: Wait) -> None:
        """Show the complaints in a task's log; a task that never began has none."""
        with contextlib.suppress(requests.HTTPError):
            task = wait.task
            for entry in airflow.log_entries(
                wait.dag_id, wait.run_id, task["task_id"], task["try_number"], task["map_index"]
            ):
                if entry.get("level") in COMPLAINTS:
                    self._console.print(f"{wait.name} logged: {_gist(entry)}")

    def _keep(self, airflow: LocalAirflow, sandbox: Sandbox) -> None:
        self._console.print(
            f"\nThe UI is at {airflow.url} - user {airflow.username}, password {airflow.password}\n"
            f"All waits under way: {airflow.url}/plugin/remote-jobs\n"
            f"Three waits go on for {long_waits.SECONDS / 60:.0f} minutes; their Job tabs:"
        )
        for name, address in long_waits.begin(airflow, sandbox):
            self._console.print(f"  {name}: {address}")
        self._console.print("Ctrl-C ends everything.")
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            pass

    def _say(self, line: str) -> None:
        self._console.print(f"{time.monotonic() - self._began:4.0f} s  {line}")


def _kind(*, celery: bool) -> type[LocalAirflow]:
    if not celery:
        return Installation
    from lab.cluster import Cluster  # noqa: PLC0415  it loads PostgreSQL

    return Cluster


def _bundles(**folders: Path) -> list[dict[str, Any]]:
    """Return Airflow's setting for several folders of DAG files, by name."""
    kind = "airflow.dag_processing.bundles.local.LocalDagBundle"
    return [
        {"name": name, "classpath": kind, "kwargs": {"path": str(folder)}} for name, folder in folders.items()
    ]


def _gist(entry: Mapping[str, Any]) -> str:
    """Return a log entry without its stack traces."""
    lines = [line for line in entry["event"].splitlines() if line.strip()]
    raised = [f"{error['exc_type']}: {error['exc_value']}" for error in entry.get("error_detail") or ()]
    return "; ".join([*(lines if len(lines) == 1 else [lines[0], lines[-1]]), *raised])


def main() -> None:
    """Run the demonstration; exit with 0 only if every wait ended as it should."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the UI up until Ctrl-C")
    parser.add_argument("--celery", action="store_true", help="run on Celery, Redis and PostgreSQL")
    options = parser.parse_args()
    console = Console(
        markup=False, highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else WIDTH
    )
    try:
        is_well = Demo(console, _kind(celery=options.celery)).run(keep=options.keep)
    except KeyboardInterrupt:
        sys.exit("Interrupted; everything has ended.")
    except (LookupError, OSError, RuntimeError) as error:
        sys.exit(f"The demonstration could not be run: {error}")
    sys.exit(0 if is_well else 1)


if __name__ == "__main__":
    main()
