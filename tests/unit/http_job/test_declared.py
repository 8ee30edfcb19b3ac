"""A declaration is checked when its connection is read; each refusal names the field and what it may be."""

from __future__ import annotations

import re
from typing import Any

import pytest

from airflow_jobstatus.protocol.errors import InvalidConnectionError, InvalidJobIdError, InvalidVendorError
from airflow_jobstatus.protocol.job import JobState
from airflow_jobstatus.protocol.vendor import fill, fill_body
from airflow_jobstatus.vendors import HttpAuth, declared
from airflow_jobstatus.vendors.extra.vocabulary import VOCABULARY
from tests.support.declaration import PLAIN, account

OAUTH = {"type": "oauth2", "tokenUrl": "/token"}
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no path": ({"path": None}, "extra.path is missing; it must be a path below the host with {id}"),
    "a path without an id": ({"path": "/jobs"}, "extra.path is '/jobs'; it must be a path with {id}"),
    "a path that is no text": ({"path": 7}, "extra.path is 7; it must be a path"),
    "a misspelt field": (
        {"counter": {}},
        "has a field in its extra (number 2) that nobody reads; use 'counters'",
    ),
    "a camel-cased field": ({"httpStates": {}}, "nobody reads; use 'http_states'"),
    "a field like no other": ({"zzz": 1}, "that nobody reads; there are path, auth, status,"),
    "a method of another kind": ({"method": "PUT"}, "extra.method is 'PUT'; it must be one of GET, POST"),
    "a body that is not sent": ({"body": {"a": "b"}}, "extra.method is 'GET'; it must be POST where"),
    "a status that is no expression": ({"status": "a..b"}, "extra.status is 'a..b'; it must be names joined"),
    "an unknown function": ({"error": "upper("}, "extra.error is 'upper('; it must be names joined"),
    "a counter that is no expression": (
        {"counters": {"total": "a b"}},
        "extra.counters['total'] is 'a b'; it must be names joined",
    ),
    "a counter that is a number": ({"counters": {"n": 1}}, "extra.counters['n'] is 1; it must be a text"),
    "counters that are a list": ({"counters": ["n"]}, "extra.counters is ['n']; it must be a JSON object"),
    "a counter that no XCom may be": (
        {"counters": {"a-b": "n"}},
        "extra.counters is 'a-b'; it must be names",
    ),
    "an output as a counter": (
        {"counters": {"n": "n"}, "outputs": {"n": "m"}},
        "extra.outputs is 'n'; it must be a name that no counter has",
    ),
    "a submission without a path": ({"submit": {"id": "id"}}, "extra.submit.path is missing; it must be"),
    "a submission of another method": (
        {"submit": {"path": "/jobs", "method": "GET"}},
        "extra.submit.method is 'GET'; it must be one of POST, PUT",
    ),
    "a submission without its payload": (
        {"submit": {"path": "/jobs", "body": {"query": "q"}}},
        "extra.submit.body is {'query': 'q'}; it must be a JSON value in which",
    ),
    "a misspelt field of a submission": (
        {"submit": {"path": "/jobs", "idempotency": "X-Key"}},
        "extra.submit.idempotency is not a known field; did you mean 'idempotency_header'?",
    ),
    "a state of no kind": (
        {"states": {"PARKED": "paused"}},
        "extra.states['PARKED'] is 'paused'; it must be one of pending, running, succeeded,",
    ),
    "a code of no kind": (
        {"http_states": {"20": "running"}},
        "extra.http_states is '20'; it must be an object of codes",
    ),
    "a code of an unknown word": (
        {"http_states": {"202": "busy"}},
        "extra.http_states[202] is 'busy'; it must",
    ),
    "a code of a refused credential": ({"http_states": {"401": "running"}}, "HTTP codes but 401 and 403"),
    "success by a code alone": (
        {"http_states": {"201": "succeeded"}},
        "extra.http_states[201] is 'succeeded'; it must be a state or a word of states; where job proves",
    ),
    "a code of every page": ({"http_states": {"200": "running"}}, "extra.job is missing; it must be"),
    "a job that proves nothing": (
        {"http_states": {"200": "succeeded"}, "job": "type(@) == 'object' && @"},
        "it must be an expression that finds nothing in JSON that is not a job",
    ),
    "absent means running": (
        {"status": "!done && 'running' || 'done'"},
        "finds nothing in JSON that is not a job, but in {'hello': 'world'} it does",
    ),
    "a time of no kind": (
        {"times": {"ended": "e"}},
        "extra.times.ended is not a known field; the fields are created_at, started_at,",
    ),
    "a cancel without a path": ({"cancel": {}}, "extra.cancel.path is missing; it must be a path below"),
    "a cancel of nothing": ({"cancel": {"path": "/cancel"}}, "extra.cancel.path is '/cancel'; it must be"),
    "a cancel of another method": (
        {"cancel": {"path": "/{id}", "method": "GET"}},
        "extra.cancel.method is 'GET'; it must be one of DELETE, POST, PUT, PATCH",
    ),
    "a misspelt field of cancel": (
        {"cancel": {"path": "/{id}", "endedcodes": [409]}},
        "extra.cancel.endedcodes is not a known field; did you mean 'ended_codes'?",
    ),
    "a scheme as the type": (
        {"auth": {"type": "Bearer"}},
        "extra.auth.type is 'Bearer'; it must be http, with the scheme \"bearer\"",
    ),
    "a login in the sign-in": (
        {"auth": {"type": "oauth2", "tokenUrl": "/token", "clientId": "me"}},
        "extra.auth.clientId is not a known field; the login of the connection is the place for it",
    ),
    "a secret in the sign-in": (
        {"auth": {"type": "apiKey", "name": "X-Key", "api_key": "me"}},
        "extra.auth.api_key is not a known field; the password of the connection is the place for it",
    ),
    "a misspelt field of auth": (
        {"auth": {"type": "oauth2", "tokenURL": "/token"}},
        "extra.auth.tokenURL is not a known field; did you mean 'tokenUrl'?",
    ),
    "a misspelt time": (
        {"times": {"create_at": "c"}},
        "extra.times.create_at is not a known field; did you mean 'created_at'?",
    ),
    "a field that is no name": (
        {"auth": {"type": "http", "9f86d081884c": "x"}},
        "extra.auth has an unknown field; the fields are type, scheme",
    ),
    "a secret that is not used": (
        {"auth": {**OAUTH, "secrets": {"pin": "12345678"}}},
        "extra.auth.secrets['pin'] is ***; it must be used by params or body, its name in braces",
    ),
    "a code of cancel": ({"cancel": {"path": "/{id}", "ended_codes": ["x"]}}, "extra.cancel.ended_codes is"),
    "a probe elsewhere": ({"probe": "https://a.example"}, "extra.probe is 'https://a.example'; it must be"),
    "a console without a host": (
        {"console": "/jobs/{id}"},
        "extra.console is '/jobs/{id}'; it must be a URL",
    ),
    "a sign-in of no kind": (
        {"auth": {"type": "digest"}},
        "extra.auth.type is 'digest'; it must be one of http, apiKey, oauth2, none",
    ),
    "a sign-in that is a text": ({"auth": "Bearer abc"}, "extra.auth is ***; it must be a JSON object"),
    "a scheme of two words": (
        {"auth": {"type": "http", "scheme": "a b"}},
        "extra.auth.scheme is ***; it must be one word",
    ),
    "a key without a name": ({"auth": {"type": "apiKey"}}, "extra.auth.name is missing; it must be the name"),
    "a key in a cookie": (
        {"auth": {"type": "apiKey", "in": "cookie", "name": "k"}},
        "extra.auth.in is 'cookie'; it must be one of header, query",
    ),
    "a field of another sign-in": (
        {"auth": {"type": "http", "tokenUrl": "/token"}},
        "extra.auth.tokenUrl is not a known field",
    ),
    "a token from nowhere": (
        {"auth": {"type": "oauth2"}},
        "extra.auth.tokenUrl is missing; it must be a path",
    ),
    "an unknown place": (
        {"auth": {**OAUTH, "params": {"refresh_token": "{refresh}"}}},
        "extra.auth.params is '{refresh}'; it must be a form with no other places than {login}, {password}",
    ),
    "a secret that is no text": (
        {"auth": {**OAUTH, "secrets": {"pin": 12345678}}},
        "extra.auth.secrets['pin'] is ***; it must be a text",
    ),
    "a scope beside a whole form": (
        {"auth": {**OAUTH, "scope": "s", "body": {"user": "{login}"}}},
        "extra.auth.scope is ***; it must be left out where body gives the whole form",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_field_is_refused_with_what_it_holds_and_may_be(case):
    change, message = WRONG[case]
    with pytest.raises(ValueError, match=re.escape(message)):
        declared({**PLAIN, **change})


@pytest.mark.parametrize(
    "auth",
    [
        "hunter2-token",
        {"type": "hunter2-token-that-is-long"},
        {"type": "http", "scheme": "Bearer hunter2-token"},
        {"type": "apiKey", "name": "X-Key:hunter2-token"},
        {"type": "oauth2", "tokenUrl": "https://user:hunter2-token@id.example"},
        {**OAUTH, "secrets": {"pin": ["hunter2-token"]}},
        {**OAUTH, "secrets": "hunter2-token"},
        {**OAUTH, "params": {"refresh_token": ["hunter2-token"]}},
        {**OAUTH, "body": ["hunter2-token"]},
    ],
    ids=str,
)
def test_a_refusal_shows_no_secret(auth):
    with pytest.raises(InvalidVendorError) as refused:
        declared({**PLAIN, "auth": auth})
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "word", ["ready", "open", "accepted", "expired", "active", "ended", "ok", "terminated"]
)
def test_a_word_with_two_faces_is_not_in_the_vocabulary(word):
    assert word not in VOCABULARY


@pytest.mark.parametrize("spelling", ["IN_PROGRESS", "in-progress", "InProgress", "In progress"])
def test_a_well_known_word_is_known_in_each_spelling(spelling):
    assert declared(PLAIN).state_of(spelling, {}) is JobState.RUNNING


def test_a_word_of_the_connection_goes_over_the_vocabulary():
    assert declared({**PLAIN, "states": {"Done ": "running"}}).state_of("DONE", {}) is JobState.RUNNING


def test_the_default_sign_in_is_a_bearer_token():
    assert declared(PLAIN).auth == HttpAuth()


def test_an_object_may_be_the_text_of_one():
    assert declared({**PLAIN, "counters": '{"n": "a.b"}'}).records.counters == {"n": "a.b"}


def test_equal_extras_declare_equal_vendors():
    assert declared(PLAIN) == declared(dict(PLAIN))


def test_an_id_is_encoded_whole():
    assert fill("/jobs/{id}", "a/b:c?") == "/jobs/a%2Fb%3Ac%3F"


def test_an_id_may_keep_its_slashes():
    assert fill("/v1/{+id}", "a/b:c@d?#") == "/v1/a/b:c@d%3F%23"


@pytest.mark.parametrize("job_id", ["../admin", "a/../b", "a/.", "./a"])
def test_an_id_that_keeps_its_slashes_leads_nowhere_else(job_id):
    with pytest.raises(InvalidJobIdError, match="another resource"):
        fill("/v1/{+id}", job_id)


def test_an_id_in_a_body_cannot_end_its_text():
    template = declared({**PLAIN, "method": "POST", "body": {"id": "{id}"}}).template
    assert fill_body(template, 'a"b') == b'{"id": "a\\"b"}'


def test_an_id_may_stand_in_the_body_alone():
    assert declared({"path": "/graphql", "method": "POST", "body": {"id": "{id}"}}).path == "/graphql"


@pytest.mark.parametrize("host", [None, "", " "], ids=repr)
def test_a_connection_without_a_host_is_refused(host):
    with pytest.raises(InvalidConnectionError, match="has no host: put the URL of the API"):
        account(PLAIN, host=host)


def test_a_connection_without_a_login_is_refused_where_one_is_needed():
    with pytest.raises(InvalidConnectionError, match="has no Login: put it into the login field"):
        account({**PLAIN, "auth": OAUTH})


UNUSED = {
    "a login beside a token": (
        {"login": "me"},
        {},
        "has a login, which the sign-in of HTTP API does not use",
    ),
    "a login beside a key": (
        {"login": "me"},
        {"type": "apiKey", "in": "query", "name": "k"},
        "has a login, which the sign-in of HTTP API does not use",
    ),
    "a login for an open API": (
        {"login": "me", "password": None},
        {"type": "none"},
        "has a login, which the sign-in of HTTP API does not use",
    ),
    "a password for an open API": ({}, {"type": "none"}, "has a password, which the sign-in of HTTP API"),
    "a login that a form leaves out": (
        {"login": "me"},
        {**OAUTH, "body": {"key": "{password}"}},
        "has a login, which the sign-in of HTTP API does not use",
    ),
    "a password that a form leaves out": (
        {"login": "me"},
        {**OAUTH, "body": {"user": "{login}"}},
        "has a password, which the sign-in of HTTP API does not use; leave it out, or declare",
    ),
}


@pytest.mark.parametrize("case", UNUSED)
def test_what_the_sign_in_does_not_use_is_refused(case):
    fields, auth, message = UNUSED[case]
    extra = {**PLAIN, "auth": auth} if auth else PLAIN
    with pytest.raises(InvalidConnectionError, match=re.escape(message)):
        account(extra, **fields)


def test_an_open_api_needs_no_password():
    assert account({**PLAIN, "auth": {"type": "none"}}, password=None).secret == ""


def test_a_basic_sign_in_may_be_a_login_alone():
    auth = {"type": "http", "scheme": "basic"}
    assert account({**PLAIN, "auth": auth}, login="key", password=None).secret == ""


def test_each_secret_and_each_part_of_it_is_redacted():
    auth = {**OAUTH, "secrets": {"pair": "first-half:second-half"}, "params": {"pair": "{pair}"}}
    held = account({**PLAIN, "auth": auth})
    assert held.redact("pair first-half:second-half, alone second-half") == "pair ***, alone ***"


def test_no_representation_shows_a_secret():
    auth = {**OAUTH, "secrets": {"pin": "hunter2-pin"}, "params": {"pin": "{pin} hunter2-pin"}}
    assert "hunter2" not in repr(account({**PLAIN, "auth": auth}))
