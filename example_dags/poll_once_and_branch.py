"""How to poll a job just once, and go on by what is seen.

``JobStatusOperator`` never waits and succeeds whatever state the job is in; a branch then reads the state.
Needs a connection ``elastic_path_default``; the sandbox will do (``python -m airflow_jobstatus.sandbox``).
"""

from __future__ import annotations

import logging
from typing import Any

from airflow.sdk import dag, task

from airflow_jobstatus.hooks.elastic_path import ElasticPathHook
from airflow_jobstatus.operators.jobstatus import JobStatusOperator

log = logging.getLogger(__name__)


@dag(schedule=None, tags=["jobstatus"], doc_md=__doc__)
def poll_once_and_branch() -> None:
    """Submit, poll, branch."""

    @task
    def submit() -> str:
        """Ask for an export of all orders."""
        export = {"data": {"type": "job", "job_type": "order_export"}}
        return ElasticPathHook("elastic_path_default").submit_job(export)

    poll = JobStatusOperator(task_id="poll", conn_id="elastic_path_default", job_id=submit())

    @task.branch
    def choose(job: dict[str, Any]) -> str:
        """Choose by the state, which has the same five words for every vendor."""
        if job["state"] == "succeeded":
            return "fetch_orders"
        if job["state"] in {"failed", "cancelled"}:
            return "give_up"
        return "come_back_later"

    @task
    def fetch_orders() -> None:
        """Stand for what needs the finished job."""
        log.info("The orders are there")

    @task
    def give_up() -> None:
        """Stand for what is done without it."""
        log.info("There will be no orders")

    @task
    def come_back_later() -> None:
        """Stand for what is done meanwhile."""
        log.info("The job still runs")

    choose(poll.output) >> [fetch_orders(), give_up(), come_back_later()]


poll_once_and_branch()
