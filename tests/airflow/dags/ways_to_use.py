"""A job id from another task, mapped waits, and one poll to branch on."""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, get_current_context, task

from airflow_jobstatus.operators.jobstatus import JobStatusOperator
from airflow_jobstatus.sensors.jobstatus import JobStatusSensor


def conf() -> dict[str, Any]:
    return get_current_context()["dag_run"].conf


with DAG("ways_to_use", schedule=None):

    @task
    def submit() -> str:
        return conf()["one"]

    @task
    def submit_many() -> list[str]:
        return conf()["many"]

    @task
    def read_counter(count: int) -> list[Any]:
        return [type(count).__name__, count]

    @task
    def add_up(jobs: Any) -> int:
        return sum(job["processed"] for job in jobs)

    @task.branch
    def choose(job: dict[str, Any]) -> str:
        return "go_on" if job["state"] == "succeeded" else "come_back"

    @task
    def go_on() -> None: ...

    @task
    def come_back() -> None: ...

    wait = JobStatusSensor(
        task_id="wait", conn_id="geobridge_default", job_id=submit(), deferrable=True, poke_interval=1
    )
    read_counter(wait.output["failed_records"])

    waits = JobStatusSensor.partial(
        task_id="waits", conn_id="courier_default", deferrable=True, poke_interval=1
    ).expand(job_id=submit_many())
    add_up(waits.output)

    poll = JobStatusOperator(
        task_id="poll", conn_id="elastic_path_default", job_id="{{ dag_run.conf['endless'] }}"
    )
    choose(poll.output) >> [go_on(), come_back()]
