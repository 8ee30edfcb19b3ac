"""What the sensor and the operator have in common: their hook, their XComs, and Airflow's exceptions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException

from airflow_jobstatus.protocol.errors import (
    JobStatusError,
    TransientError,
    UnauthorizedError,
    UnknownConnectionError,
)

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_jobstatus.hooks.base import JobStatusHook


class JobStatusMixin:
    """A task that polls a job through a connection."""

    conn_id: str
    do_xcom_push: bool

    def get_hook(self) -> JobStatusHook:
        """Return the hook of the connection's type.

        :raises UnknownConnectionError: if the connection is not found.
        :raises InvalidConnectionError: if it is of a type that tells no jobs.
        """
        from airflow_jobstatus.hooks.lookup import find_hook  # noqa: PLC0415  no HTTP library at DAG parse

        return find_hook(self.conn_id)

    def push_counters(self, context: Context, counters: Mapping[str, int]) -> None:
        """Push each counter as an XCom of its own, an int under the vendor's own name."""
        if self.do_xcom_push and (ti := context.get("ti")):
            for name, count in counters.items():
                ti.xcom_push(key=name, value=count)


@contextmanager
def airflow_errors() -> Iterator[None]:
    """Raise our errors as Airflow's: those that a retry cannot mend fail the task without retries."""
    try:
        yield
    except (TransientError, UnauthorizedError, UnknownConnectionError) as error:
        raise AirflowException(str(error)) from error
    except JobStatusError as error:
        raise AirflowFailException(str(error)) from error
