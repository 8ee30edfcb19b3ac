"""How long a task must pause before its next process, so that Airflow loses none."""

from __future__ import annotations

import time
from typing import Any, Protocol

from airflow.providers.common.compat.sdk import conf

from airflow_jobstatus.polling.worker import WorkerPoller

SETTLING = 2.0 * min(conf.getint("workers", "min_heartbeat_interval", fallback=5), 30)
"""Seconds from the deferral of a task to its resumption at the least, for Airflow notices only within that
interval that the process which deferred has ended. A scheduler that hears of it after the task was queued
anew takes it for the end of the next process, and fails the task
(https://github.com/apache/airflow/issues/67287).
"""
SAFE = max(15.0, SETTLING)
"""Seconds from one process of a rescheduled task to its next at the least, for the same reason."""


class PausingTask(Protocol):
    """What is asked of a sensor."""

    deferrable: bool
    poke_interval: float

    @property
    def reschedule(self) -> bool:
        """Whether Airflow ends the task's process between two polls."""


def pause_before(poller: WorkerPoller | None, interval: float, *, rescheduled: bool) -> float:
    """Return the seconds to the next poll on the worker.

    :param poller: The wait so far; None where it could not begin, and Airflow goes on all the same.
    :param interval: Seconds between two polls of a healthy job.
    :param rescheduled: Whether the task pauses without its process.
    """
    if poller is None:
        return max(interval, SAFE) if rescheduled else interval
    now = time.time()
    pause = max(0.0, poller.next_poll(now) - now)
    return max(pause, SAFE) if rescheduled else pause


def is_rescheduled(task: PausingTask) -> bool:
    """Return whether each poll of a task has a process of its own.

    :param task: The sensor.
    """
    return task.reschedule and not task.deferrable


def apart(task: PausingTask) -> float:
    """Return the least seconds between two polls of a task, so that no process follows the other at once.

    :param task: The sensor.
    """
    return max(task.poke_interval, SAFE) if is_rescheduled(task) else 0.0


def warn_of_haste(task_id: str, poke_interval: float, log: Any) -> None:
    """Warn of a rescheduled task that wants to come again sooner than is safe.

    :param task_id: The task.
    :param poke_interval: Seconds between its polls.
    :param log: Takes the warning.
    """
    if poke_interval < SAFE:
        log.warning(
            "Task %r polls every %g s, not %g s: in mode='reschedule' Airflow may fail a task that comes "
            "back sooner. Set poke_interval to %g or more, or deferrable=True",
            *(task_id, SAFE, poke_interval, SAFE),
        )
