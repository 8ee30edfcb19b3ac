"""Chooses the exception by which Airflow learns how a task ended: for sensor and operator alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from airflow.providers.common.compat.sdk import (
    AirflowException,
    AirflowFailException,
    AirflowSensorTimeout,
    AirflowSkipException,
    AirflowTaskTimeout,
)

from airflow_jobstatus.protocol.errors import (
    JobStatusError,
    TransientError,
    UnauthorizedError,
    UnknownConnectionError,
)
from airflow_jobstatus.waiting.outcome import Ending, Outcome

EXCEPTIONS: Mapping[Ending, type[BaseException]] = {
    Ending.FAILED: AirflowFailException,
    Ending.CANCELLED: AirflowFailException,
    Ending.TOO_MANY_FAILED: AirflowFailException,
    Ending.TIMEOUT: AirflowSensorTimeout,
    Ending.EXECUTION_TIMEOUT: AirflowTaskTimeout,
    Ending.STALLED: AirflowFailException,
    Ending.UNREACHABLE: AirflowException,
    Ending.GONE: AirflowFailException,
    Ending.UNAUTHORIZED: AirflowException,
    Ending.REJECTED: AirflowFailException,
}
"""By each bad ending of a wait what the task raises; after an ``AirflowFailException`` there is no retry."""

MAY_PASS = (TransientError, UnauthorizedError, UnknownConnectionError)
"""The errors of ours that a retry may not meet again."""


def exception_for(outcome: Outcome) -> BaseException:
    """Return what a task raises after a wait that ended badly.

    :param outcome: How the wait ended; not as succeeded.
    """
    return EXCEPTIONS[outcome.ending](outcome.message)


@contextmanager
def airflow_errors() -> Iterator[None]:
    """Raise our errors as Airflow's; those that no retry fixes fail the task without retries."""
    try:
        yield
    except MAY_PASS as error:
        raise AirflowException(str(error)) from None  # the error below says the same sentence
    except JobStatusError as error:
        raise AirflowFailException(str(error)) from None


@contextmanager
def skipped_if(soft: bool) -> Iterator[None]:  # noqa: FBT001  what it skips for is the caller's
    """Skip the task where it would fail.

    :param soft: Whether the task asked for that, by ``soft_fail`` or ``never_fail``.
    """
    try:
        yield
    except AirflowException as error:
        if soft:
            raise AirflowSkipException(str(error)) from None
        raise
