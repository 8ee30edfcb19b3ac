"""How to have a file geocoded: submit the batch, wait for it, use its counters; all in one task.

The batch is submitted once: a retry takes it up if it still runs. Needs a connection
``geobridge_default``; the sandbox will do (``python -m airflow_jobstatus.sandbox``).
"""

from __future__ import annotations

import logging

from airflow.sdk import dag, task

from airflow_jobstatus.operators.bulk_job import BulkJobOperator

log = logging.getLogger(__name__)


@dag(
    schedule=None,
    tags=["jobstatus"],
    doc_md=__doc__,
    params={"url": "https://files.example.com/addresses.csv"},
)
def geocode_a_file() -> None:
    """Submit and wait, use."""
    geocode = BulkJobOperator(
        task_id="geocode",
        conn_id="geobridge_default",
        payload={
            "input": {"transport": "https", "url": "{{ params.url }}"},
            "options": {"output_format": "geojson"},
        },
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

    report(geocode.output["successful_records"], geocode.output["failed_records"])


geocode_a_file()
