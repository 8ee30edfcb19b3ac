"""Waits that begin or end in the triggerer; the run's configuration says for which jobs."""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, Param, get_current_context, task

from airflow_jobstatus.sensors.jobstatus import JobStatusSensor

CONSTANT = "a-constant"
CONN = {"conn_id": "courier_default"}
DEFERRED = {"deferrable": True, "poke_interval": 1, "timeout": 900}
END = {**DEFERRED, "end_from_trigger": True}
BOTH = {**END, "start_from_trigger": True}


def conf() -> dict[str, Any]:
    return get_current_context()["dag_run"].conf


def nothing(*_: Any) -> None:
    pass


with DAG("ways", schedule=None, params={"job": Param("none", type="string")}):

    @task
    def submit() -> str:
        return conf()["upstream"]

    @task(multiple_outputs=True)
    def submit_whole() -> dict[str, Any]:
        return {"id": conf()["upstream"]}

    @task
    def submit_many() -> list[str]:
        return conf()["many"]

    @task
    def type_of(value: Any) -> str:
        return type(value).__name__

    submitted = submit()
    whole = submit_whole()
    many = submit_many()

    JobStatusSensor(task_id="plain", job_id=CONSTANT, **CONN, **DEFERRED)
    end = JobStatusSensor(task_id="end", job_id=CONSTANT, **CONN, **END)
    type_of(end.output["received"])
    JobStatusSensor(task_id="end_without_xcoms", job_id=CONSTANT, do_xcom_push=False, **CONN, **END)
    JobStatusSensor(task_id="start", job_id=CONSTANT, start_from_trigger=True, **CONN, **DEFERRED)

    for task_id, job_id in {
        "constant": CONSTANT,
        "from_conf": "{{ dag_run.conf['from_conf'] }}",
        "from_params": "{{ params.job }}",
        "from_run_id": "{{ run_id.rpartition('__')[2] }}",
        "from_date": "at-{{ dag_run.run_after | ds_nodash }}",
        "from_xcom_arg": submitted,
        "from_xcom_pull": "{{ ti.xcom_pull('submit') }}",
        "from_key_of_xcom": whole["id"],
        "from_list": many,
        "missing_conf": "{{ dag_run.conf['lost'] }}",
        "missing_xcom": submitted["lost"],
        "fails": "{{ dag_run.conf['fails'] }}",
        "from_variable": "{{ var.value.get('job', 'a-constant') }}",
        "empty": [],
    }.items():
        wait = JobStatusSensor(task_id=task_id, job_id=job_id, **CONN, **BOTH)
        if "pull" in task_id:
            submitted >> wait

    JobStatusSensor(task_id="conn_from_conf", conn_id="{{ dag_run.conf['conn'] }}", job_id=CONSTANT, **BOTH)
    JobStatusSensor(task_id="missing_conn", conn_id="nowhere", job_id=CONSTANT, **BOTH)
    JobStatusSensor(task_id="with_callback", job_id=CONSTANT, on_success_callback=nothing, **CONN, **BOTH)
    JobStatusSensor.partial(task_id="mapped", **CONN, **BOTH).expand(job_id=many)
