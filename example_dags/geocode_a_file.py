"""How to have a file geocoded: submit the batch and wait for it in one task, then fetch the places found.

The batch is submitted once: a retry takes it up if it still runs. Needs a connection
``geobridge_default``; the sandbox will do (``python -m airflow_jobstatus.sandbox``).
"""

from __future__ import annotations

import logging

from airflow.sdk import dag, task

from airflow_jobstatus.operators.bulk_job import BulkJobOperator
from airflow_jobstatus.operators.results import JobResultsOperator

log = logging.getLogger(__name__)


@dag(
    schedule=None,
    tags=["jobstatus"],
    doc_md=__doc__,
    params={"url": "https://files.example.com/addresses.csv", "folder": "/tmp/jobstatus"},  # noqa: S108  an example
)
def geocode_a_file() -> None:
    """Submit and wait, fetch, report."""
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

    JobResultsOperator(
        task_id="fetch",
        conn_id="geobridge_default",
        job_id=geocode.output["job_id"],
        path="{{ params.folder }}/places-{{ run_id }}.ndjson",
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
