"""Three waits of a quarter of an hour, to look at in Airflow's UI: one job, a failing API, a list of jobs."""

from __future__ import annotations

from airflow.sdk import dag

from airflow_jobstatus.sensors.jobstatus import JobStatusSensor


@dag(schedule=None, tags=["jobstatus"], doc_md=__doc__)
def long_waits() -> None:
    """Wait for jobs that the run's configuration names."""
    waits = {
        "one_job": "geobridge_default",
        "an_api_that_fails": "elastic_path_default",
        "many_jobs": "courier_default",
    }
    for task_id, conn_id in waits.items():
        JobStatusSensor(
            task_id=task_id,
            conn_id=conn_id,
            job_id=f"{{{{ dag_run.conf['{task_id}'] }}}}",
            deferrable=True,
            poke_interval=10,
            timeout=3600,
        )


long_waits()
