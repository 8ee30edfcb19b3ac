"""Waits that differ by the version of Airflow; the run's configuration says for which jobs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.providers.common.compat.sdk import AirflowException
from airflow.sdk import DAG

from airflow_jobstatus.sensors.jobstatus import JobStatusSensor


class Interrupted(JobStatusSensor):
    """Fails after the second poll of its first try, and after the first one of its second."""

    def poke(self, context: Any) -> Any:
        seen = super().poke(context)
        ti = context["ti"]
        if ti.try_number > 1 or ti.get_first_reschedule_date(context):
            raise AirflowException("as if the worker were lost")
        return seen


DEFERRED = {"deferrable": True, "poke_interval": 1, "timeout": 600}

with DAG("by_version", schedule=None):
    for task_id, vendor, arguments in (
        ("end", "geobridge", {"end_from_trigger": True}),
        ("start", "geobridge", {"end_from_trigger": True, "start_from_trigger": True}),
        ("stopped", "geobridge", {}),
        ("stopped_without_a_list", "courier", {}),
        ("cancelled", "geobridge", {"cancel_on_kill": True}),
    ):
        JobStatusSensor(
            task_id=task_id,
            conn_id=f"{vendor}_stored",
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
    Interrupted(
        task_id="interrupted",
        conn_id="geobridge_stored",
        job_id="endless",
        mode="reschedule",
        poke_interval=15,
        timeout=600,
        retries=1,
        retry_delay=timedelta(seconds=1),
    )
