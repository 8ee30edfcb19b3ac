"""One task that waits for a thousand jobs."""

from __future__ import annotations

from airflow.sdk import DAG

from airflow_jobstatus.sensors.jobstatus import JobStatusSensor

with DAG("a_thousand", schedule=None, render_template_as_native_obj=True):
    JobStatusSensor(
        task_id="wait",
        conn_id="geobridge_default",
        job_id="{{ dag_run.conf['job_ids'] }}",
        deferrable=True,
        poke_interval=2,
    )
