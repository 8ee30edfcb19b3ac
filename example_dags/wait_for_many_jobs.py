"""How to wait for many jobs, when only the run knows how many.

Starts some bulk sends at Courier and waits for all of them with one mapped sensor: one wait per job, none of
which takes a worker slot. Needs a connection ``courier_default``; the sandbox will do
(``python -m airflow_jobstatus.sandbox``).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from airflow.sdk import dag, task

from airflow_jobstatus.hooks.courier import CourierHook
from airflow_jobstatus.sensors.jobstatus import JobStatusSensor

GROUPS = {"north": ["ada", "ben"], "south": ["cleo", "dan", "eve"], "west": ["finn"]}

log = logging.getLogger(__name__)


@dag(schedule=None, tags=["jobstatus"], doc_md=__doc__)
def wait_for_many_jobs() -> None:
    """Submit many, wait for each, add up."""

    @task
    def submit_many() -> list[str]:
        """Make a job for each group, add its people, set it going."""
        hook = CourierHook("courier_default")
        return [
            hook.submit_job(
                {
                    "message": {"event": "NEWSLETTER", "data": {"group": group}},
                    "users": [{"recipient": person} for person in people],
                }
            )
            for group, people in GROUPS.items()
        ]

    wait = JobStatusSensor.partial(
        task_id="wait",
        conn_id="courier_default",
        deferrable=True,
        poke_interval=2,
        timeout=600,
        retries=2,
    ).expand(job_id=submit_many())

    @task
    def add_up(jobs: Iterable[dict[str, Any]]) -> int:
        """Add up a counter over all jobs; each wait's return value is its job."""
        enqueued: int = sum(job["counters"]["enqueued"] for job in jobs)
        log.info("%s messages are on their way", enqueued)
        return enqueued

    add_up(wait.output)


wait_for_many_jobs()
