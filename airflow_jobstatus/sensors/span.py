"""When a wait began, and when it has to end at the latest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from airflow_jobstatus.triggers.options import TriggerOptions
from airflow_jobstatus.waiting.wait import Limit, Wait

if TYPE_CHECKING:
    from airflow.sdk import Context


class Task(Protocol):
    """What is asked of a sensor."""

    deferrable: bool
    timeout: float
    execution_timeout: timedelta | None

    @property
    def reschedule(self) -> bool:
        """Whether Airflow ends the task's process between two polls."""


@dataclass(frozen=True)
class Span:
    """The time that a wait may take.

    :param began: When it began, in seconds since the epoch.
    :param deadline: When it ends at the latest.
    :param limit: The argument that sets the deadline.
    :param is_resumed: Whether an earlier process began it.
    """

    began: float
    deadline: float
    limit: Limit
    is_resumed: bool

    def wait(self, options: TriggerOptions, job_id: str, *, apart: float) -> Wait:
        """Return the wait for a job.

        :param options: What the task asks of it.
        :param job_id: The job.
        :param apart: The least seconds between two polls.
        """
        return options.wait(
            job_id=job_id, apart=apart, began=self.began, deadline=self.deadline, limit=self.limit
        )


def span_of(task: Task, context: Context, now: float, *, is_over: bool) -> Span:
    """Return the span of a task's wait.

    :param task: The sensor.
    :param context: Airflow's task context.
    :param now: Seconds since the epoch.
    :param is_over: Whether the wait has lasted for all its time already.
    """
    limits = {Limit.TIMEOUT: float(task.timeout)}
    began, is_resumed = now, False
    if task.deferrable:
        # Airflow itself bounds the worker's part of a task by execution_timeout, not the deferred part.
        if task.execution_timeout:
            limits[Limit.EXECUTION_TIMEOUT] = task.execution_timeout.total_seconds()
    elif task.reschedule and (first := context["ti"].get_first_reschedule_date(context)):
        began, is_resumed = first.timestamp(), True
    limit = min(limits, key=lambda name: limits[name])
    if is_over:
        began -= limits[limit]
    return Span(began, began + limits[limit], limit, is_resumed)
