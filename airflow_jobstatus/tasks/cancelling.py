"""Cancels the jobs of a task whose time is over."""

from __future__ import annotations

import logging
from typing import Any, Protocol

from airflow_jobstatus.polling.worker import Hook, cancel_jobs
from airflow_jobstatus.protocol.errors import JobStatusError
from airflow_jobstatus.waiting.batch import Batch
from airflow_jobstatus.waiting.log import Say
from airflow_jobstatus.waiting.outcome import Ending, Outcome

TIMEOUTS = (Ending.TIMEOUT, Ending.EXECUTION_TIMEOUT)


class Task(Protocol):
    """What is asked of a task."""

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
    if not task.cancel_on_timeout or outcome.ending not in TIMEOUTS:
        return
    seen = outcome.jobs or (outcome.job,)
    ended = {job.id for job in seen if job is not None and job.state.is_terminal}
    try:
        left = [job_id for job_id in Batch.of(task.job_id).distinct if job_id not in ended]
        cancel_jobs(task.get_hook(), left, say=say)
    except JobStatusError as error:
        say(logging.WARNING, f"The job goes on: {error}")
