"""Raises the exception by which Airflow learns how a task ended: for sensor and operator alike."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from airflow.providers.common.compat.sdk import AirflowException, AirflowSkipException

from airflow_jobstatus.exceptions import (
    OUTCOMES,
    ConnectionMissing,
    JobMayExist,
    JobRejected,
    JobStatusFailure,
    ReleasesDiffer,
    ResultsNotReady,
    ResultsNotWritten,
    Unauthorized,
    Unreachable,
)
from airflow_jobstatus.protocol.errors import (
    JobStatusError,
    MaybeSubmittedError,
    NotReadyError,
    TransientError,
    UnauthorizedError,
    UnknownConnectionError,
    WriteError,
)
from airflow_jobstatus.waiting.outcome import Outcome


def exception_for(outcome: Outcome) -> JobStatusFailure:
    """Return what a task raises after a wait that ended badly.

    :param outcome: How the wait ended; not as succeeded.
    """
    row = OUTCOMES[outcome.ending]
    if row.raises is None:
        raise ValueError(f"a wait that {outcome.ending} raises nothing")
    message = outcome.message if row.is_retried else f"{outcome.message.rstrip('.')}; not retried"
    error = row.raises(message)
    error.outcome = outcome
    return error


def outcome_of(event: Any) -> Outcome:
    """Return how the wait ended that a trigger speaks of.

    :param event: The trigger's event, as ``Outcome.to_dict()`` wrote it.
    :raises ReleasesDiffer: if it did not, or in another release.
    """
    try:
        return Outcome.from_dict(event)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ReleasesDiffer(
            "the trigger's event cannot be read: triggerer and worker run different releases of "
            "airflow-provider-jobstatus, so install the same on both and restart them"
        ) from error


@contextmanager
def airflow_errors() -> Iterator[None]:
    """Raise our errors as Airflow's; those that no retry fixes fail the task without retries."""
    try:
        yield
    except NotReadyError as error:
        raise ResultsNotReady(str(error)) from None
    except WriteError as error:
        raise ResultsNotWritten(str(error)) from None
    except TransientError as error:
        raise Unreachable(str(error)) from None  # the error below says the same sentence
    except UnauthorizedError as error:
        raise Unauthorized(str(error)) from None
    except MaybeSubmittedError as error:
        raise JobMayExist(str(error)) from None
    except UnknownConnectionError as error:
        raise ConnectionMissing(str(error)) from None
    except JobStatusError as error:
        raise JobRejected(str(error)) from None


@contextmanager
def skipped_once() -> Iterator[None]:
    """Keep why a task was skipped: Airflow skips it again when it resumes it, and does not say why."""
    try:
        yield
    except AirflowSkipException as skipped:
        reason = skipped.__cause__
        raise (reason if isinstance(reason, AirflowSkipException) else skipped) from None


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
