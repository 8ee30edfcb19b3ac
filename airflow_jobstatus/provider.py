"""What Airflow asks of a provider; it is answered without importing hooks."""

from __future__ import annotations

from typing import Any

from airflow_jobstatus.connections.form import connection_type
from airflow_jobstatus.vendors.courier import COURIER
from airflow_jobstatus.vendors.declared import HTTP_JOB
from airflow_jobstatus.vendors.elastic_path import ELASTIC_PATH
from airflow_jobstatus.vendors.geobridge import GEOBRIDGE

NAME = "Job Status"
HOOKS = {
    "airflow_jobstatus.hooks.courier.CourierHook": COURIER,
    "airflow_jobstatus.hooks.elastic_path.ElasticPathHook": ELASTIC_PATH,
    "airflow_jobstatus.hooks.geobridge.GeoBridgeHook": GEOBRIDGE,
    "airflow_jobstatus.hooks.http_job.HttpJobHook": HTTP_JOB,
}
OPTIONS = {
    "start_from_trigger": {
        "description": (
            "Whether a deferrable wait begins in the triggerer, so that it starts no worker; a task can say "
            "otherwise. Where that would lose something, a worker begins the wait."
        ),
        "version_added": "0.1.0",
        "type": "boolean",
        "example": "True",
        "default": "False",
    },
    "end_from_trigger": {
        "description": (
            "Whether a deferrable wait that succeeds ends in the triggerer, so that it starts no worker "
            "again; a task can say otherwise. Where that would lose something, a worker ends the wait."
        ),
        "version_added": "0.1.0",
        "type": "boolean",
        "example": "True",
        "default": "False",
    },
    "progress": {
        "description": (
            "Whether each wait keeps an XCom with its progress, job_progress, until it ends. A triggerer "
            "writes at most two such XComs a second, fewer where more than 25 tasks wait. Without them, "
            "stall_timeout begins anew when another triggerer takes a wait over."
        ),
        "version_added": "0.2.0",
        "type": "boolean",
        "example": "False",
        "default": "True",
    },
    "ui": {
        "description": (
            "Whether Airflow's UI has the tabs Job and Jobs and the page Remote jobs, which show the jobs "
            "that tasks wait for."
        ),
        "version_added": "0.2.0",
        "type": "boolean",
        "example": "False",
        "default": "True",
    },
}
"""The options of the section ``[jobstatus]`` of Airflow's configuration."""


def get_provider_info() -> dict[str, Any]:
    """Return the provider's description, as ``airflow/provider_info.schema.json`` asks for it."""
    return {
        "package-name": "airflow-provider-jobstatus",
        "name": NAME,
        "description": "Waits for the bulk jobs of Courier, Elastic Path, GeoBridge and any HTTP API.",
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
        "operators": [
            _module(
                "airflow_jobstatus.operators.bulk_job",
                "airflow_jobstatus.operators.jobstatus",
                "airflow_jobstatus.operators.results",
            ),
        ],
        "triggers": [
            _module("airflow_jobstatus.triggers.jobstatus", "airflow_jobstatus.workerless.trigger"),
        ],
        "extra-links": ["airflow_jobstatus.link.JobLink"],
        "config": {"jobstatus": {"description": "Waits for bulk jobs.", "options": OPTIONS}},
        "connection-types": [connection_type(vendor, path) for path, vendor in HOOKS.items()],
    }


def _module(*paths: str) -> dict[str, Any]:
    return {"integration-name": NAME, "python-modules": [*paths]}
