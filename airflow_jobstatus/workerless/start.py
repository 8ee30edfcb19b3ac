"""What Airflow's scheduler reads of a sensor to start it in the triggerer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from airflow.triggers.base import StartTriggerArgs

from airflow_jobstatus.workerless.arguments import source_of
from airflow_jobstatus.workerless.eligibility import (
    BACKSTOP,
    NeedsWorkerError,
    Waiting,
    against_ending,
    against_starting,
)

TRIGGER = "airflow_jobstatus.workerless.trigger.JobStatusStartTrigger"
"""By its path: importing it takes the HTTP libraries, which a DAG file has no use for."""


class StartFromTrigger:
    """The attribute ``start_from_trigger``: whether the task is started in the triggerer.

    It is found out whenever it is read, for a task is changed after it was made: it gets its DAG, an outlet,
    a callback. Read of the class, as Airflow does for mapped tasks, it is False.
    """

    def __get__(self, task: Waiting | None, _: type) -> bool:
        return task is not None and _args(task) is not None


class StartArgs:
    """The attribute ``start_trigger_args``: the trigger in which the task is started, None for a worker."""

    def __get__(self, task: Waiting | None, _: type) -> StartTriggerArgs | None:
        return None if task is None else _args(task)


def why_on_a_worker(task: Waiting) -> str | None:
    """Return why a task begins on a worker, None if it need not.

    :param task: The sensor, or the copy of it that a worker has rendered.
    """
    dag = task.get_dag()
    as_written: Any = dag.task_dict.get(task.task_id, task) if dag else task
    try:
        start_trigger_args(as_written)
    except NeedsWorkerError as reason:
        return str(reason)
    return None


def start_trigger_args(task: Waiting) -> StartTriggerArgs:
    """Return what the scheduler has to know; it is the same for every run of the DAG.

    :param task: The sensor.
    :raises NeedsWorkerError: if the task cannot begin in the triggerer.
    """
    if reason := against_starting(task):
        raise NeedsWorkerError(reason)
    options = task.trigger_options
    if against_ending(task):
        options = replace(options, end_from_trigger=False)
    arguments = {
        "conn_id_from": source_of(task, "conn_id"),
        "job_id_from": source_of(task, "job_id"),
        "timeout": task.timeout,
        "backstop": BACKSTOP.total_seconds(),
        "options": options.to_dict(),
    }
    return StartTriggerArgs(
        trigger_cls=TRIGGER,
        trigger_kwargs=arguments,
        next_method="execute_complete",
        timeout=timedelta(seconds=task.timeout) + BACKSTOP,
    )


def _args(task: Waiting) -> StartTriggerArgs | None:
    # Airflow reads the attributes already while the task is made, before it has all of its own.
    if not getattr(task, "starts_from_trigger", False):
        return None
    try:
        return start_trigger_args(task)
    except NeedsWorkerError:
        return None
