"""Waits whose triggerer is killed while they end."""

from __future__ import annotations

from airflow.sdk import DAG

from airflow_jobstatus.sensors.jobstatus import JobStatusSensor

with DAG("cut_short", schedule=None):
    for number in range(20):
        JobStatusSensor(
            task_id=f"wait_{number}",
            conn_id="courier_default",
            job_id=f"cut-short-{number}",
            deferrable=True,
            end_from_trigger=True,
            poke_interval=1,
            timeout=900,
        )
