"""What the sensor and the operator have in common: their hook and their XComs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_jobstatus.hooks.base import JobStatusHook


class JobStatusMixin:
    """A task that polls a job through a connection."""

    conn_id: str
    do_xcom_push: bool
    multiple_outputs: bool

    def get_hook(self) -> JobStatusHook:
        """Return the hook of the connection's type.

        :raises UnknownConnectionError: if the connection is not found.
        :raises InvalidConnectionError: if it is of a type that has no bulk jobs.
        """
        from airflow_jobstatus.hooks.lookup import find_hook  # noqa: PLC0415  no HTTP library at DAG parse

        return find_hook(self.conn_id)

    def push_xcoms(self, context: Context, values: Mapping[str, Any]) -> None:
        """Push each counter and each output as an XCom of its own, under the vendor's own name.

        :param context: Airflow's task context.
        :param values: The counters and outputs by name.
        """
        if self.do_xcom_push and (ti := context.get("ti")):
            for name, value in values.items():
                ti.xcom_push(key=name, value=value)

    def push_value(self, context: Context, value: Any) -> None:
        """Push what a task that fails would have returned, as Airflow pushes what one returns.

        :param context: Airflow's task context.
        :param value: The job, or the list of jobs; None for a job that was never seen.
        """
        ti = context.get("ti")
        if not self.do_xcom_push or value is None or ti is None:
            return
        if self.multiple_outputs and isinstance(value, Mapping):
            for key, one in value.items():
                ti.xcom_push(key=key, value=one)
        ti.xcom_push(key="return_value", value=value)
