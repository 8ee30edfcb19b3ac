"""Waits whose first try fails in the middle; the connection is another one for the second."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG

from airflow_jobstatus.sensors.jobstatus import JobStatusSensor

with DAG("retried", schedule=None):
    for task_id, ways in {
        "end": {"end_from_trigger": True},
        "start": {"start_from_trigger": True},
        "both": {"start_from_trigger": True, "end_from_trigger": True},
    }.items():
        JobStatusSensor(
            task_id=task_id,
            conn_id="moving",
            job_id="endless",
            deferrable=True,
            poke_interval=1,
            timeout=900,
            unreachable_timeout=2,
            retries=1,
            retry_delay=timedelta(seconds=1),
            **ways,
        )
