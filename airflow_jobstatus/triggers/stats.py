"""Finds what takes Airflow's metrics."""

from __future__ import annotations

from functools import cache
from typing import cast

from airflow.providers.common.compat.sdk import Stats, conf

from airflow_jobstatus.polling.metrics import Sink

SWITCHES = ("statsd_on", "statsd_datadog_enabled", "otel_on")
"""The options of Airflow's section ``metrics``, each of which has metrics taken."""


@cache
def sink() -> Sink | None:
    """Return what takes metrics, None where Airflow takes none: it would read a file to find that out."""
    if any(conf.getboolean("metrics", switch, fallback=False) for switch in SWITCHES):
        return cast("Sink", Stats)
    return None
