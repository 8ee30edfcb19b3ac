"""Hands a wait over to the triggerer, and knows when Airflow itself has taken it back."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from airflow.sdk.bases.operator import TRIGGER_FAIL_REPR, TriggerFailureReason

from airflow_jobstatus.polling.worker import WorkerPoller
from airflow_jobstatus.sensors.pause import SETTLING
from airflow_jobstatus.triggers.jobstatus import JobStatusTrigger
from airflow_jobstatus.workerless.eligibility import Waiting, against_both_here, against_ending


class Task(Waiting, Protocol):
    """What is asked of a sensor that defers."""

    ends_from_trigger: bool

    @property
    def log(self) -> Any:
        """The task's logger."""


def trigger_after(task: Task, poller: WorkerPoller) -> JobStatusTrigger:
    """Return the trigger that goes on with a wait which has begun on the worker.

    :param task: The sensor.
    :param poller: The wait so far. Of many jobs it hands over nothing that was seen, as that may be much.
    """
    wait, hook = poller.wait, poller.hook
    options = replace(task.trigger_options, end_from_trigger=_ends_there(task))
    return JobStatusTrigger(
        hook_class=f"{type(hook).__module__}.{type(hook).__qualname__}",
        conn_id=hook.conn_id,
        job_id=poller.batch.given,
        began=wait.began,
        deadline=wait.deadline,
        limit=wait.limit.value,
        options=options.to_dict(),
        resumes_at=time.time() + SETTLING,
        state=None if poller.batch.many else poller.state.to_dict(),
    )


def has_run_out(next_method: str, next_kwargs: Mapping[str, Any] | None) -> bool:
    """Return whether Airflow resumes a task because no trigger has ended its wait in time.

    :param next_method: What Airflow calls of the task.
    :param next_kwargs: What it passes.
    """
    error = (next_kwargs or {}).get("error")
    return next_method == TRIGGER_FAIL_REPR and error == TriggerFailureReason.TRIGGER_TIMEOUT


def _ends_there(task: Task) -> bool:
    if not task.ends_from_trigger:
        return False
    if reason := against_ending(task) or against_both_here():
        task.log.info("end_from_trigger does not apply, the task ends on a worker: %s", reason)
    return reason is None
