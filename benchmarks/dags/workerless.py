"""A wait in each way, and a task after it that takes no worker; every run waits for a job of its own."""  # noqa: INP001  a DAG folder is not a package

from __future__ import annotations

from airflow.providers.http.sensors.http import HttpSensor
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG

from airflow_jobstatus.sensors.jobstatus import JobStatusSensor

WAYS = {
    "deferrable": {},
    "end_from_trigger": {"end_from_trigger": True},
    "start_and_end_from_trigger": {"start_from_trigger": True, "end_from_trigger": True},
}

for way, arguments in WAYS.items():
    with DAG(way, schedule=None, max_active_runs=1000):
        JobStatusSensor(
            task_id="wait",
            conn_id="courier_default",
            job_id="{{ dag_run.conf['job'] }}",
            deferrable=True,
            poke_interval=1,
            timeout=3600,
            **arguments,
        ) >> EmptyOperator(task_id="next")

with DAG("http_sensor", schedule=None, max_active_runs=1000):
    HttpSensor(
        task_id="wait",
        http_conn_id="http_sensor",
        endpoint="bulk/{{ dag_run.conf['job'] }}",
        deferrable=True,
        poke_interval=1,
        timeout=3600,
    ) >> EmptyOperator(task_id="next")
