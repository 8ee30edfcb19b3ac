"""Writes the results of a bulk job to a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import BaseOperator

from airflow_jobstatus.protocol.vendor import fill
from airflow_jobstatus.tasks.base import JobStatusMixin
from airflow_jobstatus.tasks.exceptions import airflow_errors
from airflow_jobstatus.tasks.lineage import lineage
from airflow_jobstatus.waiting.batch import only_job_id

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_jobstatus.hooks.target import TargetFile


class JobResultsOperator(JobStatusMixin, BaseOperator):
    """Writes the results of a bulk job to a file, in bounded memory.

    They are Elastic Path's export, GeoBridge's geocoded records, or what became of each user of a Courier
    job. The job must have ended; wait for it with ``JobStatusSensor`` or ``BulkJobOperator`` first. The file
    appears when it is whole, and replaces an older one of that name. ``return_value`` has its ``path``,
    ``size`` in bytes, ``sha256``, ``format``, and the number of ``records`` if it is known.

    :param conn_id: The id of a connection of type ``courier``, ``elastic_path``, ``geobridge``, or
        ``http_job`` with ``results`` in its extra, or of another type whose vendor declares results
        (templated).
    :param job_id: The vendor's id of the job (templated); not a list.
    :param path: Where to write the file (templated): a local path, or a URL of a store that Airflow's
        ``ObjectStoragePath`` reaches, such as ``s3://aws_default@bucket/orders/{{ ds }}.csv``.
    :param format: The format, if the vendor offers several (templated): for GeoBridge ``ndjson``, which is
        the default, or ``csv``.
    """

    template_fields: Sequence[str] = ("conn_id", "job_id", "path", "format")
    ui_color = "#f0e6d9"

    def __init__(
        self,
        *,
        conn_id: str,
        job_id: str,
        path: Any,
        format: str | None = None,  # noqa: A002  what users call it
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.conn_id = conn_id
        self.job_id = job_id
        self.path = path
        self.format = format
        self._file: TargetFile | None = None
        self._read: str | None = None

    def execute(self, context: Context) -> dict[str, Any]:
        """Write the file.

        :param context: Airflow's task context.
        :returns: path, size, sha256, format and records.
        :raises ResultsNotReady: if there are no results yet; a retry may find them.
        :raises ResultsNotWritten: if the store does not take them.
        :raises Unreachable: if the API, or the host of the file, gave no good answer.
        :raises Unauthorized: if the credential was refused.
        :raises ConnectionMissing: if Airflow has no such connection.
        :raises JobRejected: if the download can never succeed.
        """
        from airflow_jobstatus.hooks.target import TargetFile  # noqa: PLC0415  no storage at DAG parse

        with airflow_errors():
            job_id = only_job_id(self.job_id, "JobResultsOperator takes one job; map the task over the ids")
            self._file = TargetFile(self.path)
            hook = self.get_hook()
            self.link_to(context, job_id, hook.api.account)
            self._read = hook.api.account.base_url + fill(hook.api.vendor.path, job_id)
            done = hook.download_results(job_id, self._file, format=self.format)
        of = "" if done.records is None else f", {done.records} records"
        self.log.info(
            "The results are in %s: %d bytes of %s%s - %s job %r",
            done.path,
            done.size,
            done.format,
            of,
            hook.api.vendor.name,
            job_id,
        )
        return asdict(done)

    def get_openlineage_facets_on_complete(self, _task_instance: Any) -> Any:
        """Return what Airflow's OpenLineage provider asks a task for: the job was read, the file written."""
        written = [] if self._file is None else [self._file.path]
        return lineage((), read=[self._read] if self._read else [], written=written)

    def on_kill(self) -> None:
        """Stop writing, and remove what is written.

        :raises WriteError: while something is written: Airflow calls this from a signal, which ends it there.
        """
        if self._file is not None:
            self._file.stop()
