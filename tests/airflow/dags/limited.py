"""Waits with limits: those that only a worker keeps, and the one that counts no deferred task."""

from __future__ import annotations

from airflow.sdk import DAG

from airflow_jobstatus.sensors.jobstatus import JobStatusSensor

WAIT = {
    "conn_id": "courier_default",
    "deferrable": True,
    "start_from_trigger": True,
    "end_from_trigger": True,
    "poke_interval": 1,
    "timeout": 900,
}

with DAG("limited", schedule=None):
    JobStatusSensor(task_id="per_dag", job_id="limited", max_active_tis_per_dag=1, **WAIT)
    JobStatusSensor(task_id="per_dagrun", job_id="limited", max_active_tis_per_dagrun=1, **WAIT)
    JobStatusSensor(task_id="slots", job_id="limited", pool_slots=2, **WAIT)
    JobStatusSensor.partial(task_id="mapped", max_active_tis_per_dagrun=1, **WAIT).expand(
        job_id=["limited"] * 3
    )

with DAG("pooled", schedule=None):
    for task_id in ("one", "other"):
        JobStatusSensor(task_id=task_id, job_id="limited", pool="narrow", pool_slots=2, **WAIT)

with DAG("at_work", schedule=None, max_active_tasks=1):
    for task_id in ("begun_on_a_worker", "also_on_a_worker"):
        JobStatusSensor(task_id=task_id, job_id="limited", **{**WAIT, "start_from_trigger": False})
    for task_id in ("begun_in_the_triggerer", "also_in_the_triggerer"):
        JobStatusSensor(task_id=task_id, job_id="limited", **WAIT)
