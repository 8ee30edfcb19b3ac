"""Downloads from a server that a test plays; the run's configuration says where to."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import DAG

from airflow_jobstatus.operators.results import JobResultsOperator


def note_pid(context: Any) -> None:
    """Leave the number of the process that runs the task, for whoever wants to kill it."""
    Path(context["dag_run"].conf["folder"], "pid").write_text(str(os.getpid()))


with DAG("fetched", schedule=None):
    JobResultsOperator(
        task_id="fetch",
        conn_id="{{ dag_run.conf['conn_id'] }}",
        job_id="7",
        path="{{ dag_run.conf['folder'] }}/results/table.csv",
        retries=1,
        retry_delay=timedelta(seconds=1),
        on_execute_callback=note_pid,
    )
