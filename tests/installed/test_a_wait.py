"""The package as it is installed, in a real Airflow: its forms, and deferrable waits from end to end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_jobstatus.connections.extras import EXTRAS
from airflow_jobstatus.sandbox import Sandbox
from demo.installation import Installation

DAGS = Path(__file__).parent / "dags"
DAG = "many_waits_at_once"
VENDORS = ("courier", "elastic_path", "geobridge")
WAITS = 8
"""How many waits there are for each vendor; all look up their connection at the same moment."""
JOB_SECONDS = 3600.0
PATIENCE = 180.0
"""Seconds after which something that is waited for counts as lost."""
SETTLED = 10.0
"""Seconds after which the scheduler has heard of each deferral, also on busy cores.

A task that resumes earlier counts as killed to it: Airflow's issues 66374 and 72716.
"""

vendors = pytest.mark.parametrize("vendor", VENDORS)


class Clock:
    """The wall clock, which can jump ahead: no job ends before the test wants it to."""

    ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def sandbox(clock) -> Sandbox:
    return Sandbox(JOB_SECONDS, clock=clock, rate_limit=False)


@pytest.fixture(scope="module")
def airflow(sandbox) -> Iterator[Installation]:
    """Run Airflow with connections in its database, from where the triggerer gets them by a call."""
    with sandbox.serve() as url, Installation(DAGS) as airflow:
        for vendor, fields in sandbox.connections(url).items():
            airflow.create_connection(f"{vendor}_default", {**fields, "extra": '{"timeout": "20"}'})
        yield airflow


@pytest.fixture(scope="module")
def waits(airflow, sandbox, clock) -> dict[str, list[dict[str, Any]]]:
    """Give the XComs of each vendor's waits, once all have deferred and then ended well."""
    jobs = [
        {"conn_id": f"{vendor}_default", "job_id": sandbox.add_job(vendor, records=100, failed_records=3)}
        for vendor in VENDORS
        for _ in range(WAITS)
    ]
    run_id = airflow.trigger(DAG, {"jobs": jobs})
    _wait_until_all_are(airflow, run_id, "deferred")
    time.sleep(SETTLED)
    clock.ahead = JOB_SECONDS
    assert airflow.wait(DAG, run_id) == "success"
    xcoms = [airflow.xcoms(DAG, run_id, "wait", index) for index in range(len(jobs))]
    return {vendor: xcoms[number * WAITS :][:WAITS] for number, vendor in enumerate(VENDORS)}


@pytest.fixture(scope="module")
def forms(airflow) -> dict[str, Any]:
    return {form["connection_type"]: form for form in airflow.hook_meta()}


@vendors
def test_each_deferred_wait_leaves_its_job(waits, vendor):
    assert [xcoms["return_value"]["state"] for xcoms in waits[vendor]] == ["succeeded"] * WAITS


def test_counters_are_numbers_under_the_vendors_own_names(waits):
    assert (waits["courier"][0]["enqueued"], waits["geobridge"][0]["failed_records"]) == (97, 3)


@vendors
def test_the_form_has_our_labels(forms, vendor):
    fields = forms[vendor]["standard_fields"]
    assert (fields["host"]["title"], fields["port"]["hidden"]) == ("API URL", True)


@vendors
def test_the_form_has_a_field_for_each_extra(forms, vendor):
    fields = forms[vendor]["extra_fields"]
    assert {name: field["schema"]["title"] for name, field in fields.items()} == {
        extra.name: extra.label for extra in EXTRAS
    }


@vendors
def test_the_form_shows_the_defaults(forms, vendor):
    fields = forms[vendor]["extra_fields"]
    shown = {name: str(field["value"]) for name, field in fields.items() if field["value"] is not None}
    assert shown == {extra.name: str(extra.default) for extra in EXTRAS if extra.default is not None}


def _wait_until_all_are(airflow: Installation, run_id: str, state: str) -> None:
    limit = time.monotonic() + PATIENCE
    while True:
        states = [task["state"] for task in airflow.task_instances(DAG, run_id) if task["task_id"] == "wait"]
        if len(states) == WAITS * len(VENDORS) and set(states) == {state}:
            return
        if time.monotonic() > limit:
            raise TimeoutError(f"the waits are not all {state}: {states}")
        time.sleep(0.5)
