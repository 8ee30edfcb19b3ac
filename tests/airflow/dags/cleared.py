"""Waits that a person clears or ends; the run's configuration says for which jobs."""

from __future__ import annotations

import time
from pathlib import Path

from airflow.sdk import DAG, Asset, get_current_context, task

from airflow_jobstatus.sensors.jobstatus import JobStatusSensor

DEFERRED = {"conn_id": "geobridge_default", "deferrable": True, "poke_interval": 1}
EVERY_WORKER = 16
"""As many as there are, by ``lab.local.SETTINGS``."""


def job(task_id: str) -> str:
    return f"{{{{ dag_run.conf['{task_id}'] }}}}"


with DAG("cleared", schedule=None):
    for task_id in ("free", "busy", "failed"):
        JobStatusSensor(task_id=task_id, job_id=job(task_id), cancel_on_kill=True, timeout=900, **DEFERRED)
    JobStatusSensor(task_id="late", job_id=job("late"), cancel_on_timeout=True, timeout=8, **DEFERRED)
    JobStatusSensor(
        task_id="outlet",
        job_id=job("outlet"),
        outlets=[Asset("records")],
        end_from_trigger=True,
        timeout=900,
        **DEFERRED,
    )

with DAG("last", schedule=None):
    JobStatusSensor(task_id="last", job_id=job("last"), timeout=900, **DEFERRED)

with DAG("busy_workers", schedule=None):

    @task
    def sleep(_: int) -> None:
        while Path(get_current_context()["dag_run"].conf["while_exists"]).exists():
            time.sleep(0.5)

    sleep.expand(_=list(range(EVERY_WORKER)))
