"""Decides whether to cancel the job of a task whose trigger Airflow has ended."""

from __future__ import annotations

import time
from typing import Any

from airflow.sdk.execution_time.comms import GetTaskStates

from airflow_jobstatus.task_states import question, why_not_over
from airflow_jobstatus.triggers.standstill import LONG, Pulse
from airflow_jobstatus.triggers.supervisor import NoAnswerError, ask

STATE_TIMEOUT = 20.0
"""Seconds in which Airflow has to say it."""
ATTEMPTS = 3
"""How often Airflow is asked, if it does not."""


async def against_cancelling(ti: Any, *, has_ended: bool, deadline: float, pulse: Pulse) -> str | None:
    """Return why to leave a job alone whose trigger Airflow has ended; None if a person ended the task.

    Airflow ends a trigger alike when a person marks its task as failed or successful, when a person clears it
    and when another triggerer takes the wait over. Only the first is an end, and only where the wait had not
    ended by itself: of a task that is over, Airflow does not say who ended it.

    :param ti: The task instance; None where there is no Airflow that could be asked.
    :param has_ended: Whether the wait had ended before its trigger was.
    :param deadline: When the wait ends at the latest, in seconds since the epoch.
    :param pulse: The pulse of the event loop.
    """

    def doubt() -> str | None:
        if has_ended:
            return "the wait for it had ended before the trigger was ended"
        if time.time() >= deadline:
            return "the time of the wait was over when the trigger was ended"
        if pulse.stood_still:
            return f"this triggerer stood still for more than {LONG:g} s; another may wait for the job"
        return None

    if ti is None:
        return None
    return doubt() or await _going_on(ti) or doubt()  # time may pass until Airflow answers


async def _going_on(ti: Any) -> str | None:
    """Return why a task is not over for good, None if it is."""
    query = GetTaskStates(**question(ti))
    reason: object = None
    for _ in range(ATTEMPTS):
        try:
            answer = await ask(query, STATE_TIMEOUT)
        except NoAnswerError as error:
            reason = error
        else:
            return why_not_over(answer.task_states, going_on="deferred")
    return f"it is not known what became of the task: {reason}"
