"""An account as a wait sees it, without any call."""

from __future__ import annotations

from dataclasses import dataclass, replace

from airflow_jobstatus.protocol.vendor import Vendor
from airflow_jobstatus.vendors.geobridge import GEOBRIDGE

ACME = replace(GEOBRIDGE, name="Acme")


@dataclass(frozen=True)
class Account:
    """An account at a vendor, GeoBridge by another name, whose connection teaches no words.

    :param vendor: The vendor.
    :param is_proven: Whether it has had a good answer.
    """

    vendor: Vendor = ACME
    is_proven: bool = False

    def knows(self, status: str) -> bool:
        return self.vendor.state_of(status, {}) is not None

    def page_of(self, job_id: str) -> str:
        return f"https://app.example.com/{job_id}"
