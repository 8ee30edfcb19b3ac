"""A wait in each way, and a task after it that takes no worker; every run waits for a job of its own."""  # noqa: INP001  a DAG folder is not a package

from __future__ import annotations

from functools import partial

from airflow.providers.http.sensors.http import HttpSensor
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG

from airflow_jobstatus.sensors.jobstatus import JobStatusSensor

ours = partial(JobStatusSensor, conn_id="courier_default", job_id="{{ dag_run.conf['job'] }}")
WAYS = {
    "http_sensor": partial(HttpSensor, http_conn_id="http_sensor", endpoint="bulk/{{ dag_run.conf['job'] }}"),
    "deferrable": ours,
    "end_from_trigger": partial(ours, end_from_trigger=True),
    "start_and_end_from_trigger": partial(ours, start_from_trigger=True, end_from_trigger=True),
}

for way, sensor in WAYS.items():
    with DAG(way, schedule=None, max_active_runs=1000):
        wait = sensor(task_id="wait", deferrable=True, poke_interval=1, timeout=3600)
        wait >> EmptyOperator(task_id="next")
