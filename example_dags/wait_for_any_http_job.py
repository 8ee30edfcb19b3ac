"""How to wait for a job of your own service, which no provider knows: the connection says how to read it.

The service takes a job with ``POST /jobs`` and shows its state and percent at ``/jobs/{id}``; it asks for a
key in a header. Needs a connection ``http_job_default`` of type ``http_job`` whose extra is::

    {"path": "/jobs/{id}", "auth": {"type": "apiKey", "in": "header", "name": "X-Key"},
     "status": "state", "percent": "percent", "error": "message",
     "submit": {"path": "/jobs", "idempotency_header": "Idempotency-Key"}}

The sandbox has such a service, and prints the connection (``python -m airflow_jobstatus.sandbox``).
"""

from __future__ import annotations

import logging
from typing import Any

from airflow.sdk import dag, task

from airflow_jobstatus.hooks.http_job import HttpJobHook
from airflow_jobstatus.sensors.jobstatus import JobStatusSensor

log = logging.getLogger(__name__)


@dag(schedule=None, tags=["jobstatus"], doc_md=__doc__)
def wait_for_any_http_job() -> None:
    """Submit, wait, use."""

    @task
    def submit() -> str:
        """Submit a job with the service's own call, as the connection declares it."""
        return HttpJobHook("http_job_default").submit_job({"report": "parcels"})

    wait = JobStatusSensor(
        task_id="wait",
        conn_id="http_job_default",
        job_id=submit(),
        deferrable=True,
        poke_interval=2,
        timeout=600,
        retries=2,
    )

    @task
    def report(job: dict[str, Any]) -> str:
        """Use what is known of the job."""
        summary = f"job {job['id']} is {job['state']}, {job['progress']:.0%}"
        log.info(summary)
        return summary

    report(wait.output)


wait_for_any_http_job()
