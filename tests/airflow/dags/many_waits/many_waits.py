"""As many waits as the run's conf has job ids."""

from __future__ import annotations

from airflow.sdk import Param, dag, task

from airflow_jobstatus.sensors.jobstatus import JobStatusSensor


@dag(schedule=None, max_active_tasks=16, params={"job_ids": Param([], type="array")})
def many_waits() -> None:
    """Wait for every job, each in a task of its own."""

    @task
    def job_ids(params: dict[str, list[str]]) -> list[str]:
        """Hand on what the run was asked for."""
        return params["job_ids"]

    JobStatusSensor.partial(
        task_id="wait", conn_id="courier_default", deferrable=True, poke_interval=10, timeout=1800
    ).expand(job_id=job_ids())


many_waits()
