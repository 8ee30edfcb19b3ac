"""Waits of tasks in queues, one of which would begin in the triggerer if triggerers had none."""

from __future__ import annotations

from airflow.sdk import DAG

from airflow_jobstatus.sensors.jobstatus import JobStatusSensor

WAIT = {
    "conn_id": "courier_default",
    "deferrable": True,
    "end_from_trigger": True,
    "poke_interval": 1,
    "timeout": 900,
}

with DAG("queued", schedule=None):
    JobStatusSensor(task_id="default", job_id="a", **WAIT)
    JobStatusSensor(task_id="special", job_id="b", queue="special", **WAIT)
    JobStatusSensor(task_id="start", job_id="c", queue="special", start_from_trigger=True, **WAIT)
