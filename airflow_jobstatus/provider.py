"""What Airflow asks of a provider; it is answered without importing hooks."""

from __future__ import annotations

from typing import Any

from airflow_jobstatus.connections.form import connection_type
from airflow_jobstatus.vendors.courier import COURIER
from airflow_jobstatus.vendors.elastic_path import ELASTIC_PATH
from airflow_jobstatus.vendors.geobridge import GEOBRIDGE

NAME = "Job Status"
HOOKS = {
    "airflow_jobstatus.hooks.courier.CourierHook": COURIER,
    "airflow_jobstatus.hooks.elastic_path.ElasticPathHook": ELASTIC_PATH,
    "airflow_jobstatus.hooks.geobridge.GeoBridgeHook": GEOBRIDGE,
}


def get_provider_info() -> dict[str, Any]:
    """Return the provider's description, as ``airflow/provider_info.schema.json`` asks for it."""
    return {
        "package-name": "airflow-provider-jobstatus",
        "name": NAME,
        "description": "Waits for the bulk jobs of Courier, Elastic Path and GeoBridge.",
        "integrations": [
            {"integration-name": NAME, "external-doc-url": COURIER.docs, "tags": ["service"]},
            *(
                {"integration-name": vendor.name, "external-doc-url": vendor.docs, "tags": ["service"]}
                for vendor in HOOKS.values()
            ),
        ],
        "hooks": [
            {"integration-name": vendor.name, "python-modules": [path.rpartition(".")[0]]}
            for path, vendor in HOOKS.items()
        ],
        "sensors": [_module("airflow_jobstatus.sensors.jobstatus")],
        "operators": [_module("airflow_jobstatus.operators.jobstatus")],
        "triggers": [_module("airflow_jobstatus.triggers.jobstatus")],
        "connection-types": [connection_type(vendor, path) for path, vendor in HOOKS.items()],
    }


def _module(path: str) -> dict[str, Any]:
    return {"integration-name": NAME, "python-modules": [path]}
