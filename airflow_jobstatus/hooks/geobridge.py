"""The hook for GeoBridge's geocoding batches."""

from __future__ import annotations

from airflow_jobstatus.hooks.base import JobStatusHook
from airflow_jobstatus.vendors.geobridge import GEOBRIDGE


class GeoBridgeHook(JobStatusHook):
    """Polls GeoBridge's geocoding batches.

    :param conn_id: The id of a connection of type ``geobridge``; ``geobridge_default`` by default.
    """

    vendor = GEOBRIDGE
