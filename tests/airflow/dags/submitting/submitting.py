"""One job for each vendor, submitted and waited for; the run's configuration names the connections."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import DAG

from airflow_jobstatus.operators.bulk_job import BulkJobOperator
from airflow_jobstatus.sensors.jobstatus import JobStatusSensor

PAYLOADS: dict[str, Any] = {
    "courier": {"message": {"event": "{{ run_id }}"}, "users": [{"recipient": "a"}, {"recipient": "b"}]},
    "elastic_path": {"data": {"type": "job", "job_type": "order_export"}},
    "geobridge": {"input": {"transport": "inline", "records": [{"address": "{{ run_id }}"}]}},
    "http_job": {"rows": [1, 2]},
}


def note_pid(context: Any) -> None:
    """Leave the number of the process that runs a task, for whoever wants to kill it."""
    folder = Path(context["dag_run"].conf["pids"])
    (folder / context["ti"].task_id).write_text(str(os.getpid()))


for name, deferrable in (("submit_poke", False), ("submit_deferrable", True)):
    with DAG(name, schedule=None):
        for vendor, payload in PAYLOADS.items():
            BulkJobOperator(
                task_id=vendor,
                conn_id=f"{vendor}_{{{{ dag_run.conf['connection'] }}}}",
                payload=payload,
                deferrable=deferrable,
                poke_interval=1,
                timeout=900,
                retries=1,
                retry_delay=timedelta(seconds=1),
                on_execute_callback=note_pid,
            )

with DAG("newest", schedule=None):
    JobStatusSensor(
        task_id="wait",
        conn_id="geobridge_default",
        job_id="{{ dag_run.conf['job_id'] }}",
        deferrable=True,
        poke_interval=1,
        timeout=900,
    )
