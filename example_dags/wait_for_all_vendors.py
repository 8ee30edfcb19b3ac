"""How to wait for jobs of several vendors, and go on when all of them are done.

Starts one job at each vendor and waits for the three with one sensor class, which finds the vendor by the
connection's type. Needs the connections ``courier_default``, ``elastic_path_default`` and
``geobridge_default``; the sandbox will do for all (``python -m airflow_jobstatus.sandbox``).
"""

from __future__ import annotations

import logging
from typing import Any

from airflow.sdk import dag, task

from airflow_jobstatus.hooks.courier import CourierHook
from airflow_jobstatus.hooks.elastic_path import ElasticPathHook
from airflow_jobstatus.hooks.geobridge import GeoBridgeHook
from airflow_jobstatus.sensors.jobstatus import JobStatusSensor

log = logging.getLogger(__name__)


@dag(schedule=None, tags=["jobstatus"], doc_md=__doc__)
def wait_for_all_vendors() -> None:
    """Submit three, wait for three, sum up once."""

    @task
    def submit_courier() -> str:
        """Make a bulk send, add its people, set it going."""
        users = [{"recipient": "ada"}, {"recipient": "ben"}]
        return CourierHook().submit_job({"message": {"event": "ORDER-SHIPPED"}, "users": users})

    @task
    def submit_elastic_path() -> str:
        """Ask for an export of all orders."""
        return ElasticPathHook().submit_job({"data": {"type": "job", "job_type": "order_export"}})

    @task
    def submit_geobridge() -> str:
        """Submit a batch of addresses."""
        url = "https://files.example.com/addresses.csv"
        return GeoBridgeHook().submit_job({"input": {"transport": "https", "url": url}})

    submissions = {
        "courier": submit_courier(),
        "elastic_path": submit_elastic_path(),
        "geobridge": submit_geobridge(),
    }
    waits = [
        JobStatusSensor(
            task_id=f"wait_{vendor}",
            conn_id=f"{vendor}_default",
            job_id=job_id,
            deferrable=True,
            poke_interval=2,
            timeout=600,
            retries=2,
        )
        for vendor, job_id in submissions.items()
    ]

    @task
    def sum_up(jobs: list[dict[str, Any]]) -> int:
        """Add up what all vendors worked off well; Elastic Path counts nothing."""
        for job in jobs:
            log.info("%s: %s of %s records", job["vendor"], job["succeeded"], job["total"])
        return sum(job["succeeded"] or 0 for job in jobs)

    sum_up([wait.output for wait in waits])


wait_for_all_vendors()
