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

    def push_counters(self, context: Context, counters: Mapping[str, int]) -> None:
        """Push each counter as an XCom of its own, an int under the vendor's own name.

        :param context: Airflow's task context.
        :param counters: The counters by name.
        """
        if self.do_xcom_push and (ti := context.get("ti")):
            for name, count in counters.items():
                ti.xcom_push(key=name, value=count)

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
