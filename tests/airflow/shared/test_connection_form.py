"""The forms of our connections, as the UI reads them from a running API server."""

from __future__ import annotations

import pytest

LABELS = {
    "courier": {"host": "API URL", "password": "API key"},
    "elastic_path": {"host": "API URL", "login": "Client ID", "password": "Client secret"},
    "geobridge": {"host": "API URL", "password": "API key"},
}
NAMES = {"courier": "Courier", "elastic_path": "Elastic Path", "geobridge": "GeoBridge"}
HIDDEN = {
    "courier": {"url_schema", "login"},
    "elastic_path": {"url_schema"},
    "geobridge": {"url_schema", "login"},
}
EXTRAS = {
    "timeout": "Timeout",
    "connect_timeout": "Connect timeout",
    "verify": "Verify TLS",
    "ca_bundle": "CA bundle",
    "proxy": "Proxy",
    "headers": "Headers",
    "secret_headers": "Secret headers",
    "states": "Status words",
    "requests_per_second": "Requests per second",
    "console": "Job page",
}
PASSWORDS = {"proxy"}

types = pytest.mark.parametrize("conn_type", LABELS)


@pytest.fixture(scope="module")
def forms(airflow):
    return {form["connection_type"]: form for form in airflow.hook_meta()}


@types
def test_the_type_has_its_name(forms, conn_type):
    assert forms[conn_type]["hook_name"] == NAMES[conn_type]


@types
def test_the_fields_have_the_vendors_labels(forms, conn_type):
    fields = forms[conn_type]["standard_fields"]
    assert {name: fields[name]["title"] for name in LABELS[conn_type]} == LABELS[conn_type]


@types
def test_fields_that_are_not_used_are_hidden(forms, conn_type):
    fields = forms[conn_type]["standard_fields"]
    assert {name for name, field in fields.items() if field and field["hidden"]} >= HIDDEN[conn_type]


@types
def test_every_extra_has_a_field_with_its_label(forms, conn_type):
    fields = forms[conn_type]["extra_fields"]
    assert {name: field["schema"]["title"] for name, field in fields.items()} == EXTRAS


@types
def test_the_port_is_shown(forms, conn_type):
    assert not forms[conn_type]["standard_fields"]["port"]["hidden"]


@types
def test_extras_that_may_hold_a_secret_are_password_fields(forms, conn_type):
    fields = forms[conn_type]["extra_fields"]
    assert {
        name for name, field in fields.items() if field["schema"].get("format") == "password"
    } == PASSWORDS
