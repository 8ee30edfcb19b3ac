"""Runs the benchmark: ``python -m benchmarks``."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import machine, report
from benchmarks.plan import Batch, full, quick
from benchmarks.processes import Record, measured
from benchmarks.schedules import simulate

HERE = Path(__file__).resolve().parent
STUDIES = ("scale", "collector", "minutes", "declared", "limited", "faults", "schedules", "report")
JOBS, FEW_JOBS = 300, 60


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what was asked for and write the report.

    :param arguments: The command line without the program's name, the process's own by default.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure what waiting costs.")
    parser.add_argument("--quick", action="store_true", help="see in 4 minutes that everything works")
    parser.add_argument(
        "--only", choices=STUDIES, help="measure one study anew, keep the rest; report writes the page anew"
    )
    parser.add_argument("--runs", type=int, default=3, help="runs of the comparison of 1,000 waiters (3)")
    parser.add_argument("--output", type=Path, help="the folder of the report (benchmarks/results)")
    options = parser.parse_args(arguments)
    folder = options.output or (HERE / "results" / "quick" if options.quick else HERE / "results")
    studies = STUDIES if options.only is None else (options.only,)
    results = report.read(folder)
    if options.only != "report":
        results["machine"] = machine.describe()
    batches = [
        batch for batch in (quick() if options.quick else full(options.runs)) if batch.study in studies
    ]
    for study in studies:
        _measure(study, batches, results, FEW_JOBS if options.quick else JOBS)
        report.write(results, folder)
    sys.stdout.write(f"{folder / 'README.md'}\n")


def _measure(study: str, batches: Sequence[Batch], results: dict[str, Any], jobs: int) -> None:
    """Measure one study and put it in place of what was measured of it before."""
    began = time.monotonic()
    if study == "schedules":
        results["schedules"] = simulate(jobs)
    elif study != "report":
        results["records"] = [record for record in results["records"] if record["study"] != study]
        for batch in batches:
            if batch.study == study:
                results["records"] += _run(batch)
    else:
        return
    results["seconds"][study] = time.monotonic() - began


def _run(batch: Batch) -> list[Record]:
    records = []
    for record in measured(batch.cases, batch.at_once):
        records.append({"study": batch.study, **record})
        case = record["case"]
        network = "TLS" if case["tls"] else "plain"
        what = f"{case['peer']}, {case['waiters']:,} waiters, {case['fault'] or network}"
        shown = record.get("error", "").strip().splitlines()[-1:] or [f"{record['seconds']:.0f} s"]
        sys.stdout.write(f"{batch.study}: {what}: {shown[0]}\n")
        sys.stdout.flush()
    return records


if __name__ == "__main__":
    main()
