"""The shipped vendors, written as connections of type http_job, read every fixture as they do themselves."""

from __future__ import annotations

import pytest

from airflow_jobstatus.protocol.errors import CallError
from airflow_jobstatus.protocol.job import TIMES
from airflow_jobstatus.protocol.reader import Reader
from tests.support import fixture
from tests.support.connection import VENDORS
from tests.support.declaration import account, answer
from tests.unit.vendors.expected import EXPECTED

DECLARATIONS = {
    "courier": {
        "path": "/bulk/{id}",
        "job": "job",
        "counters": {"total": "received", "succeeded": "enqueued", "failed": "failures"},
    },
    "elastic_path": {
        "path": "/v2/jobs/{id}",
        "auth": {
            "type": "oauth2",
            "tokenUrl": "/oauth/access_token",
            "token": "data.access_token || access_token",
        },
        "job": "data",
        "status": "status || attributes.status",
        "times": {
            "created_at": "timestamps.created_at || attributes.created_at || meta.timestamps.created_at",
            "started_at": "attributes.started_at",
            "updated_at": "timestamps.updated_at || attributes.updated_at || meta.timestamps.updated_at",
            "completed_at": "attributes.completed_at",
        },
        "error": "error",
    },
    "geobridge": {
        "path": "/bulk/jobs/{id}",
        "auth": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        "counters": {
            "total": "statistics.total_records",
            "processed": "statistics.processed_records",
            "succeeded": "statistics.successful_records",
            "failed": "statistics.failed_records",
        },
        "times": {"created_at": "submitted_at", "started_at": "started_at", "completed_at": "completed_at"},
        "error": "[error, delivery_attempts[].error][]",
        "http_states": {"409": "processing"},
        "cancel": {"path": "/bulk/jobs/{id}"},
    },
}
FACTS = ("state", "status", "total", "processed", "succeeded", "failed", "progress", "error", *TIMES)


def seen(read):
    """Give what a reader makes of an answer: the facts of a job, or the kind of an error."""
    try:
        job = read()
    except CallError as error:
        return type(error)
    return {fact: getattr(job, fact) for fact in FACTS}


@pytest.mark.parametrize(("vendor", "name"), EXPECTED, ids=map("/".join, EXPECTED))
def test_a_declaration_in_a_connection_reads_what_the_shipped_one_reads(vendor, name):
    expected = EXPECTED[vendor, name]
    response = answer(fixture.load(vendor, name), expected.code)
    login = "client" if vendor == "elastic_path" else None
    declared, shipped = (account(DECLARATIONS[vendor], login=login) for _ in range(2))
    object.__setattr__(shipped, "vendor", VENDORS[vendor])
    asked = _id(vendor, response)
    assert seen(lambda: Reader(declared, declared.hidden).read_job(asked, response)) == seen(
        lambda: Reader(shipped, shipped.hidden).read_job(asked, response)
    )


def _id(vendor, response):
    """Give the id of the job that an answer shows: the shipped declarations refuse another job's answer."""
    at = VENDORS[vendor].expressions
    found = at.id.first(at.job.first(response.json())) if at.id and response.is_json_object else None
    return str(found) if found else "j"
