"""A run for the tests of the UI to look at."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from airflow_jobstatus.sandbox.geobridge import GEOBRIDGE_API_KEY
from lab.run import Run

SETTLED = {"deferred", "success", "failed"}
"""The states of tasks that wait, or have ended."""


@pytest.fixture(scope="package")
def shown(airflow, sandbox) -> Iterator[Run]:
    """A run in which tasks wait, have ended well and badly, and are of another kind."""
    done = {"seconds": 0, "records": 1000}
    of_geobridge = airflow.request("GET", "/api/v2/connections/geobridge_stored").json()
    console = {"console": "https://console.example/jobs/{id}"}
    fields = {"conn_type": "geobridge", "host": of_geobridge["host"], "password": GEOBRIDGE_API_KEY}
    airflow.create_connection("with_console", {**fields, "extra": json.dumps(console)})
    conf = {
        "succeeds": sandbox.add_job("geobridge", failed_records=7, **done),
        "fails": sandbox.add_job("geobridge", outcome="failed", failed_records=400, **done),
        "many": [sandbox.add_job("geobridge", outcome=end, **done) for end in ("succeeded", "failed")],
    }
    run = Run.start(airflow, "shown", conf)
    run.wait_for_states(lambda states: len(states) > len(conf) and set(states.values()) <= SETTLED)
    yield run
    airflow.request("PATCH", f"/api/v2/dags/{run.dag_id}/dagRuns/{run.run_id}", json={"state": "failed"})
