"""Decides when a task cancels its jobs: because its time is over, or because a person has ended it."""

from __future__ import annotations

import logging
import sys
from threading import Thread
from typing import Any, Protocol

from airflow.providers.common.compat.sdk import AirflowTaskTimeout

from airflow_jobstatus.polling.worker import Hook, cancel_jobs
from airflow_jobstatus.protocol.errors import JobStatusError
from airflow_jobstatus.task_states import question, why_not_over
from airflow_jobstatus.waiting.batch import Batch
from airflow_jobstatus.waiting.log import Say
from airflow_jobstatus.waiting.outcome import TIMEOUTS, Outcome

STATE_WITHIN = 2.0
"""Seconds in which Airflow has to say what became of the task: it kills the process after five."""


class Task(Protocol):
    """What is asked of a task."""

    cancel_on_kill: bool
    cancel_on_timeout: bool
    job_id: Any

    def get_hook(self) -> Hook:
        """Return the hook of the connection's type."""


def cancel_after(outcome: Outcome, task: Task, *, say: Say) -> None:
    """Cancel the jobs that have not ended, if their time is over and the task was asked to.

    :param outcome: How the wait ended.
    :param task: The task.
    :param say: Takes log lines.
    """
    if not task.cancel_on_timeout or not (outcome.overdue or outcome.ending in TIMEOUTS):
        return
    try:
        left = outcome.overdue or Batch.of(task.job_id).distinct
        cancel_jobs(task.get_hook(), left, say=say)
    except JobStatusError as error:
        say(logging.WARNING, f"The job goes on: {error}")


def cancels_now(task: Task, ti: Any, *, say: Say) -> bool:
    """Return whether to cancel the jobs of a task whose process Airflow ends at this moment.

    It does when the task's ``execution_timeout`` is over, when a person marks the task as failed or
    successful, when a person clears it, when Airflow's API was away for long, and when the machine is shut
    down. Only where the task is over for good is that an end; else the job goes on, and the log says why.

    :param task: The task.
    :param ti: The task instance; None where there is no Airflow that could be asked.
    :param say: Takes log lines.
    """
    if isinstance(sys.exc_info()[1], AirflowTaskTimeout):
        return task.cancel_on_timeout
    if not task.cancel_on_kill or ti is None:
        return task.cancel_on_kill
    if reason := _going_on(ti):
        say(logging.WARNING, f"The job goes on: {reason}")
    return reason is None


def _going_on(ti: Any) -> str | None:
    """Return why a task is not over for good, None if it is.

    Airflow is asked from a thread: its signal may have come in the middle of another request of the process,
    which goes on only after this one has been given up. On Airflow 3.1 the thread may then get the answer to
    that request. Either way nobody knows what became of the task, and its job goes on.
    """
    found: list[str | None] = []

    def ask() -> None:
        try:
            found.append(why_not_over(ti.get_task_states(**question(ti)), going_on="running"))
        except Exception as error:  # noqa: BLE001  whatever keeps Airflow from saying it
            found.append(f"it is not known what became of the task ({type(error).__name__})")

    asking = Thread(target=ask, daemon=True)
    try:
        asking.start()
    except RuntimeError:  # the interpreter shuts down
        return "it is not known what became of the task"
    asking.join(STATE_WITHIN)
    return found[0] if found else f"Airflow does not say within {STATE_WITHIN:g} s what became of the task"
