"""The form of each connection type in a browser: filled by hand, saved, opened, tested by its button."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest
import requests

from airflow_jobstatus.sandbox.http_job import HTTP_JOB_KEY
from tests.airflow.browser.connections import ConnectionsPage

MASK = "***"
NAMES = {
    "courier": "Courier",
    "elastic_path": "Elastic Path",
    "geobridge": "GeoBridge",
    "http_job": "HTTP job",
}
EVERY_TYPE = {
    "timeout": "25.5",
    "headers": {"X-Tenant": "acme"},
    "secret_headers": {"X-Gateway-Key": "hush"},
    "requests_per_second": "5",
    "states": {"PARKED": "pending"},
}
DECLARATION = {
    "path": "/jobs/{id}",
    "auth": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "status": "state",
    "counters": {"total": "rows.all", "failed": "rows.bad"},
    "percent": "percent",
    "outputs": {"file": "result.url"},
    "cancel": {"method": "POST", "path": "/jobs/{id}/cancel"},
    "console": "https://app.example.com/jobs/{id}",
}


@pytest.fixture(scope="session")
def page(browser) -> ConnectionsPage:
    return ConnectionsPage(browser)


@pytest.fixture(scope="session")
def job(airflow) -> str:
    """Make a job at the sandbox, and give the path of its status."""
    stored = stored_of(airflow, "http_job")
    made = requests.post(f"{stored['host']}/jobs", json={}, headers={"X-Key": HTTP_JOB_KEY}, timeout=10)
    return f"/jobs/{made.json()['id']}"


@pytest.fixture(scope="module", params=NAMES)
def conn_type(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def typed(airflow, sandbox, page, job, conn_type):
    """Type a connection into the form, and give what was typed."""
    host, port = without_port(stored_of(airflow, conn_type)["host"])
    known = sandbox.connections(host)[conn_type]
    values = {"host": host, "password": known["password"], "port": port, **EVERY_TYPE}
    if "login" in known:
        values["login"] = known["login"]
    if conn_type == "http_job":
        values |= {**DECLARATION, "probe": job}
    page.add(f"{conn_type}_typed", NAMES[conn_type], values)
    return values


def stored_of(airflow, conn_type):
    return airflow.request("GET", f"/api/v2/connections/{conn_type}_stored").json()


def without_port(url):
    parts = urlsplit(url)
    return parts._replace(netloc=parts.hostname).geturl(), str(parts.port)


def test_what_was_typed_is_stored_as_it_was_meant(airflow, conn_type, typed):
    extra = json.loads(airflow.request("GET", f"/api/v2/connections/{conn_type}_typed").json()["extra"])
    meant = {"timeout": 25.5, "requests_per_second": 5, "secret_headers": {"X-Gateway-Key": MASK}}
    texts = {
        name: value for name, value in typed.items() if name not in {"host", "login", "password", "port"}
    }
    assert {name: extra[name] for name in texts} == {**texts, **meant}


def test_the_form_shows_again_what_was_typed_but_for_secrets(page, conn_type, typed):
    masked = {"password": MASK, "secret_headers": {"X-Gateway-Key": MASK}}
    assert page.shown(f"{conn_type}_typed", list(typed)) == {**typed, **masked}


def test_the_button_tests_the_saved_connection(page, conn_type, typed):
    said = page.test(f"{conn_type}_typed")
    name = "HTTP API" if conn_type == "http_job" else NAMES[conn_type]
    assert f"Signed in to {name} at {typed['host'].rpartition('/v1')[0] or typed['host']}" in said


def test_a_secret_header_outlives_an_edit(airflow, page, job):
    host, port = without_port(stored_of(airflow, "http_job")["host"])
    extra = {"path": "/jobs/{id}", "auth": {"type": "none"}, "probe": job, "timeout": 30}
    secret = {"secret_headers": {"X-Key": HTTP_JOB_KEY}}
    fields = {"conn_type": "http_job", "host": host, "port": int(port), "extra": json.dumps(extra | secret)}
    airflow.create_connection("secret_in_a_header", fields)
    page.edit("secret_in_a_header", {"timeout": "20"})
    assert "Signed in to HTTP API" in page.test("secret_in_a_header")


def test_a_declaration_without_its_path_is_told_by_the_button(airflow, page):
    host, port = without_port(airflow.url)
    airflow.create_connection("pathless", {"conn_type": "http_job", "host": host, "port": int(port)})
    said = page.test("pathless")
    assert "The connection declares what cannot be used: extra.path is missing" in said


def test_a_host_that_answers_with_a_page_is_told_to_be_checked(airflow, page):
    host, port = without_port(airflow.url)
    fields = {"conn_type": "geobridge", "host": f"{host}/pages", "port": int(port), "password": "key"}
    airflow.create_connection("leads_to_a_page", fields)
    said = page.test("leads_to_a_page")
    assert "page titled 'Airflow'" in said
    assert "Check that the host of the connection is the vendor's API" in said
