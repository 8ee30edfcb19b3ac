"""Waits that differ by the version of Airflow; the run's configuration says for which jobs."""

from __future__ import annotations

from airflow.sdk import DAG

from airflow_jobstatus.sensors.jobstatus import JobStatusSensor

DEFERRED = {"deferrable": True, "poke_interval": 1, "timeout": 600}

with DAG("by_version", schedule=None):
    for task_id, arguments in {
        "end": {"end_from_trigger": True},
        "start": {"end_from_trigger": True, "start_from_trigger": True},
        "stopped": {},
        "cancelled": {"cancel_on_kill": True},
    }.items():
        JobStatusSensor(
            task_id=task_id,
            conn_id="geobridge_default",
            job_id=f"{{{{ dag_run.conf['{task_id}'] }}}}",
            **DEFERRED,
            **arguments,
        )
    JobStatusSensor(
        task_id="silent",
        conn_id="silent",
        job_id="any",
        mode="reschedule",
        poke_interval=10,
        unreachable_timeout=12,
        timeout=45,
    )
