"""Secrets are planted everywhere and echoed by every fault; none may ever be shown."""

from __future__ import annotations

import json
import logging
import os
from urllib.parse import quote

import pytest

from airflow_jobstatus.protocol.errors import JobStatusError
from airflow_jobstatus.protocol.http import Request
from lab.until import until
from tests.support import fixture, secret
from tests.support.carrier import CARRIERS
from tests.support.fault import FAULTS
from tests.support.scripted_server import Reply
from tests.support.secret import ENCODINGS, leaks, shown

JOB_ID = "job-1"
HELD = f"{secret.KEY} {secret.GATEWAY}"
"""The secrets of a connection without a proxy."""
POLLS = pytest.mark.parametrize("poll", CARRIERS.values(), ids=CARRIERS)
KINDS = {(fault.kind, fault.layer, fault.http_status): name for name, fault in FAULTS.items()}
ROUTES = pytest.mark.parametrize(
    ("name", "proxied"),
    [
        *(pytest.param(name, False, id=f"{name}, direct") for name in FAULTS),
        *(pytest.param(name, True, id=f"{name}, through a proxy") for name in KINDS.values()),
    ],
)
"""Every fault direct, and one of each kind through a proxy."""


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.DEBUG)
    return caplog


def planted(connect, server, vendor="courier", *, proxied, **extra):
    """Give a hook whose connection holds every secret; a proxy plays the API just as well."""
    extra = {"headers": {"X-Gateway": secret.GATEWAY}, **extra}
    if not proxied:
        return connect(vendor, server.url, extra=extra)
    login = f"user:{quote(secret.PROXY_PASSWORD, safe='')}"
    return connect(
        vendor, "http://api.example.com", extra={**extra, "proxy": f"http://{login}@127.0.0.1:{server.port}"}
    )


def outcome(poll, hook) -> str:
    """Give everything that a log could show of a poll, whatever came of it."""
    try:
        job = poll(hook, JOB_ID)
    except JobStatusError as error:
        return shown(error)
    return f"{job}\n{job!r}\n{job.to_dict()}"


@POLLS
@ROUTES
def test_a_fault_shows_no_secret(poll, proxied, connect, server, log, name):
    fault = FAULTS[name]
    server.play(fault.reply)
    text = outcome(poll, planted(connect, server, proxied=proxied, **fault.extra))
    assert until(lambda: server.requests, within=10, every=0.01)
    assert leaks(text + log.text, but="" if proxied else "proxy password") == []


@POLLS
@pytest.mark.parametrize(
    ("vendor", "name", "status"),
    [
        *((*names, 200) for names in sorted(fixture.names())),
        *((*names, status) for names in dict(sorted(fixture.names())).items() for status in (401, 500)),
    ],
)
def test_an_answer_shows_no_secret(poll, connect, server, log, vendor, name, status):
    server.play(Reply(status=status, body=echoing(fixture.load(vendor, name))))
    text = outcome(poll, planted(connect, server, vendor, proxied=False))
    assert leaks(text + log.text) == []


def echoing(value):
    """Give a JSON value whose every text ends in every secret, status words excepted."""
    if isinstance(value, dict):
        return {name: item if name == "status" else echoing(item) for name, item in value.items()} | {
            "callback": {"secret": secret.CALLBACK}
        }
    if isinstance(value, list):
        return [echoing(item) for item in value]
    return f"{value} {HELD} {quote(HELD, safe='')}" if isinstance(value, str) else value


@POLLS
def test_a_status_word_with_a_secret_in_it_is_told_without(poll, connect, server, log):
    server.play(Reply(body={"job": {"status": f"odd {secret.KEY}"}}))
    assert leaks(outcome(poll, planted(connect, server, proxied=False)) + log.text) == []


@POLLS
@pytest.mark.parametrize(
    ("form", "limit"),
    [("{}", 120), ("<title>{}</title>", 120), ('{{"message": "{}"}}', 300), ('{{"{}": 1}}', 300)],
    ids=["text", "title", "message", "field"],
)
@pytest.mark.parametrize("inside", [3, 8, 14])
def test_a_secret_that_a_cut_would_split_is_not_shown_in_part(poll, connect, server, form, limit, inside):
    for before in range(limit - inside - 10, limit - inside + 1):
        server.play(Reply(status=500, body=form.format("x" * before + secret.KEY)))
        assert secret.KEY[:3] not in outcome(poll, planted(connect, server, proxied=False))


@POLLS
@pytest.mark.parametrize("change", [str.upper, str.lower])
def test_a_secret_is_known_again_in_another_letter_case(poll, connect, server, change):
    server.play(Reply(status=400, body={"message": change(f"{HELD} {quote(HELD, safe='')}")}))
    assert leaks(outcome(poll, planted(connect, server, proxied=False))) == []


@POLLS
def test_a_key_in_the_query_is_not_logged(poll, connect, server, log):
    server.play(Reply(body={"state": "running"}))
    auth = {"type": "apiKey", "in": "query", "name": "key"}
    hook = connect("http_job", server.url, extra={"path": "/jobs/{id}", "status": "state", "auth": auth})
    assert leaks(outcome(poll, hook) + log.text) == []
    assert "key=" not in log.text


@POLLS
def test_a_bought_token_is_not_shown(poll, connect, server, log):
    grant = Reply(body={"access_token": secret.TOKEN, "expires_in": 3600})
    server.play(grant, Reply(status=403, body={"message": f"{secret.TOKEN} {secret.KEY}"}))
    hook = connect("elastic_path", server.url, login=secret.CLIENT_ID)
    assert leaks(outcome(poll, hook) + log.text) == []


@POLLS
@pytest.mark.parametrize("status", [200, 400, 401, 404, 429, 500])
def test_a_failed_sign_in_shows_no_secret(poll, connect, server, log, status):
    server.play(Reply(status=status, body={"message": f"no {secret.KEY} {quote(secret.KEY, safe='')}"}))
    hook = connect("elastic_path", server.url, login=secret.CLIENT_ID)
    assert leaks(outcome(poll, hook) + log.text) == []


@POLLS
@pytest.mark.parametrize("status", [407, 502])
def test_a_proxy_that_refuses_to_tunnel_shows_no_secret(poll, connect, server, log, status):
    server.play(Reply(status=status, body=secret.ECHO, headers={"X-Echo": secret.ECHO}))
    login = f"user:{quote(secret.PROXY_PASSWORD, safe='')}"
    proxy = f"http://{login}@127.0.0.1:{server.port}"
    text = outcome(poll, connect("courier", "https://api.example.com", extra={"proxy": proxy}))
    assert server.requests[0].method == "CONNECT"
    assert leaks(text + log.text) == []


def test_no_representation_of_what_holds_a_secret_shows_it(connect, server):
    hook = planted(connect, server, proxied=True)
    request = hook.api.account.request("GET", "/").with_headers({"Authorization": f"Bearer {secret.KEY}"})
    session = hook.get_conn()
    texts = [repr(thing) + str(thing) for thing in (hook, hook.api, hook.api.account, request, session)]
    assert leaks("\n".join(texts)) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"host": f"http://user:{secret.KEY}@h"},
        {"host": f"http://h:{secret.KEY}"},
        {"host": f"http://u:{secret.KEY}@h\u2100"},
        {"extra": {"headers": {"X": f"{secret.KEY}\n"}}},
        {"extra": {"headers": f"{secret.KEY}"}},
        {"extra": {"proxy": f"{secret.KEY}"}},
        {"extra": {"proxy": f"http://u:{secret.KEY}@h:x"}},
        {"password": f"{secret.KEY}\n."},
    ],
    ids=str,
)
def test_the_refusal_of_a_connection_shows_no_secret(connect, fields):
    values = {"conn_type": "courier", "password": secret.KEY, **fields}
    connect.define("planted", values)
    hook = type(connect("courier", None))("planted")
    with pytest.raises(JobStatusError) as caught:
        hook.get_job("1")
    assert leaks(shown(caught.value)) == []


FORMS = {
    "text": "{}",
    "page": "<html><title>{}</title></html>",
    "body": '{{"error": {{"Message": {}}}}}',
    "list": '[{{"detail": {}}}]',
}


@POLLS
@pytest.mark.parametrize(("form", "status"), [("page", 200), *((form, 403) for form in FORMS)])
@pytest.mark.parametrize("name", ENCODINGS)
def test_an_echo_shows_no_secret_however_it_is_encoded(poll, connect, server, log, form, name, status):
    words = [secret.KEY, secret.GATEWAY, secret.TOKEN]
    echo = " and ".join(f"<{ENCODINGS[name](word)}>" for word in words)
    shape = FORMS[form]
    body = shape.format(json.dumps(echo) if form in {"body", "list"} else echo)
    server.play(Reply(status=status, body=body))
    headers = {"X-Gateway": secret.GATEWAY, "X-Gateway-Authorization": f"Bearer {secret.TOKEN}"}
    text = outcome(poll, connect("courier", server.url, extra={"headers": headers})) + log.text
    assert leaks(text) == []
    assert not [word for word in words if ENCODINGS[name](word)[-12:] in text]


@POLLS
@pytest.mark.parametrize("name", KINDS.values())
def test_the_frames_of_an_error_show_no_secret(poll, connect, server, name):
    fault = FAULTS[name]
    server.play(fault.reply)
    hook = planted(connect, server, proxied=True, **fault.extra)
    with pytest.raises(JobStatusError) as caught:
        poll(hook, JOB_ID)
    assert leaks(frames(caught.value)) == []


@POLLS
@pytest.mark.parametrize(
    "fields",
    [
        {"extra": {"headers": {f"X: {secret.KEY}": "1"}}},
        {"extra": {"headers": {f"Authorization: Bearer {secret.KEY}": ""}}},
        {"extra": {f"Authorization: Bearer {secret.KEY}": ""}},
        {"extra": {"ca_bundle": secret.KEY}},
        {"extra": {"states": {"A": secret.KEY}}},
        {"extra": {"timeout": secret.KEY}},
        {"extra": {"verify": secret.KEY}},
        {"extra": f"{{{secret.KEY}"},
        {"host": f"{secret.KEY}://h"},
        {"schema": f"{secret.KEY}://h"},
        {"schema": f"a?{secret.KEY}"},
        {"login": secret.KEY},
    ],
    ids=str,
)
def test_nothing_that_was_typed_into_a_connection_is_repeated(poll, connect, fields):
    connect.define("planted", {"conn_type": "courier", "password": secret.KEY, **fields})
    with pytest.raises(JobStatusError) as caught:
        poll(type(connect("courier", None))("planted"), "1")
    assert leaks(shown(caught.value) + frames(caught.value)) == []


def test_a_header_that_cannot_be_parsed_is_not_logged(connect, server, log):
    raw = f"HTTP/1.1 200 OK\r\n{secret.KEY} no colon\r\nContent-Length: 2\r\n\r\n{{}}".encode()
    server.play(Reply(raw=raw, then="close"))
    assert leaks(outcome(CARRIERS["requests"], planted(connect, server, proxied=False)) + log.text) == []


def test_a_key_in_the_query_is_not_shown_by_a_request():
    request = Request(
        "GET", f"https://h.example/jobs?key={secret.KEY}", {"X": secret.KEY}, secret.KEY.encode()
    )
    assert leaks(repr(request)) == []


def frames(error: BaseException) -> str:
    """Give the local variables of every frame of ours through which an error came."""
    seen = []
    while error is not None:
        trace = error.__traceback__
        while trace is not None:
            if f"{os.sep}airflow_jobstatus{os.sep}" in trace.tb_frame.f_code.co_filename:
                seen.append(repr(dict(trace.tb_frame.f_locals)))
            trace = trace.tb_next
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(seen)
