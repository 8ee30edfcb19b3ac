"""What the sensor and the operator have in common: their hook and their XComs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_jobstatus.link import JobLink
from airflow_jobstatus.tasks.lineage import lineage

if TYPE_CHECKING:
    from airflow.sdk import BaseOperatorLink, Context

    from airflow_jobstatus.hooks.base import JobStatusHook
    from airflow_jobstatus.protocol.account import Account
    from airflow_jobstatus.protocol.job import Job


class JobStatusMixin:
    """A task that polls a job through a connection."""

    operator_extra_links: Collection[BaseOperatorLink] = (JobLink(),)
    conn_id: str
    do_xcom_push: bool
    multiple_outputs: bool
    seen_jobs: Sequence[Job] = ()
    """The jobs that the task saw, each as it was last."""

    def pre_execute(self, context: Any) -> None:
        """Keep Airflow from storing the job's link when a worker is done, which may not know it any more."""
        super().pre_execute(context)  # type: ignore[misc]
        others = [link for link in self.operator_extra_links if not isinstance(link, JobLink)]
        self.operator_extra_links = others

    def get_hook(self) -> JobStatusHook:
        """Return the hook of the connection's type.

        :raises UnknownConnectionError: if the connection is not found.
        :raises InvalidConnectionError: if it is of a type that has no bulk jobs.
        """
        from airflow_jobstatus.hooks.lookup import find_hook  # noqa: PLC0415  no HTTP library at DAG parse

        return find_hook(self.conn_id)

    def link_to(self, context: Context, job_id: str, account: Account) -> None:
        """Link the task in Airflow to its job's page, where the vendor or the connection names one.

        :param context: Airflow's task context.
        :param job_id: The job.
        :param account: The account.
        """
        if (page := account.page_of(job_id)) and (ti := context.get("ti")):
            ti.xcom_push(key=JobLink().xcom_key, value=page)

    def get_openlineage_facets_on_complete(self, _task_instance: Any) -> Any:
        """Return what Airflow's OpenLineage provider asks a task for, where that is installed."""
        return lineage(self.seen_jobs)

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
