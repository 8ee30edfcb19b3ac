"""On what was measured."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped,unused-ignore]

PACKAGES = (
    "apache-airflow",
    "aiohttp",
    "uvloop",
    "apache-airflow-providers-http",
    "apache-airflow-providers-dbt-cloud",
    "apache-airflow-providers-databricks",
    "airflow-provider-fivetran-async",
)


def describe() -> dict[str, Any]:
    """Return the machine, the versions and the moment, as plain JSON values."""
    return {
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_before": [round(load, 2) for load in os.getloadavg()],
        "packages": {name: _version(name) for name in PACKAGES},
    }


def cpu_of(processes: Iterable[psutil.Process]) -> float:
    """Return the CPU seconds of processes, with those of their children that have ended.

    :param processes: The processes; one that has ended meanwhile counts nothing.
    """
    seconds = 0.0
    for process in processes:
        with suppress(psutil.Error):
            times = process.cpu_times()
            seconds += times.user + times.system + times.children_user + times.children_system
    return seconds


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []:
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
