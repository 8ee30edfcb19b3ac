"""Every generated part of the pages, by its name in the marks."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from airflow_jobstatus.exceptions import outcome_table
from airflow_jobstatus.operators.bulk_job import BulkJobOperator
from airflow_jobstatus.operators.jobstatus import JobStatusOperator
from airflow_jobstatus.operators.results import JobResultsOperator
from airflow_jobstatus.sensors.jobstatus import JobStatusSensor
from docsite import connections, failures
from docsite.arguments import arguments
from docsite.commands import commands
from docsite.configuration import configuration
from docsite.log import log
from docsite.night import night
from docsite.readme import beside_http_sensor
from docsite.xcoms import xcoms

PARTS: Mapping[str, Callable[[], str]] = {
    "sensor-arguments": lambda: arguments(JobStatusSensor),
    "bulk-job-arguments": lambda: arguments(BulkJobOperator),
    "results-arguments": lambda: arguments(JobResultsOperator),
    "poll-once-arguments": lambda: arguments(JobStatusOperator),
    "connection-types": connections.types,
    "abilities": connections.abilities,
    "extras": connections.extras,
    "http-job-fields": connections.declaration,
    "status-words": connections.vocabulary,
    "xcoms": xcoms,
    "commands": commands,
    "beside-http-sensor": beside_http_sensor,
    "configuration": configuration,
    "outcomes": outcome_table,
    "other-exceptions": failures.others,
    "log": log,
    "night": night,
}
