"""Tests the wheel: ``python -m tests.matrix``, or on some versions, ``python -m tests.matrix 3.1 lowest``."""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.matrix.cell import CELLS, ROOT
from tests.matrix.environment import Environment
from tests.matrix.wheel import Wheel

RUNS = {"unit tests": ["-n", "2", "tests/unit"], "on a real Airflow": ["tests/airflow/wheel"]}
WITHOUT_AIRFLOW = (
    "command",
    "http_job",
    "polling",
    "protocol",
    "sandbox",
    "testing",
    "transports",
    "vendors",
    "waiting",
)
"""The folders of unit tests whose code does not know which Airflow there is."""


def main() -> int:
    """Test what the command line asks for; return 1 if any of it went wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.matrix", description=__doc__)
    parser.add_argument("cells", nargs="*", metavar="CELL", help=f"any of {', '.join(CELLS)}; all by default")
    parser.add_argument("--short", action="store_true", help="leave out what does not know Airflow")
    options = parser.parse_args()
    names = options.cells or list(CELLS)
    if options.short:
        RUNS["unit tests"] += [f"--ignore=tests/unit/{folder}" for folder in WITHOUT_AIRFLOW]
    if unknown := set(names) - set(CELLS):
        parser.error(f"no such versions: {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory(prefix="jobstatus-wheel-") as directory:
        wheel = Wheel(Path(directory))
        rows = [(name, *_test(name, wheel)) for name in names]
    _say(f"\n{wheel.path.name}, Python {platform.python_version()}")
    for name, airflow, results, seconds in rows:
        _say(f"  {name:<8} Airflow {airflow:<8} {results}  ({seconds:.0f} s)")
    return int(any("FAILED" in results for _, _, results, _ in rows))


def _test(name: str, wheel: Wheel) -> tuple[str, str, float]:
    began = time.monotonic()
    _say(f"\n== {name}: {wheel.path.name} with {CELLS[name].constraints}")
    environment = Environment(ROOT / ".venvs" / name, CELLS[name])
    try:
        airflow = environment.install(wheel)
    except subprocess.CalledProcessError:
        return "?", "FAILED to install", time.monotonic() - began
    results = [
        f"{what}: {'ok' if environment.test(*arguments) else 'FAILED'}" for what, arguments in RUNS.items()
    ]
    return airflow, ", ".join(results), time.monotonic() - began


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


sys.exit(main())
