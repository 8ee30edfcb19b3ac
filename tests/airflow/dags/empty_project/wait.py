"""Waits for a job of a service of one's own; the connection says how to read it."""

from __future__ import annotations

from airflow.sdk import DAG

from airflow_jobstatus.sensors.jobstatus import JobStatusSensor

for name in ("ends_well", "input_is_missing"):  # the sandbox lets a job fail whose id says missing
    with DAG(name, schedule=None):
        JobStatusSensor(
            task_id="wait", conn_id="my_service", job_id=name, deferrable=True, poke_interval=1, timeout=600
        )
