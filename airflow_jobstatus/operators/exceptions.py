"""Raises the exception by which Airflow learns how a task ended: for sensor and operator alike."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from airflow.providers.common.compat.sdk import AirflowException, AirflowSkipException

from airflow_jobstatus.exceptions import (
    OUTCOMES,
    ConnectionMissing,
    JobRejected,
    JobStatusFailure,
    Unauthorized,
    Unreachable,
)
from airflow_jobstatus.protocol.errors import (
    JobStatusError,
    TransientError,
    UnauthorizedError,
    UnknownConnectionError,
)
from airflow_jobstatus.waiting.outcome import Outcome


def exception_for(outcome: Outcome) -> JobStatusFailure:
    """Return what a task raises after a wait that ended badly.

    :param outcome: How the wait ended; not as succeeded.
    """
    raises = OUTCOMES[outcome.ending].raises
    if raises is None:
        raise ValueError(f"a wait that {outcome.ending} raises nothing")
    error = raises(outcome.message)
    error.outcome = outcome
    return error


@contextmanager
def airflow_errors() -> Iterator[None]:
    """Raise our errors as Airflow's; those that no retry fixes fail the task without retries."""
    try:
        yield
    except TransientError as error:
        raise Unreachable(str(error)) from error
    except UnauthorizedError as error:
        raise Unauthorized(str(error)) from error
    except UnknownConnectionError as error:
        raise ConnectionMissing(str(error)) from error
    except JobStatusError as error:
        raise JobRejected(str(error)) from error


@contextmanager
def skipped_if(soft: bool) -> Iterator[None]:  # noqa: FBT001  what it skips for is the caller's
    """Skip the task where it would fail.

    :param soft: Whether the task asked for that, by ``soft_fail`` or ``never_fail``.
    """
    try:
        yield
    except AirflowException as error:
        if soft:
            raise AirflowSkipException(str(error)) from error
        raise
