"""How to read what is left of a job that failed.

The wait fails, without Airflow retries: a second poll would see the same. It pushes the same XComs as one
that succeeded, so that a task with the trigger rule ``all_done`` can read the vendor's status, its error text
and the counters. Needs a connection ``courier_default``; at the sandbox
(``python -m airflow_jobstatus.sandbox``) the word "missing" in a new job makes it fail.

The run is green although the wait failed: Airflow judges a run by its last tasks, and ``read`` succeeds. To
have it red, raise ``AirflowFailException`` in ``read``, or put another last task behind the wait.
"""

from __future__ import annotations

import logging
from typing import Any

from airflow.sdk import TriggerRule, dag, task

from airflow_jobstatus.hooks.courier import CourierHook
from airflow_jobstatus.sensors.jobstatus import JobStatusSensor

log = logging.getLogger(__name__)


@dag(schedule=None, tags=["jobstatus"], doc_md=__doc__)
def read_a_failed_job() -> None:
    """Submit what fails, wait, read."""

    @task
    def submit() -> str:
        """Make a bulk send that cannot go well, and set it going."""
        users = [{"recipient": "ada"}, {"recipient": "ben"}]
        payload = {"message": {"event": "MISSING-TEMPLATE"}, "users": users}
        return CourierHook("courier_default").submit_job(payload)

    wait = JobStatusSensor(
        task_id="wait",
        conn_id="courier_default",
        job_id=submit(),
        deferrable=True,
        poke_interval=2,
        timeout=600,
        retries=2,
    )

    @task(trigger_rule=TriggerRule.ALL_DONE)
    def read(job: dict[str, Any], failures: int) -> str:
        """Read what the wait left behind."""
        summary = f"{job['vendor']} says {job['status']}: {failures} of {job['total']} failed"
        log.info("%s; its error text: %s", summary, job["error"])
        return summary

    read(wait.output, wait.output["failures"])


read_a_failed_job()
