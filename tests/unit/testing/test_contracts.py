"""The shipped vendors and sixteen public APIs keep the contract that the kit holds everybody's vendor to."""

from __future__ import annotations

from airflow_jobstatus.testing import contract
from tests.support import fixture
from tests.support.connection import VENDORS
from tests.support.openness import APIS, OPENNESS, connection
from tests.unit.vendors.expected import EXPECTED, Seen

JOB_ID = "j-1"
PATHS = {"courier": "/bulk/j-1", "elastic_path": "/v2/jobs/j-1", "geobridge": "/bulk/jobs/j-1"}
HEADERS = {
    "courier": {"authorization": "Bearer key-of-ours"},
    "elastic_path": {"authorization": "Bearer key-of-ours"},
    "geobridge": {"x-api-key": "key-of-ours"},
}
RECORDS = ("total", "processed", "succeeded", "failed")


def expect(seen):
    """Give what the table of the shipped vendors expects, in the form of the kit."""
    if not isinstance(seen, Seen):
        return {"raises": seen.kind.__name__}
    return {
        "state": seen.state.value,
        "status": seen.status,
        "counters": dict(seen.counters),
        "error": seen.error,
        **dict(zip(RECORDS, seen.records, strict=True)),
        **seen.times,
    }


def answers(vendor):
    """Give the answers of a shipped vendor in the form of the kit."""
    return {
        "auth": {"headers": HEADERS[vendor]},
        "scenarios": {
            name: {
                "id": JOB_ID,
                "request": f"GET {PATHS[vendor]}",
                "status": seen.code,
                "body": fixture.of_job(vendor, fixture.load(vendor, name), JOB_ID),
                "expect": expect(seen),
            }
            for (of, name), seen in EXPECTED.items()
            if of == vendor
        },
    }


def declared(api):
    """Give the connection of one of the sixteen."""
    values = connection(api)
    return {**values["connection"], "extra": values["extra"]}


for name, vendor in VENDORS.items():
    globals()[f"test_{name}"] = contract(
        vendor, answers=answers(name), connection={"password": "key-of-ours"}
    )
for api in APIS:
    globals()[f"test_{api}"] = contract(
        answers=OPENNESS / "answers" / f"{api}.json", connection=declared(api)
    )
test_elastic_path_signing_in = contract(
    VENDORS["elastic_path"],
    answers={
        **answers("elastic_path"),
        "auth": {
            "headers": {
                "authorization": f"Bearer {fixture.load('elastic_path', 'token_200')['access_token']}"
            }
        },
        "token": {
            "request": "POST /oauth/access_token",
            "form": {
                "grant_type": "client_credentials",
                "client_id": "client",
                "client_secret": "key-of-ours",
            },
            "body": fixture.load("elastic_path", "token_200"),
        },
    },
    connection={"login": "client", "password": "key-of-ours"},
)
