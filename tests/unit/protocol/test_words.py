"""The vendor's words are the texts under well-known keys; nothing else of a body is shown."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.answer import failure
from airflow_jobstatus.protocol.errors import PermanentError, UnauthorizedError
from airflow_jobstatus.protocol.http import Response
from airflow_jobstatus.protocol.text import Secrets
from airflow_jobstatus.protocol.words import said, secrets_of
from airflow_jobstatus.vendors.elastic_path import ELASTIC_PATH
from airflow_jobstatus.vendors.geobridge import GEOBRIDGE
from tests.support import fixture
from tests.support.connection import VENDORS

ACCOUNT = Account(vendor=GEOBRIDGE, base_url="https://h.example", secret="secret-key", ca_bundle="")
SAID = [
    ({"Message": "User is not authorized"}, "User is not authorized"),
    ({"message": {"errors": ["bad id"]}}, "bad id"),
    ({"error": {"message": "No cores are left"}}, "No cores are left"),
    ({"error": "invalid", "error_description": "no such client"}, "invalid: no such client"),
    ({"reason": "gone fishing"}, "gone fishing"),
    ([{"message": "a", "errorCode": "B"}], "a: B"),
    ([{"message": str(n)} for n in range(5)], "0; 1; 2"),
    ({"failure": {"reason": "no rows"}}, "no rows"),
    ({"errors": {"data": [{"code": "bad_line", "message": "Line 4"}]}}, "Line 4: bad_line"),
    ({"ErrorResponse": {"Error": {"Code": "Throttled", "Message": "slow down"}}}, "slow down: Throttled"),
    ({"error": {"type": "t", "reason": "r", "root_cause": [{"type": "t", "reason": "r"}]}}, "r: t"),
    (
        {"fault": {"faultstring": "Invalid key", "detail": {"errorcode": "oauth.bad"}}},
        "Invalid key: oauth.bad",
    ),
    ({"title": "Bad", "detail": "bad", "message": "BAD"}, "Bad"),
    ({"title": "Bad Request", "status": 400, "detail": "no id"}, "no id"),
    ({"summary": "s", "user_message": "u"}, "s: u"),
    ({"errors": ["one", "two"]}, "one; two"),
    ({"errorMessages": ["No issue."], "errors": {}}, "No issue."),
    ({"errorCode": "E7", "errorSummary": "Not found"}, "Not found: E7"),
    ({"messages": ["a", "b"]}, "a; b"),
    ({"failureReason": "no rows"}, "no rows"),
    ({"Message": None, "message": "User is not authorized"}, "User is not authorized"),
    ({"error": "", "Error": "bad id"}, "bad id"),
    ({"error": {"code": "X1", "message": {"lang": "en", "value": "Not there"}}}, "X1: Not there"),
    ({"failure": {"cause": "disk full"}}, "disk full"),
]
NOTHING = [
    {"hello": "world"},
    {"data": {"user": {"title": "Mr", "mail": "a@b.c"}}},
    {"a": {"b": {"c": {"d": {"message": "too deep"}}}}},
    {"error": {"error": {"error": {"error": {"message": "too deep"}}}}},
    {"value": "7", "errors": [{"value": "8"}]},
    {"message": None, "error": 5, "detail": ["", 7]},
    ["text"],
    [],
    7,
]


@pytest.mark.parametrize(("body", "words"), SAID, ids=str)
def test_the_vendors_words_are_found(body, words):
    assert said(Secrets(), body, but="400 Bad Request") == words


def test_a_secret_beside_a_long_list_is_found():
    body = {"callback": {"secret": "s3cr3t"}, "records": [{"n": n} for n in range(3000)]}
    assert secrets_of(body) == {"s3cr3t"}


def test_words_beside_more_keys_than_are_searched_are_found_where_they_come_first():
    many = {f"fail{n}": {f"k{m}": m for m in range(1000)} for n in range(20)}
    assert said(Secrets(), {"message": "no rows", **many}) == "no rows"


@pytest.mark.parametrize("key", ["pwd", "passphrase", "JWT", "session_id"])
def test_a_key_that_holds_a_secret_is_known_by_its_name(key):
    assert secrets_of({key: "s3cr3t"}) == {"s3cr3t"}


def test_a_long_number_under_the_key_of_a_secret_is_hidden():
    assert secrets_of({"token": 12345678, "tokens": 1000}) == {"12345678"}


def test_lists_within_lists_without_end_say_nothing():
    body: object = "text"
    for _ in range(5_000):
        body = [body]
    assert (said(Secrets(), body), said(Secrets(), {"errors": body})) == ("", "")


@pytest.mark.parametrize("body", NOTHING, ids=str)
def test_nothing_else_of_a_body_is_shown(body):
    assert said(Secrets(), body) == ""


@pytest.mark.parametrize("word", ["Not Found", "not_found", "NOT FOUND.", "404", "404 Not Found"])
def test_what_the_code_says_already_is_not_said_again(word):
    error = failure(ACCOUNT, Response(404, {}, json.dumps({"title": word}).encode()), job_id="1")
    assert str(error).startswith("GeoBridge job '1': HTTP 404 Not Found (check the id")


@pytest.mark.parametrize("key", ["secret", "access_token", "Password", "X-Api-Key", "Authorization"])
def test_a_text_under_the_key_of_a_secret_is_hidden_wherever_it_stands(key):
    body = {"message": "hook abcd-1234 failed", "callback": {key: "abcd-1234"}}
    error = failure(ACCOUNT, Response(400, {}, json.dumps(body).encode()))
    assert "hook *** failed" in error.reason


def test_secrets_are_searched_for_in_a_part_of_an_endless_body():
    assert len(secrets_of([{"token": f"abcd{n}"} for n in range(100_000)])) < 2000


@pytest.mark.parametrize("vendor", [GEOBRIDGE, ELASTIC_PATH], ids=lambda vendor: vendor.conn_type)
@pytest.mark.parametrize(
    "body",
    [
        {"message": "no Route matched with those values"},
        {"timestamp": 1, "status": 403, "error": "Forbidden", "path": "/v1"},
        {"error": {"code": 404, "message": "Not Found"}},
        {"fault": {"faultstring": "Unable to identify proxy"}},
    ],
    ids=str,
)
def test_the_error_of_a_gateway_is_not_that_of_a_vendor_whose_form_is_known(vendor, body):
    error = failure(replace(ACCOUNT, vendor=vendor), Response(404, {}, json.dumps(body).encode()), job_id="1")
    assert not error.from_vendor


@pytest.mark.parametrize(
    "body", [b"<html>default backend - 404</html>", b"", b"not here", b'{"hello": "world"}', b"[]", b"7"]
)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 410])
def test_a_foreign_page_is_not_the_vendors(status, body):
    error = failure(ACCOUNT, Response(status, {}, body), job_id="1")
    assert isinstance(error, PermanentError)
    assert not error.from_vendor


@pytest.mark.parametrize(
    ("vendor", "name"),
    [
        key
        for key in sorted(fixture.names())
        if "error_40" in key[1] or "422" in key[1] or "token_40" in key[1]
    ],
)
def test_an_error_in_the_vendors_own_form_is_the_vendors(vendor, name):
    body = json.dumps(fixture.load(vendor, name)).encode()
    assert failure(replace(ACCOUNT, vendor=VENDORS[vendor]), Response(400, {}, body)).from_vendor


def test_a_refusal_in_the_vendors_form_says_its_words_and_what_to_do():
    error = failure(ACCOUNT, Response(403, {}, b'{"Message": "User is not authorized"}'))
    assert type(error) is UnauthorizedError
    assert str(error) == (
        "GeoBridge: HTTP 403 Forbidden: User is not authorized (the credential lacks the right to read jobs)"
    )
