"""Deferrable waits for jobs that the run names, all at once."""

from __future__ import annotations

from airflow.sdk import DAG, get_current_context, task

from airflow_jobstatus.sensors.jobstatus import JobStatusSensor

with DAG("many_waits_at_once", schedule=None):

    @task
    def name_jobs() -> list[dict[str, str]]:
        return get_current_context()["dag_run"].conf["jobs"]

    JobStatusSensor.partial(task_id="wait", deferrable=True, poke_interval=2, timeout=180).expand_kwargs(
        name_jobs()
    )
