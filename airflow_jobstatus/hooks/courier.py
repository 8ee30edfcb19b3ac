"""The hook for Courier's bulk notifications."""

from __future__ import annotations

from airflow_jobstatus.hooks.base import JobStatusHook
from airflow_jobstatus.vendors.courier import COURIER


class CourierHook(JobStatusHook):
    """Polls Courier's bulk notifications.

    :param conn_id: The id of a connection of type ``courier``; ``courier_default`` by default.
    """

    vendor = COURIER
