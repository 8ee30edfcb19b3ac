"""Connections that lack or mistake something: the error says what to set, before any call."""

from __future__ import annotations

import pytest

from airflow_jobstatus.protocol.errors import InvalidConnectionError
from tests.support.airflow_names import IS_3_1
from tests.support.carrier import CARRIERS
from tests.support.connection import HOOKS
from tests.support.fault import JOB
from tests.support.scripted_server import Reply

POLLS = pytest.mark.parametrize("poll", CARRIERS.values(), ids=CARRIERS)


def refusal(poll, connect, fields, vendor="courier") -> str:
    connect.define("mine", {"conn_type": vendor, "password": "key", **fields})
    with pytest.raises(InvalidConnectionError) as caught:
        poll(HOOKS[vendor]("mine"), "1")
    return str(caught.value)


LONG = "x" * 70_000


@POLLS
@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"password": LONG}, "has a password of more than 20000 characters"),
        ({"login": LONG}, "has a login of more than 20000 characters"),
        ({"host": f"https://h.example/{LONG}"}, "has a host of more than 2048 characters"),
        ({"host": "h.example", "schema": LONG}, "has a schema of more than 2048 characters"),
        ({"extra": {"headers": {"X-A": LONG}}}, "'headers' in its extra has an entry (1) of more than 64000"),
        (
            {"extra": {"secret_headers": {LONG: "x"}}},
            "'secret_headers' in its extra has an entry (1) of more",
        ),
        (
            {"extra": {"console": f"https://h.example/{LONG}"}},
            "'console' in its extra must be a text of at most",
        ),
        (
            {"extra": {"proxy": f"http://h.example/{LONG}"}},
            "'proxy' in its extra must be a text of at most 2048",
        ),
        (
            {"extra": {"headers": {"Content-Length": "5"}}},
            "has an entry (1) that the HTTP library sets itself",
        ),
        ({"extra": {"headers": {"a": "1", "te": "x"}}}, "has an entry (2) that the HTTP library sets itself"),
        ({"extra": {"_note": LONG * 4}}, "has an extra of more than 262144 characters"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_connection_beyond_its_bounds_is_refused(poll, connect, fields, words):
    assert words in refusal(poll, connect, fields)


@POLLS
@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"conn_type": "http"}, "connection 'mine' is of type 'http', not 'courier'"),
        ({"password": None}, "connection 'mine' has no API key: put it into the password field"),
        ({"password": "  "}, "has no API key"),
        ({"password": "a\nb"}, "has a API key with a line break"),
        ({"password": "ä"}, "a character outside ASCII"),
        ({"login": "me"}, "has a login; Courier takes its API key as the password"),
        ({"host": "ftp://h"}, "has a scheme in its host that cannot be called"),
        ({"extra": {"timeout": 0}}, "'timeout' in its extra must be"),
        pytest.param(
            {"extra": "[]"},
            "an extra that is not a JSON object",
            marks=pytest.mark.skipif(IS_3_1, reason="Airflow takes it for undefined"),
        ),
        (
            {"extra": {"ca_bundle": "/no/such/file"}},
            "'ca_bundle' in its extra that is not a readable file",
        ),
    ],
    ids=str,
)
def test_a_connection_that_cannot_work_says_what_to_set(poll, connect, fields, words):
    assert words in refusal(poll, connect, fields)


@POLLS
def test_a_ca_bundle_without_certificates_is_told_before_any_call(poll, connect, server, tmp_path):
    server.play(Reply(body=JOB))
    path = tmp_path / "ca.pem"
    path.write_text("no certificate")
    told = refusal(poll, connect, {"host": server.url, "extra": {"ca_bundle": str(path)}})
    assert f"the CA bundle {path}" in told
    assert server.connections == 0


@POLLS
@pytest.mark.parametrize("vendor", HOOKS)
def test_an_unknown_connection_id_says_which_type_to_create(poll, vendor):
    with pytest.raises(InvalidConnectionError) as caught:
        poll(HOOKS[vendor]("nowhere"), "1")
    assert str(caught.value) == f"connection 'nowhere' is not defined; create it with type '{vendor}'"


@POLLS
def test_a_missing_client_secret_is_called_by_its_own_name(poll, connect):
    assert "has no Client secret" in refusal(poll, connect, {"login": "id", "password": ""}, "elastic_path")


@POLLS
def test_blanks_around_the_credential_are_no_part_of_it(poll, connect, server):
    server.play(Reply(body=JOB))
    poll(connect("courier", server.url, password=" key\n"), "1")
    assert server.requests[0].headers["authorization"] == "Bearer key"


@POLLS
def test_a_word_that_the_connection_teaches_has_its_meaning(poll, connect, server):
    server.play(Reply(body={"job": {"status": "PAUSED"}}))
    hook = connect("courier", server.url, extra={"states": '{"paused": "failed"}'})
    assert poll(hook, "1").state.value == "failed"


@POLLS
def test_a_header_value_that_is_part_of_a_status_word_does_not_hide_it(poll, connect, server):
    server.play(Reply(body={"job": {"status": "COMPLETED"}}))
    hook = connect("courier", server.url, extra={"headers": {"X-Mode": "complete"}})
    assert poll(hook, "1").state.value == "succeeded"
