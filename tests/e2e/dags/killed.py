"""Waits that a person ends."""

from __future__ import annotations

from airflow.sdk import DAG

from airflow_jobstatus.sensors.jobstatus import JobStatusSensor

with DAG("killed", schedule=None):
    JobStatusSensor(
        task_id="cancelling",
        conn_id="geobridge_default",
        job_id="{{ dag_run.conf['cancelled'] }}",
        deferrable=True,
        poke_interval=1,
        cancel_on_kill=True,
    )
    JobStatusSensor(
        task_id="plain",
        conn_id="courier_default",
        job_id="{{ dag_run.conf['plain'] }}",
        deferrable=True,
        poke_interval=1,
    )
