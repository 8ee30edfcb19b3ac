"""What becomes of a task, by what becomes of its job: the table that the documentation puts into words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from airflow.providers.common.compat.sdk import AirflowSkipException, AirflowTaskTimeout

from airflow_jobstatus.exceptions import OUTCOMES
from airflow_jobstatus.waiting.outcome import Ending
from tests.support.acme import (
    BAD_REQUEST,
    CANCELLED,
    FAILED,
    FLOOR,
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
    :param last_seen: The answer that is on XCom afterwards, None for no XComs.
    :param pauses: How often a rescheduled task pauses before it ends.
    :param arguments: The sensor's arguments.
    :param timeouts: In which mode the sensor has which timeout, where it is to end the wait.
    :param modes: In which of ``MODES`` the sensor decides this itself.
    """

    polls: tuple[Answer, ...]
    ending: Ending
    last_seen: Answer | None
    arguments: dict[str, Any] = field(default_factory=dict)
    modes: tuple[str, ...] = tuple(MODES)
    pauses: int = 1
    timeouts: dict[str, float] = field(default_factory=dict)

    def arguments_in(self, mode: str) -> dict[str, Any]:
        """Give the sensor's arguments in one of ``MODES``."""
        timeout = {"timeout": self.timeouts[mode]} if self.timeouts else {}
        return {**self.arguments, **timeout, **MODES[mode]}

    @property
    def raises(self) -> type[BaseException] | None:
        """What the task raises by the package's own table, None if it succeeds."""
        return OUTCOMES[self.ending].raises

    def raises_when(self, softness: str) -> type[BaseException] | None:
        """Give what the task raises with one of ``SOFTNESS``: skipped is what would have failed."""
        if self.raises is None or not SOFTNESS[softness] or issubclass(self.raises, AirflowTaskTimeout):
            return self.raises
        return AirflowSkipException


SOON: dict[str, float] = {"poke": 0.8 * FLOOR, "reschedule": 0.8 * FLOOR, "deferrable": 0.2}
"""Timeouts of a wait for a job that goes on. On a worker its first poll is its last: Airflow has a timeout of
its own there, which a busy machine may come to between two polls."""
CASES: dict[str, Case] = {
    "succeeded": Case((RUNNING, SUCCEEDED), Ending.SUCCEEDED, SUCCEEDED),
    "succeeded with some failed records": Case(
        (RUNNING, SUCCEEDED_BUT_FOR_50),
        Ending.SUCCEEDED,
        SUCCEEDED_BUT_FOR_50,
        {"max_failed": 50, "max_failed_ratio": 0.05},
    ),
    "too many failed records": Case(
        (RUNNING, SUCCEEDED_BUT_FOR_50),
        Ending.TOO_MANY_FAILED,
        SUCCEEDED_BUT_FOR_50,
        {"max_failed": 49},
    ),
    "too large a share of failed records": Case(
        (RUNNING, SUCCEEDED_BUT_FOR_50),
        Ending.TOO_MANY_FAILED,
        SUCCEEDED_BUT_FOR_50,
        {"max_failed_ratio": 0.049},
    ),
    "failed": Case((RUNNING, FAILED), Ending.FAILED, FAILED),
    "cancelled": Case((RUNNING, CANCELLED), Ending.CANCELLED, CANCELLED),
    "timeout": Case((RUNNING,), Ending.TIMEOUT, RUNNING, timeouts=SOON),
    "execution_timeout": Case(
        (RUNNING,),
        Ending.EXECUTION_TIMEOUT,
        RUNNING,
        {"execution_timeout": timedelta(seconds=0.2)},
        modes=("deferrable",),  # on a worker Airflow itself interrupts the task
    ),
    "unreachable": Case(
        (RUNNING, UNAVAILABLE),
        Ending.UNREACHABLE,
        RUNNING,
        {"unreachable_timeout": 0},
    ),
    "never reached": Case((UNAVAILABLE,), Ending.UNREACHABLE, None, {"unreachable_timeout": 0}),
    "gone": Case((RUNNING, NOT_FOUND), Ending.GONE, RUNNING, pauses=2),
    "unknown": Case((NOT_FOUND,), Ending.REJECTED, None),
    "unauthorised": Case((RUNNING, UNAUTHORIZED), Ending.UNAUTHORIZED, RUNNING),
    "never authorised": Case((UNAUTHORIZED,), Ending.UNAUTHORIZED, None),
    "rejected": Case((RUNNING, BAD_REQUEST), Ending.REJECTED, RUNNING, pauses=2),
    "stalled": Case((RUNNING,), Ending.STALLED, RUNNING, {"stall_timeout": 0.2}),
}
