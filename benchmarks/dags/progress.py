"""Many waits of one run, each for a job of its own; they begin and end in the triggerer."""  # noqa: INP001  a DAG folder is not a package

from __future__ import annotations

from airflow.sdk import DAG

from airflow_jobstatus.sensors.jobstatus import JobStatusSensor

WAITS = 300

with DAG("progress", schedule=None, max_active_tasks=WAITS):
    for number in range(WAITS):
        JobStatusSensor(
            task_id=f"wait_{number}",
            conn_id="courier_default",
            job_id=f"{{{{ dag_run.conf['jobs'] }}}}-{number}",
            deferrable=True,
            start_from_trigger=True,
            end_from_trigger=True,
            poke_interval=5,
            timeout=3600,
        )
