"""Airflow connections for tests, defined through the environment."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_jobstatus.hooks.base import JobStatusHook
from airflow_jobstatus.hooks.courier import CourierHook
from airflow_jobstatus.hooks.elastic_path import ElasticPathHook
from airflow_jobstatus.hooks.geobridge import GeoBridgeHook
from airflow_jobstatus.hooks.http_job import HttpJobHook
from airflow_jobstatus.protocol.vendor import Vendor
from tests.support import secret

HOOKS: dict[str, type[JobStatusHook]] = {
    "courier": CourierHook,
    "elastic_path": ElasticPathHook,
    "geobridge": GeoBridgeHook,
}
VENDORS: dict[str, Vendor] = {name: hook.vendor for name, hook in HOOKS.items()}
"""The vendors that are shipped."""


class Connect:
    """Defines connections and gives hooks on them.

    :param monkeypatch: Takes the definitions back after the test.
    :param ca_bundle: The CA certificates that a connection trusts where the test says nothing else.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, ca_bundle: str) -> None:
        self._monkeypatch = monkeypatch
        self._ca_bundle = ca_bundle

    def __call__(
        self, vendor: str, host: str | None, *, extra: dict[str, Any] | None = None, **fields: Any
    ) -> JobStatusHook:
        """Define the default connection of a vendor and give a hook on it.

        Elastic Path gets a ready token, so that it signs in without a call, unless a login is named.
        """
        extra = {"ca_bundle": self._ca_bundle, "timeout": 60, **(extra or {})}
        values = {
            "conn_type": vendor,
            "host": host,
            "password": secret.KEY,
            "extra": {name: value for name, value in extra.items() if value is not None},
            **fields,
        }
        self.define(f"{vendor}_default", values)
        return {**HOOKS, "http_job": HttpJobHook}[vendor]()

    def define(self, conn_id: str, values: dict[str, Any]) -> None:
        """Define a connection by its fields."""
        self._monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", json.dumps(values))
