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
        session = CourierHook("courier_default").get_conn()
        job = {"message": {"event": "ORDER-SHIPPED"}}
        answer = session.post(f"{session.base_url}/bulk", json=job, timeout=30)
        answer.raise_for_status()
        job_id: str = answer.json()["jobId"]
        url = f"{session.base_url}/bulk/{job_id}"
        users = {"users": [{"recipient": "ada"}, {"recipient": "ben"}]}
        session.post(url, json=users, timeout=30).raise_for_status()
        session.post(f"{url}/run", timeout=30).raise_for_status()
        return job_id

    @task
    def submit_elastic_path() -> str:
        """Ask for an export of all orders; the documents show the new job alone and in a list."""
        session = ElasticPathHook("elastic_path_default").get_conn()
        job = {"data": {"type": "job", "job_type": "order_export"}}
        answer = session.post(f"{session.base_url}/v2/jobs", json=job, timeout=30)
        answer.raise_for_status()
        data = answer.json()["data"]
        job_id: str = (data[0] if isinstance(data, list) else data)["id"]
        return job_id

    @task
    def submit_geobridge() -> str:
        """Submit a batch of addresses."""
        session = GeoBridgeHook("geobridge_default").get_conn()
        job = {"input": {"transport": "https", "url": "https://files.example.com/addresses.csv"}}
        answer = session.post(f"{session.base_url}/bulk/jobs", json=job, timeout=30)
        answer.raise_for_status()
        job_id: str = answer.json()["id"]
        return job_id

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
