"""Polls a bulk job once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import BaseOperator

from airflow_jobstatus.tasks.base import JobStatusMixin
from airflow_jobstatus.tasks.exceptions import airflow_errors
from airflow_jobstatus.waiting.batch import only_job_id

if TYPE_CHECKING:
    from airflow.sdk import Context


class JobStatusOperator(JobStatusMixin, BaseOperator):
    """Polls a bulk job once and returns it; never waits.

    It succeeds whatever state the job is in, so that a downstream task can branch on it. ``return_value`` is
    ``Job.to_dict()``; besides it there is one XCom per counter, an int under the vendor's own name.

    :param conn_id: The id of a connection of type ``courier``, ``elastic_path``, ``geobridge`` or
        ``http_job``, or of another type whose hook extends ``JobStatusHook`` (templated).
    :param job_id: The vendor's id of the job (templated); not a list.
    """

    template_fields: Sequence[str] = ("conn_id", "job_id")
    ui_color = "#e6f1f2"

    def __init__(self, *, conn_id: str, job_id: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.conn_id = conn_id
        self.job_id = job_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Poll the job.

        :param context: Airflow's task context.
        :returns: the job, as ``Job.to_dict()`` returns it.
        :raises Unreachable: if the API gave no good answer; a retry may see another.
        :raises Unauthorized: if the credential was refused.
        :raises ConnectionMissing: if Airflow has no such connection.
        :raises JobRejected: if the poll can never succeed.
        """
        with airflow_errors():
            job_id = only_job_id(
                self.job_id,
                "JobStatusOperator polls one job; map the task over the ids, or wait for all of them with "
                "JobStatusSensor",
            )
            hook = self.get_hook()
            self.link_to(context, job_id, hook.api.account)
            job = hook.get_job(job_id)
        self.seen_jobs = (job,)
        self.push_xcoms(context, {**job.outputs, **job.counters})
        return job.to_dict()
