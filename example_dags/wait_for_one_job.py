"""How to wait for one job, and use its counters afterwards.

Submits a geocoding batch to GeoBridge, waits for it without taking a worker slot, and hands two of its
counters on. Each counter is an XCom of the wait, an int under the vendor's own name. Needs a connection
``geobridge_default``; the sandbox will do (``python -m airflow_jobstatus.sandbox``).

``retries=2`` is for what Airflow itself loses, as when a worker is killed or the broker is away. It is safe:
another try finds the same job, and where the job has failed there is none.
"""

from __future__ import annotations

import logging

from airflow.sdk import dag, task

from airflow_jobstatus.hooks.geobridge import GeoBridgeHook
from airflow_jobstatus.sensors.jobstatus import JobStatusSensor

log = logging.getLogger(__name__)


@dag(schedule=None, tags=["jobstatus"], doc_md=__doc__)
def wait_for_one_job() -> None:
    """Submit, wait, use."""

    @task
    def submit() -> str:
        """Submit a batch; ``BulkJobOperator`` would wait for it too."""
        return GeoBridgeHook("geobridge_default").submit_job(
            {
                "input": {"transport": "https", "url": "https://files.example.com/addresses.csv"},
                "options": {"output_format": "geojson"},
            }
        )

    wait = JobStatusSensor(
        task_id="wait",
        conn_id="geobridge_default",
        job_id=submit(),
        deferrable=True,
        poke_interval=2,
        timeout=600,
        retries=2,
    )

    @task
    def report(successful: int, failed: int) -> str:
        """Use the counters; they are ints."""
        summary = f"{successful} addresses found, {failed} not, {successful + failed} in all"
        log.info(summary)
        return summary

    report(wait.output["successful_records"], wait.output["failed_records"])


wait_for_one_job()
