"""The hook for Elastic Path's jobs, such as order exports."""

from __future__ import annotations

from airflow_jobstatus.hooks.base import JobStatusHook
from airflow_jobstatus.vendors.elastic_path import ELASTIC_PATH


class ElasticPathHook(JobStatusHook):
    """Polls Elastic Path's jobs, such as order exports.

    :param conn_id: The id of a connection of type ``elastic_path``; ``elastic_path_default`` by default.
    """

    vendor = ELASTIC_PATH
