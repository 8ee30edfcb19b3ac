"""What becomes of a task, by what becomes of its job: the table that the README puts into words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from airflow.providers.common.compat.sdk import (
    AirflowException,
    AirflowFailException,
    AirflowSensorTimeout,
    AirflowSkipException,
    AirflowTaskTimeout,
)

from airflow_jobstatus.waiting.outcome import Ending
from tests.support.acme import (
    BAD_REQUEST,
    CANCELLED,
    FAILED,
    NOT_FOUND,
    RUNNING,
    SUCCEEDED,
    SUCCEEDED_BUT_FOR_50,
    UNAUTHORIZED,
    UNAVAILABLE,
    Answer,
)

MODES: dict[str, dict[str, Any]] = {
    "poke": {"mode": "poke", "deferrable": False},
    "reschedule": {"mode": "reschedule", "deferrable": False},
    "deferrable": {"deferrable": True},
}
SOFTNESS: dict[str, dict[str, Any]] = {
    "plain": {},
    "soft_fail": {"soft_fail": True},
    "never_fail": {"never_fail": True},
}


@dataclass(frozen=True)
class Case:
    """One way in which a wait can go.

    :param polls: What the polls of the job see, the last of them for ever.
    :param ending: How the wait ends.
    :param raises: What the task raises, None if it succeeds.
    :param last_seen: The answer that is on XCom afterwards, None for no XComs.
    :param pauses: How often a rescheduled task pauses before it ends.
    :param arguments: The sensor's arguments.
    :param modes: In which of ``MODES`` the sensor decides this itself.
    """

    polls: tuple[Answer, ...]
    ending: Ending
    raises: type[BaseException] | None
    last_seen: Answer | None
    arguments: dict[str, Any] = field(default_factory=dict)
    modes: tuple[str, ...] = tuple(MODES)
    pauses: int = 1

    def raises_when(self, softness: str) -> type[BaseException] | None:
        """Give what the task raises with one of ``SOFTNESS``: skipped is what would have failed."""
        if self.raises is None or not SOFTNESS[softness] or self.raises is AirflowTaskTimeout:
            return self.raises
        return AirflowSkipException


CASES: dict[str, Case] = {
    "succeeded": Case((RUNNING, SUCCEEDED), Ending.SUCCEEDED, None, SUCCEEDED),
    "succeeded with some failed records": Case(
        (RUNNING, SUCCEEDED_BUT_FOR_50),
        Ending.SUCCEEDED,
        None,
        SUCCEEDED_BUT_FOR_50,
        {"max_failed": 50, "max_failed_ratio": 0.05},
    ),
    "too many failed records": Case(
        (RUNNING, SUCCEEDED_BUT_FOR_50),
        Ending.TOO_MANY_FAILED,
        AirflowFailException,
        SUCCEEDED_BUT_FOR_50,
        {"max_failed": 49},
    ),
    "too large a share of failed records": Case(
        (RUNNING, SUCCEEDED_BUT_FOR_50),
        Ending.TOO_MANY_FAILED,
        AirflowFailException,
        SUCCEEDED_BUT_FOR_50,
        {"max_failed_ratio": 0.049},
    ),
    "failed": Case((RUNNING, FAILED), Ending.FAILED, AirflowFailException, FAILED),
    "cancelled": Case((RUNNING, CANCELLED), Ending.CANCELLED, AirflowFailException, CANCELLED),
    "timeout": Case((RUNNING,), Ending.TIMEOUT, AirflowSensorTimeout, RUNNING, {"timeout": 0.2}),
    "execution_timeout": Case(
        (RUNNING,),
        Ending.EXECUTION_TIMEOUT,
        AirflowTaskTimeout,
        RUNNING,
        {"execution_timeout": timedelta(seconds=0.2)},
        modes=("deferrable",),  # on a worker Airflow itself interrupts the task
    ),
    "unreachable": Case(
        (RUNNING, UNAVAILABLE),
        Ending.UNREACHABLE,
        AirflowException,
        RUNNING,
        {"unreachable_timeout": 0},
    ),
    "never reached": Case(
        (UNAVAILABLE,), Ending.UNREACHABLE, AirflowException, None, {"unreachable_timeout": 0}
    ),
    "gone": Case((RUNNING, NOT_FOUND), Ending.GONE, AirflowFailException, RUNNING, pauses=2),
    "unknown": Case((NOT_FOUND,), Ending.REJECTED, AirflowFailException, None),
    "unauthorised": Case((RUNNING, UNAUTHORIZED), Ending.UNAUTHORIZED, AirflowException, RUNNING),
    "never authorised": Case((UNAUTHORIZED,), Ending.UNAUTHORIZED, AirflowException, None),
    "rejected": Case((RUNNING, BAD_REQUEST), Ending.REJECTED, AirflowFailException, RUNNING, pauses=2),
    "stalled": Case((RUNNING,), Ending.STALLED, AirflowFailException, RUNNING, {"stall_timeout": 0.2}),
}
