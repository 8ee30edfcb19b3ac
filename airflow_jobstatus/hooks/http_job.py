"""The hook for any HTTP job API that a connection declares."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from airflow_jobstatus.connections.reader import extra_of
from airflow_jobstatus.hooks.base import JobStatusHook
from airflow_jobstatus.protocol.errors import InvalidConnectionError, InvalidVendorError
from airflow_jobstatus.protocol.vendor import Vendor
from airflow_jobstatus.vendors.declared import HTTP_JOB, declared


class HttpJobHook(JobStatusHook):
    """Polls the jobs of any HTTP API, as the extra of its connection declares them.

    :param conn_id: The id of a connection of type ``http_job``; ``http_job_default`` by default.
    """

    vendor = HTTP_JOB

    def declaration(self, connection: Any) -> Vendor:
        """Return the vendor that the connection's extra declares.

        :param connection: The Airflow connection.
        :raises InvalidConnectionError: if it declares something unusable; nothing that was typed is repeated.
        """
        try:
            return _declared(json.dumps(extra_of(connection)))
        except InvalidVendorError as error:
            problem = f"declares what cannot be used: {error.advice}"
        except ValueError as error:
            problem = str(error)
        # Raised from here, it drags along neither the first error nor the values that were read.
        del connection
        raise InvalidConnectionError(problem, self.conn_id)

    def test_connection(self) -> tuple[bool, str]:
        """Make one cheap authorised call; return whether it went well, and what the declaration lacks."""
        well, message = super().test_connection()
        return (well, f"{message}. {lacking(self.api.vendor)}".strip()) if well else (well, message)


def lacking(vendor: Vendor) -> str:
    """Return what a declaration still lacks, for people; empty if it lacks nothing.

    :param vendor: The declaration.
    """
    missing = {
        "probe (a path that needs the credential; without it only 401 and 403 count)": vendor.probe,
        "counters or percent (the progress)": vendor.records.counters or vendor.percent,
        "error (why a job failed)": vendor.error,
        "cancel (for cancel_on_kill)": vendor.cancel,
        "console (the job's page for people)": vendor.console,
        "submit (for BulkJobOperator)": vendor.submit,
        "results (for JobResultsOperator)": vendor.results,
    }
    names = [name for name, value in missing.items() if not value]
    return f"The declaration can be used, but has no {', no '.join(names)}" if names else ""


@lru_cache(maxsize=256)
def _declared(extra: str) -> Vendor:
    """Return the vendor of an extra; what waits long asks for it again and again."""
    return declared(json.loads(extra))
