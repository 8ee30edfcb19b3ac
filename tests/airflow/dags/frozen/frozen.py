"""Waits whose jobs are cancelled when a person ends their tasks."""

from __future__ import annotations

from airflow.sdk import DAG, Param, task

from airflow_jobstatus.sensors.jobstatus import JobStatusSensor

WAIT = {
    "conn_id": "geobridge_default",
    "deferrable": True,
    "poke_interval": 2,
    "timeout": 1800,
    "cancel_on_kill": True,
}

with DAG("ended", schedule=None, max_active_runs=64, params={"job_id": ""}):
    JobStatusSensor(task_id="wait", job_id="{{ params.job_id }}", **WAIT)

with DAG("frozen", schedule=None, params={"job_ids": Param([], type="array")}):

    @task
    def job_ids(params: dict[str, list[str]]) -> list[str]:
        """Hand on what the run was asked for."""
        return params["job_ids"]

    @task
    def standing_ids(params: dict[str, list[str]]) -> list[str]:
        """Hand on the same for jobs that do not move."""
        return params["standing_ids"]

    JobStatusSensor.partial(task_id="goes_on", **WAIT).expand(job_id=job_ids())
    JobStatusSensor.partial(task_id="gives_up", stall_timeout=40, **WAIT).expand(job_id=standing_ids())
