"""The calls of a declared API: sign-in, poll, cancel and the test button, over the wire."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl

import pytest

from airflow_jobstatus.protocol.errors import InvalidConnectionError, UnauthorizedError
from tests.support import secret
from tests.support.scripted_server import Reply

RUNNING = Reply(body={"status": "running"})
TOKEN = Reply(body={"access_token": "t0ken-1"})
OAUTH = {"type": "oauth2", "tokenUrl": "/token"}


@pytest.fixture
def hook(connect, server):
    """Give a function that gives a hook on an API that is declared."""
    return lambda extra, **fields: connect(
        "http_job", server.url, extra={"path": "/jobs/{id}", **extra}, **fields
    )


def form_of(request):
    return dict(parse_qsl(request.body.decode()))


def signed_in(server, hook, auth, **fields):
    """Poll once; give the two requests that this took."""
    server.play(TOKEN, RUNNING)
    hook({"auth": {**OAUTH, **auth}}, login="me", **fields).get_job("j")
    return server.requests


def test_the_form_has_client_id_and_secret(server, hook):
    assert form_of(signed_in(server, hook, {})[0]) == {
        "grant_type": "client_credentials",
        "client_id": "me",
        "client_secret": secret.KEY,
    }


def test_scope_grant_and_params_go_into_the_form(server, hook):
    auth = {
        "grant_type": "password",
        "scope": "s",
        "params": {"pin": "{pin}!"},
        "secrets": {"pin": "12345678"},
    }
    form = form_of(signed_in(server, hook, auth)[0])
    assert (form["grant_type"], form["scope"], form["pin"]) == ("password", "s", "12345678!")


def test_a_body_is_the_whole_form(server, hook):
    auth = {"encoding": "json", "body": {"user": {"name": "{login}"}, "pass": "{password}", "keep": True}}
    sent = json.loads(signed_in(server, hook, auth)[0].body)
    assert sent == {"user": {"name": "me"}, "pass": secret.KEY, "keep": True}


def test_the_token_is_a_bearer_by_default(server, hook):
    assert signed_in(server, hook, {})[1].headers["authorization"] == "Bearer t0ken-1"


def test_the_token_may_have_a_scheme(server, hook):
    assert signed_in(server, hook, {"scheme": "Token"})[1].headers["authorization"] == "Token t0ken-1"


def test_the_token_may_have_a_header_of_its_own(server, hook):
    assert signed_in(server, hook, {"name": "X-Session"})[1].headers["x-session"] == "t0ken-1"


def test_the_token_stands_where_the_declaration_says(server, hook):
    server.play(Reply(body={"session": {"id": "s1"}}), RUNNING)
    hook({"auth": {**OAUTH, "token": "session.id"}}, login="me").get_job("j")
    assert server.requests[1].headers["authorization"] == "Bearer s1"


def test_a_refused_token_is_bought_anew_once(server, hook):
    server.play(TOKEN, Reply(status=401, body={}), Reply(body={"access_token": "t0ken-2"}), RUNNING)
    hook({"auth": OAUTH}, login="me").get_job("j")
    assert server.requests[-1].headers["authorization"] == "Bearer t0ken-2"


def test_no_error_shows_a_secret_of_the_declaration(server, hook):
    server.play(Reply(status=401, body={"message": "refresh-me-1 is spent"}))
    auth = {**OAUTH, "params": {"refresh_token": "{r}"}, "secrets": {"r": "refresh-me-1"}}
    with pytest.raises(UnauthorizedError, match=r"\*\*\* is spent"):
        hook({"auth": auth}, login="me").get_job("j")


def test_a_poll_may_post_a_body(server, hook):
    server.play(RUNNING)
    hook({"path": "/graphql", "method": "post", "body": {"v": {"id": "{id}"}}}).get_job("a/1")
    [request] = server.requests
    assert (request.method, json.loads(request.body)) == ("POST", {"v": {"id": "a/1"}})


def test_a_posted_body_is_json(server, hook):
    server.play(RUNNING)
    hook({"path": "/graphql", "method": "POST", "body": {"id": "{id}"}}).get_job("1")
    assert server.requests[0].headers["content-type"] == "application/json"


def test_a_cancel_has_its_own_method_path_and_body(server, hook):
    server.play(Reply(status=202))
    cancel = {"method": "PATCH", "path": "/stop/{id}", "body": {"state": "Aborted"}}
    assert hook({"cancel": cancel}).cancel_job("1") is True
    [request] = server.requests
    assert (request.method, request.path, json.loads(request.body)) == (
        "PATCH",
        "/stop/1",
        {"state": "Aborted"},
    )


def test_a_cancel_of_a_job_that_has_ended_is_none(server, hook):
    server.play(Reply(status=409))
    assert hook({"cancel": {"path": "/jobs/{id}"}}).cancel_job("1") is False


@pytest.mark.parametrize("code", [200, 400, 404, 500])
def test_without_a_probe_any_answer_counts(server, hook, code):
    server.play(Reply(status=code, body={"message": "no such job"}))
    assert hook({}).test_connection()[0]


def test_without_a_probe_a_page_with_code_200_does_not_count(server, hook):
    server.play(Reply(body="<html><title>Sign in</title></html>"))
    good, message = hook({}).test_connection()
    assert not good
    assert "Check that the host of the connection is the vendor's API" in message


@pytest.mark.parametrize("code", [401, 403])
def test_without_a_probe_a_refused_credential_does_not_count(server, hook, code):
    server.play(Reply(status=code, body={}))
    assert not hook({}).test_connection()[0]


def test_a_probe_is_polled(server, hook):
    server.play(Reply(body=[]))
    assert hook({"probe": "/jobs?limit=1"}).test_connection()[0]
    assert server.paths == ["/jobs?limit=1"]


def test_a_probe_that_finds_nothing_does_not_count(server, hook):
    server.play(Reply(status=404, body={}))
    assert not hook({"probe": "/jobs"}).test_connection()[0]


def test_the_test_button_says_what_the_declaration_lacks(server, hook):
    server.play(Reply(body={}))
    message = hook({"counters": {"n": "n"}}).test_connection()[1]
    assert "no probe" in message
    assert "no cancel" in message
    assert "counters" not in message


def test_the_test_button_says_what_cannot_be_used_without_the_id(hook):
    good, message = hook({"path": "/jobs"}).test_connection()
    assert not good
    assert message.startswith(
        "The connection declares what cannot be used: extra.path must be a path with {id}"
    )


def test_a_mistake_is_shown_before_any_call(server, hook):
    with pytest.raises(InvalidConnectionError, match=r"'http_job_default' has a field .* use 'path'"):
        hook({"pth": "/jobs/{id}"}).get_job("j")
    assert server.requests == []


TYPED = "s3cret-typed-elsewhere"
BARE = "stypedelsewhere"


@pytest.mark.parametrize(
    "declared",
    [
        {"path": f"/jobs?key={TYPED}"},
        {"path": f"Authorization: Bearer {TYPED}"},
        {"method": TYPED},
        {"status": f"Bearer {TYPED}"},
        {"counters": {TYPED: "n"}},
        {"counters": {"n": f"{TYPED}["}},
        {"outputs": {"n": [TYPED]}},
        {"times": {BARE: "at"}},
        {"states": {"done": TYPED}},
        {"states": {TYPED: "done"}},
        {"states": {TYPED: "failed", TYPED.upper(): "running"}},
        {"http_states": {TYPED: "running"}},
        {"http_states": {"404": TYPED}},
        {"console": TYPED},
        {"probe": TYPED},
        {"auth": TYPED},
        {"auth": {"type": TYPED}},
        {"auth": {"type": "http", "scheme": TYPED + " x"}},
        {"auth": {"type": "http", TYPED: "x"}},
        {"auth": {"type": "http", BARE: "x"}},
        {"auth": {"type": "http", f"{BARE}.{BARE}": "x"}},
        {"status": f"data {BARE}"},
        {"status": f"'{BARE}'"},
        {"counters": {"total": f"a {BARE}"}},
        {"percent": f"a[{BARE}]"},
        {"submit": {"path": "/a", "id": f"a {BARE}"}},
        {"auth": {"type": "apiKey", "name": f"X-Key: {TYPED}"}},
        {"auth": {"type": "oauth2", "tokenUrl": f"https://u:{TYPED}@h.example/token"}},
        {"auth": {"type": "oauth2", "tokenUrl": "/t", "params": {"a": f"{{{BARE}}}"}}},
        {"auth": {"type": "oauth2", "tokenUrl": "/t", "secrets": {BARE: "x"}}},
        {"auth": {"type": "oauth2", "tokenUrl": "/t", "secrets": {BARE: "x"}, "params": {"a": "{b}"}}},
        {"submit": {"path": "/jobs", BARE: "x"}},
        {"submit": {"path": "/jobs", "id": f"{TYPED}["}},
        {"submit": {"path": "/jobs", "idempotency_header": f"Key: {TYPED}"}},
        {"cancel": {"path": "/jobs/{id}", "ended_codes": [TYPED]}},
        {"results": {"path": "/jobs/{id}", "format": [TYPED]}},
        {"results": {"output": TYPED}},
        {TYPED: "x"},
        {"headers": {f"X-Key {TYPED}": "x"}},
        {"headers": TYPED},
        {"timeout": TYPED},
    ],
    ids=str,
)
def test_a_mistake_repeats_nothing_that_was_typed(hook, declared):
    with pytest.raises(InvalidConnectionError) as refused:
        hook(declared).get_job("j")
    assert not {word for word in (TYPED, BARE) if word in str(refused.value).lower()}


def test_a_mistake_drags_nothing_along(hook):
    with pytest.raises(InvalidConnectionError) as refused:
        hook({"path": "/jobs"}).get_job("j")
    assert refused.value.__context__ is None
    assert refused.value.__cause__ is None
