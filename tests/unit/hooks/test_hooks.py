"""Hooks as Airflow's users meet them."""

from __future__ import annotations

import json
import re
import ssl
from dataclasses import replace

import pytest
import requests
import trustme

from airflow_jobstatus.hooks.base import JobStatusHook
from airflow_jobstatus.protocol.errors import InvalidConnectionError, JobStatusError, NotFoundError
from airflow_jobstatus.provider import get_provider_info
from airflow_jobstatus.vendors import GEOBRIDGE, KeyAuth
from tests.support import fixture, secret
from tests.support.carrier import CARRIERS
from tests.support.connection import HOOKS, VENDORS
from tests.support.scripted_server import Reply, ScriptedServer

SIGNED = {
    "courier": ("authorization", f"Bearer {secret.KEY}"),
    "elastic_path": ("authorization", f"Bearer {secret.KEY}"),
    "geobridge": ("x-api-key", secret.KEY),
}
PROBED = {"courier": {"message": "Job not found"}, "elastic_path": {"data": []}, "geobridge": {"jobs": []}}


@pytest.mark.parametrize("vendor", HOOKS)
def test_a_hook_class_names_its_connection_type_and_defaults(vendor):
    hook = HOOKS[vendor]
    assert (hook.conn_type, hook.default_conn_name, hook.conn_name_attr) == (
        vendor,
        f"{vendor}_default",
        "conn_id",
    )
    assert (hook.hook_name, hook().conn_id, hook("mine").conn_id) == (
        VENDORS[vendor].name,
        f"{vendor}_default",
        "mine",
    )


@pytest.mark.parametrize("vendor", HOOKS)
def test_the_session_is_signed_for_its_own_api_and_knows_its_url(connect, server, vendor):
    server.play(Reply(body={}))
    with connect(vendor, f"{server.url}/prefix").get_conn() as session:
        assert session.base_url == f"{server.url}/prefix"
        session.get(f"{session.base_url}/anything")
    name, value = SIGNED[vendor]
    assert server.requests[0].headers[name] == value


def test_the_session_of_client_credentials_is_signed_with_a_bought_token(connect, server):
    server.play(Reply(body=fixture.load("elastic_path", "token_200")), Reply(body={}))
    with connect("elastic_path", server.url, login="id").get_conn() as session:
        session.post(f"{session.base_url}/v2/jobs", json={})
    assert server.requests[1].headers["authorization"] == "Bearer xa3521ca621113e44eeed9232fa3e54571cb08bc"


@pytest.mark.parametrize("vendor", HOOKS)
def test_the_session_sends_no_credential_to_another_host(connect, server, vendor):
    with ScriptedServer(Reply(body={})) as other:
        hook = connect(vendor, server.url, extra={"headers": {"X-Gateway": secret.GATEWAY}})
        with hook.get_conn() as session:
            session.get(f"{other.url}/anything")
    assert secret.leaks(other.wire) == []


@pytest.mark.parametrize("vendor", HOOKS)
@pytest.mark.parametrize("status", [302, 307])
def test_the_credential_of_the_session_follows_no_redirect_to_another_host(connect, server, vendor, status):
    with ScriptedServer(Reply(body={})) as other:
        server.play(Reply(status=status, headers={"Location": f"{other.url}/steal"}))
        hook = connect(vendor, server.url, extra={"headers": {"X-Gateway": secret.GATEWAY}})
        with hook.get_conn() as session:
            session.get(f"{session.base_url}/anything")
    assert other.paths == ["/steal"]
    assert secret.leaks(other.wire) == []


@pytest.mark.parametrize("vendor", HOOKS)
def test_the_credential_of_the_session_follows_a_redirect_within_its_api(connect, server, vendor):
    server.play(Reply(status=302, headers={"Location": "/there"}), Reply(body={}))
    with connect(vendor, server.url).get_conn() as session:
        session.get(f"{session.base_url}/here")
    name, value = SIGNED[vendor]
    assert server.requests[1].headers[name] == value


@pytest.mark.parametrize(
    ("limit", "own"), [(0.15, {}), (60, {"timeout": 0.15})], ids=["connection", "caller"]
)
def test_the_session_has_the_connections_time_limit_and_a_caller_may_set_another(connect, server, limit, own):
    server.play(Reply(keep=0, then="hang"))
    hook = connect("courier", server.url, extra={"timeout": limit})
    with hook.get_conn() as session, pytest.raises(requests.Timeout):
        session.get(session.base_url, **own)


@pytest.mark.parametrize("vendor", HOOKS)
def test_a_good_connection_is_told_with_vendor_and_url(connect, server, vendor):
    server.play(Reply(status=404 if vendor == "courier" else 200, body=PROBED[vendor]))
    told = connect(vendor, server.url).test_connection()
    assert told == (True, f"Signed in to {VENDORS[vendor].name} at {server.url}")
    assert [r.method for r in server.requests] == ["GET"]


@pytest.mark.parametrize("vendor", HOOKS)
@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(status=401, body={"message": "Nope"}), "HTTP 401 Unauthorized: Nope (check the credential"),
        (Reply(status=403, body={}), "the credential lacks the right to read jobs"),
        (Reply(status=404, body="<title>Not here</title>"), "page titled 'Not here'"),
        (Reply(status=200, body="<title>Welcome</title>"), "page titled 'Welcome'"),
        (Reply(status=500, body={"message": "Oops"}), "HTTP 500 Internal Server Error: Oops"),
        (Reply(keep=0, then="close"), "Check the host and port of the connection"),
        (Reply(raw=b"220 smtp ready\r\n\r\n", then="close"), "Check that the host of the connection is the"),
        (
            Reply(status=302, headers={"Location": "https://login.example.com"}),
            "set the connection's host to where",
        ),
    ],
    ids=str,
)
def test_a_bad_connection_tells_its_cause(connect, server, vendor, reply, words):
    server.play(reply)
    good, told = connect(vendor, server.url).test_connection()
    assert not good
    assert words in told
    assert told.startswith(VENDORS[vendor].name)


@pytest.mark.parametrize("vendor", HOOKS)
def test_a_wrong_host_is_told_with_the_code_that_it_answered(connect, server, vendor):
    server.play(Reply(status=404, body="<title>Not here</title>"))
    told = connect(vendor, server.url).test_connection()[1]
    assert "HTTP 404" in told
    assert "check the connection's host" in told


@pytest.mark.usefixtures("unknown_names")
def test_a_host_name_that_does_not_exist_is_told(connect):
    good, told = connect("courier", "api.courier.invalid").test_connection()
    assert not good
    assert "the host name cannot be resolved" in told
    assert "Check the host of the connection" in told


def test_a_host_that_refuses_the_connection_is_told(connect, closed_port):
    told = connect("courier", f"http://127.0.0.1:{closed_port}").test_connection()[1]
    assert "Check the host and port" in told


def test_a_certificate_that_is_not_trusted_is_told_with_ca_bundle(connect):
    stranger = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    stranger.issue_cert("127.0.0.1").configure_cert(context)
    with ScriptedServer(Reply(body={}), tls=context) as server:
        good, told = connect("courier", server.url).test_connection()
    assert not good
    assert "the TLS handshake failed" in told
    assert "set ca_bundle" in told


def test_a_slow_host_is_told_with_timeout(connect, server):
    server.play(Reply(keep=0, then="hang"))
    told = connect("courier", server.url, extra={"timeout": 0.15}).test_connection()[1]
    assert "raise timeout in its extra" in told


@pytest.mark.parametrize("vendor", HOOKS)
def test_a_connection_without_a_key_is_told_without_a_call(connect, server, vendor):
    good, told = connect(vendor, server.url, password=None).test_connection()
    assert (good, server.connections) == (False, 0)
    assert f"has no {VENDORS[vendor].form.password}" in told


def test_a_bad_connection_is_told_without_its_id(connect):
    # Airflow tests a connection under a random id.
    connect.define("kq3zbv", {"conn_type": "courier", "password": None})
    assert HOOKS["courier"]("kq3zbv").test_connection() == (
        False,
        "The connection has no API key: put it into the password field",
    )


@pytest.mark.parametrize("vendor", HOOKS)
@pytest.mark.parametrize("code", [200, 405, 502])
def test_a_page_in_place_of_an_answer_is_told_with_the_host_to_check(connect, server, vendor, code):
    server.play(Reply(status=code, body="<!doctype html><html><head><title>Welcome</title></head></html>"))
    good, told = connect(vendor, server.url).test_connection()
    assert not good
    assert "page titled 'Welcome'" in told
    assert re.search(r"[Cc]heck (that )?the (connection's )?host", told)


def test_an_outage_that_is_no_page_says_nothing_of_the_host(connect, server):
    server.play(Reply(status=503, body={"message": "Down"}))
    assert connect("courier", server.url).test_connection() == (
        False,
        "Courier: connection test: HTTP 503 Service Unavailable: Down",
    )


def test_an_unknown_connection_is_told():
    assert HOOKS["courier"]("nowhere").test_connection() == (
        False,
        "connection 'nowhere' is not defined; create it with type 'courier'",
    )


ACME = replace(
    GEOBRIDGE,
    name="Acme Bulk",
    conn_type="acme_bulk",
    base_url="https://acme.example",
    auth=KeyAuth(name="X-Acme"),
    path="/j/{id}/state",
)


class AcmeBulkHook(JobStatusHook):
    vendor = ACME


class AcmeEuropeHook(AcmeBulkHook):
    """Extends a hook without a declaration of its own."""


@pytest.mark.parametrize("poll", CARRIERS.values(), ids=CARRIERS)
@pytest.mark.parametrize("hook", [AcmeBulkHook, AcmeEuropeHook])
def test_a_hook_of_someone_elses_vendor_works_with_no_change_here(connect, server, poll, hook):
    server.play(Reply(body={"status": "queued"}))
    connect.define("acme_bulk_default", {"conn_type": "acme_bulk", "host": server.url, "password": "k"})
    job = poll(hook(), "7")
    assert (job.vendor, job.state.value, server.paths) == ("acme_bulk", "pending", ["/j/7/state"])
    assert server.requests[0].headers["x-acme"] == "k"


class AnyHook(JobStatusHook):
    """Reads from the connection where the jobs are, and what the vendor is called."""

    vendor = ACME

    def declaration(self, connection):
        extra = json.loads(connection.extra)
        return replace(ACME, name=extra["name"], path=extra["path"])


def any_hook(connect, url: str, path: str) -> AnyHook:
    extra = {"name": "Mine", "path": path}
    connect.define("any", {"conn_type": "acme_bulk", "host": url, "password": "k", "extra": extra})
    return AnyHook("any")


@pytest.mark.parametrize("poll", CARRIERS.values(), ids=CARRIERS)
def test_a_hook_may_read_its_declaration_from_the_connection(connect, server, poll):
    server.play(Reply(body={"status": "queued"}))
    poll(any_hook(connect, server.url, "/mine/{id}"), "7")
    assert server.paths == ["/mine/7"]


@pytest.mark.parametrize("poll", CARRIERS.values(), ids=CARRIERS)
def test_the_errors_name_the_vendor_that_the_connection_declares(connect, server, poll):
    server.play(Reply(status=404))
    with pytest.raises(NotFoundError, match=r"^Mine job '7'"):
        poll(any_hook(connect, server.url, "/mine/{id}"), "7")


def test_the_test_button_names_the_vendor_that_the_connection_declares(connect, server):
    server.play(Reply(body={}))
    assert any_hook(connect, server.url, "/mine/{id}").test_connection() == (
        True,
        f"Signed in to Mine at {server.url}",
    )


@pytest.mark.parametrize("poll", CARRIERS.values(), ids=CARRIERS)
def test_a_connection_that_declares_nonsense_is_refused_by_its_id(connect, server, poll):
    with pytest.raises(
        InvalidConnectionError, match=r"^connection 'any' declares .* Vendor\.path must be a path with"
    ):
        poll(any_hook(connect, server.url, "/mine"), "7")


@pytest.mark.parametrize("vendor", HOOKS)
def test_the_declaration_of_a_shipped_hook_is_that_of_its_class(connect, server, vendor):
    assert connect(vendor, server.url).api.vendor is VENDORS[vendor]


@pytest.mark.parametrize("vendor", HOOKS)
def test_the_errors_of_a_hook_have_one_base(connect, vendor):
    with pytest.raises(JobStatusError):
        connect(vendor, None, password=None).get_job("1")


@pytest.mark.parametrize("vendor", HOOKS)
def test_the_form_of_airflow_3_1_says_what_the_provider_says(vendor):
    entry = next(e for e in get_provider_info()["connection-types"] if e["connection-type"] == vendor)
    hyphened = {
        name.replace("_", "-"): value for name, value in HOOKS[vendor].get_ui_field_behaviour().items()
    }
    assert hyphened == entry["ui-field-behaviour"]
