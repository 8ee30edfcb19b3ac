"""Triggers of Airflow's own that fire at known moments; each ends its task in the triggerer."""  # noqa: INP001  a DAG folder is not a package

from __future__ import annotations

from airflow.providers.standard.sensors.date_time import DateTimeSensorAsync
from airflow.sdk import DAG

TIMERS = 30

with DAG("beside", schedule=None, max_active_tasks=TIMERS, render_template_as_native_obj=True):
    for index in range(TIMERS):
        DateTimeSensorAsync(
            task_id=f"timer-{index}",
            target_time=f"{{{{ dag_run.conf['moments'][{index}] }}}}",
            end_from_trigger=True,
        )
