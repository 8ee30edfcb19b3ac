"""Tasks as the UI shows them: under way, over, and of another kind."""

from __future__ import annotations

from datetime import timedelta

from airflow.providers.standard.sensors.time_delta import TimeDeltaSensor
from airflow.sdk import DAG, task

from airflow_jobstatus.sensors.jobstatus import JobStatusSensor

A_DAY = timedelta(days=1)
WAITS = 29
JOB = {"conn_id": "geobridge_default", "deferrable": True, "poke_interval": 1}

with DAG("shown", schedule=None, render_template_as_native_obj=True):
    # Deferred, and nothing writes an XCom of theirs but a test.
    TimeDeltaSensor(task_id="live", delta=A_DAY, deferrable=True)
    TimeDeltaSensor.partial(task_id="lives", deferrable=True).expand(delta=[A_DAY] * WAITS)

    JobStatusSensor(
        task_id="succeeds", job_id="{{ dag_run.conf['succeeds'] }}", **{**JOB, "conn_id": "with_console"}
    )
    JobStatusSensor(task_id="fails", job_id="{{ dag_run.conf['fails'] }}", **JOB)
    JobStatusSensor(task_id="many", job_id="{{ dag_run.conf['many'] }}", **JOB)

    @task
    def another_kind() -> dict[str, str]:
        return {"state": "succeeded"}

    another_kind()
