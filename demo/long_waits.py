"""Leaves three waits of a quarter of an hour under way, to look at in Airflow's UI."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from airflow_jobstatus.sandbox import Sandbox
from lab.client import AirflowClient
from lab.until import until

DAGS = Path(__file__).resolve().parent / "dags"
DAG_ID = "long_waits"
SECONDS = 900.0
"""How long each job takes."""
OUTAGE = 600.0
"""How long the API of one of them fails."""
WITHIN = 120.0
"""Seconds in which the waits have to begin."""
MANY = 12
"""Jobs of the list; some have ended already, one of them badly."""


def begin(airflow: AirflowClient, sandbox: Sandbox, seconds: float = SECONDS) -> Iterator[tuple[str, str]]:
    """Begin the waits; give what each is, and the address of its Job tab.

    :param airflow: Where they wait.
    :param sandbox: Where their jobs run.
    :param seconds: How long the jobs take.
    """
    many = [
        sandbox.add_job(
            "courier", seconds=seconds * (number + 1) / MANY if number > 1 else 0, outcome=outcome
        )
        for number, outcome in enumerate(["failed", *["succeeded"] * (MANY - 1)])
    ]
    conf = {
        "one_job": sandbox.add_job("geobridge", seconds=seconds, failed_records=12),
        "an_api_that_fails": sandbox.add_job("elastic_path", seconds=seconds),
        "many_jobs": many,
    }
    run_id = airflow.trigger(DAG_ID, conf)
    # They defer when their jobs were seen for the first time: the outage comes after that.
    until(
        lambda: {task["state"] for task in airflow.task_instances(DAG_ID, run_id)} == {"deferred"},
        within=WITHIN,
        every=1.0,
        what=lambda: "the three waits under way",
    )
    sandbox.add_fault("elastic_path", "outage", OUTAGE)
    for task_id in conf:
        path = f"/dags/{DAG_ID}/runs/{run_id}/tasks/{task_id}/plugin/job"
        yield task_id.replace("_", " "), airflow.url + path
