"""Whether a vendor tells what a wait wants to judge."""

from __future__ import annotations

from airflow_jobstatus.protocol.errors import InvalidConnectionError
from airflow_jobstatus.protocol.vendor import Vendor
from airflow_jobstatus.waiting.wait import Wait


def check_limits(vendor: Vendor, wait: Wait) -> None:
    """Refuse a limit of failed records where the vendor counts none.

    :param vendor: The vendor.
    :param wait: What was asked for.
    :raises InvalidConnectionError: if it cannot be judged.
    """
    if wait.judges_records and vendor.failed is None:
        raise InvalidConnectionError(
            f"max_failed and max_failed_ratio cannot be judged: {vendor.name} counts no failed records"
        )
