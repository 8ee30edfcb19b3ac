"""The package as it is installed, in a real Airflow: its forms, and deferrable waits from end to end."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_jobstatus.connections.extras import EXTRAS
from lab.run import Run
from tests.airflow.sandboxed import JOB_SECONDS

DAG = "many_waits_at_once"
VENDORS = ("courier", "elastic_path", "geobridge")
WAITS = 8
"""How many waits there are for each vendor; all look up their connection at the same moment."""
vendors = pytest.mark.parametrize("vendor", VENDORS)


@pytest.fixture(scope="module")
def waits(airflow, sandbox, clock) -> dict[str, list[dict[str, Any]]]:
    """Give the XComs of each vendor's waits, which end well as soon as the last of them has deferred."""
    jobs = [
        {"conn_id": f"{vendor}_stored", "job_id": sandbox.add_job(vendor, records=100, failed_records=3)}
        for vendor in VENDORS
        for _ in range(WAITS)
    ]
    run = Run.start(airflow, DAG, {"jobs": jobs})
    run.wait_for_states(lambda states: list(states.values()).count("deferred") == len(jobs))
    clock.advance(JOB_SECONDS)
    assert run.wait() == "success"
    xcoms = [run.xcoms("wait", index) for index in range(len(jobs))]
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
    assert (fields["host"]["title"], fields["port"]["hidden"]) == ("API URL", False)


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
