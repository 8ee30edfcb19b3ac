"""Waits in each way, each with a task after it that takes no worker; a run has some of them."""  # noqa: INP001  a DAG folder is not a package

from __future__ import annotations

import os
from functools import partial

from airflow.providers.http.sensors.http import HttpSensor
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG

from airflow_jobstatus.sensors.jobstatus import JobStatusSensor

JOB = "{{ dag_run.conf['jobs'] }}-"
WORKERLESS = {"start_from_trigger": True, "end_from_trigger": True}


def http_sensor(number: int) -> HttpSensor:
    """Wait until the job is no longer unknown."""
    return HttpSensor(
        task_id=f"wait-{number}", http_conn_id="http_sensor", endpoint=f"bulk/{JOB}{number}", **SHARED
    )


def ours(number: int, **arguments: bool) -> JobStatusSensor:
    """Wait for the job."""
    return JobStatusSensor(
        task_id=f"wait-{number}", conn_id="courier_default", job_id=f"{JOB}{number}", **SHARED, **arguments
    )


SHARED = {"deferrable": True, "poke_interval": 10, "timeout": 7200, "retries": 2}
WAYS = {"http_sensor": http_sensor, "deferrable": ours, "workerless": partial(ours, **WORKERLESS)}

for way, wait in WAYS.items():
    with DAG(way, schedule=None, max_active_runs=1000, max_active_tasks=1000):
        for index in range(int(os.environ.get("WAITS_PER_RUN", "0"))):
            wait(index) >> EmptyOperator(task_id=f"next-{index}")
