"""The link from a task in Airflow to its job's page at the vendor."""

from __future__ import annotations

from typing import Any

from airflow.providers.common.compat.sdk import BaseOperatorLink, XCom


class JobLink(BaseOperatorLink):
    """Leads to the page of a task's job, where the vendor or the connection names one (``console``).

    Airflow fixes the name when it reads the DAG file, at which no connection is known: so it names no vendor.
    """

    name = "Open the job"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:  # noqa: ARG002  as Airflow asks
        """Return the URL that the task stored when it knew its job, empty where there is none.

        :param operator: The task.
        :param ti_key: The task instance.
        """
        return XCom.get_value(ti_key=ti_key, key=self.xcom_key) or ""
