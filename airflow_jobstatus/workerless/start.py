"""What Airflow's scheduler reads of a sensor to start it in the triggerer."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.triggers.base import StartTriggerArgs

from airflow_jobstatus.workerless.arguments import NeedsWorkerError
from airflow_jobstatus.workerless.eligibility import BACKSTOP, against_ending, against_starting
from airflow_jobstatus.workerless.sources import source_of

if TYPE_CHECKING:
    from airflow_jobstatus.sensors.jobstatus import JobStatusSensor

TRIGGER = "airflow_jobstatus.workerless.trigger.JobStatusStartTrigger"
"""By its path: importing it takes the HTTP libraries, which a DAG file has no use for."""


class StartFromTrigger:
    """The attribute ``start_from_trigger``: whether the task is started in the triggerer.

    It is found out whenever it is read, for a task is changed after it was made: it gets its DAG, an outlet,
    a callback. Read of the class, as Airflow does for mapped tasks, it is False.
    """

    def __get__(self, task: JobStatusSensor | None, _: type) -> bool:
        return task is not None and task.start_trigger_args is not None


class StartArgs:
    """The attribute ``start_trigger_args``: the trigger in which the task is started, None for a worker."""

    def __get__(self, task: JobStatusSensor | None, _: type) -> StartTriggerArgs | None:
        if task is None or not getattr(task, "starts_from_trigger", False):
            return None
        try:
            return start_trigger_args(task)
        except NeedsWorkerError:
            return None


def why_on_a_worker(task: JobStatusSensor) -> str | None:
    """Say why a task begins on a worker, None if it need not.

    :param task: The sensor, or the copy of it that a worker has rendered.
    """
    dag = task.get_dag()
    as_written: Any = dag.task_dict.get(task.task_id, task) if dag else task
    try:
        start_trigger_args(as_written)
    except NeedsWorkerError as reason:
        return str(reason)
    return None


def start_trigger_args(task: JobStatusSensor) -> StartTriggerArgs:
    """Return what the scheduler has to know; it is the same for every run of the DAG.

    :param task: The sensor.
    :raises NeedsWorkerError: if the task cannot begin in the triggerer.
    """
    if reason := against_starting(task):
        raise NeedsWorkerError(reason)
    arguments: dict[str, Any] = {
        "conn_id_from": source_of(task, "conn_id"),
        "job_id_from": source_of(task, "job_id"),
        "timeout": task.timeout,
        "backstop": BACKSTOP.total_seconds(),
        "cancel_on_kill": task.cancel_on_kill,
        "end_from_trigger": task.ends_from_trigger and against_ending(task) is None,
        "do_xcom_push": task.do_xcom_push,
        **task.wait_options(),
    }
    return StartTriggerArgs(
        trigger_cls=TRIGGER,
        trigger_kwargs=arguments,
        next_method="execute_complete",
        timeout=timedelta(seconds=task.timeout) + BACKSTOP,
    )
