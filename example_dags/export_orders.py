"""How to export orders: submit the export, wait for it, and fetch the file into a store; three tasks.

The store is whatever Airflow's ``ObjectStoragePath`` reaches: set the parameter ``folder`` to
``s3://aws_default@bucket/exports``, for instance. The file appears when it is whole. Needs a connection
``elastic_path_default``; the sandbox will do (``python -m airflow_jobstatus.sandbox``).
"""

from __future__ import annotations

import logging

from airflow.sdk import ObjectStoragePath, dag, task

from airflow_jobstatus.operators.bulk_job import BulkJobOperator
from airflow_jobstatus.operators.results import JobResultsOperator

log = logging.getLogger(__name__)


@dag(schedule=None, tags=["jobstatus"], doc_md=__doc__, params={"folder": "/tmp/jobstatus"})  # noqa: S108  an example
def export_orders() -> None:
    """Export and wait, fetch, use."""
    export = BulkJobOperator(
        task_id="export",
        conn_id="elastic_path_default",
        payload={"data": {"type": "job", "job_type": "order_export"}},
        deferrable=True,
        poke_interval=2,
        timeout=600,
        retries=2,
    )
    fetch = JobResultsOperator(
        task_id="fetch",
        conn_id="elastic_path_default",
        job_id=export.output["job_id"],
        path="{{ params.folder }}/orders-{{ run_id }}.csv",
        retries=2,
    )

    @task
    def count(file: dict[str, object]) -> int:
        """Read the file, as any task can."""
        with ObjectStoragePath(str(file["path"])).open("rb") as lines:
            orders = sum(1 for _ in lines) - 1
        log.info("%d orders in %s", orders, file["path"])
        return orders

    count(fetch.output)


export_orders()
