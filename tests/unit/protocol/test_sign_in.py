"""Each way to sign in, as data: what it puts into a request, and what it asks for."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import pytest

from airflow_jobstatus.protocol.api import Api
from airflow_jobstatus.protocol.http import Request, Response
from airflow_jobstatus.vendors import (
    GEOBRIDGE,
    Account,
    Flow,
    HttpAuth,
    KeyAuth,
    NoAuth,
    OAuth2,
    Signature,
    Vendor,
)
from tests.support import secret
from tests.support.carrier import CARRIERS
from tests.support.scripted_server import Reply

POLLS = pytest.mark.parametrize("poll", CARRIERS.values(), ids=CARRIERS)
GATEWAY = {"X-Gateway": "gateway-secret"}


def api(auth: Any, *, login: str | None = "id", password: str = "s&c=ret") -> Api:
    return Api(
        Account(
            vendor=replace(GEOBRIDGE, auth=auth),
            base_url="https://h.example/v1",
            login=login,
            secret=password,
            headers=GATEWAY,
            ca_bundle="",
        )
    )


def first_request(of: Api) -> Request:
    return next(of.get_job("1"))


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        (HttpAuth(), "Authorization", "Bearer s&c=ret"),
        (HttpAuth(scheme="BEARER"), "Authorization", "Bearer s&c=ret"),
        (HttpAuth(scheme="ApiKey"), "Authorization", "ApiKey s&c=ret"),
        (HttpAuth(scheme="basic"), "Authorization", "Basic aWQ6cyZjPXJldA=="),
        (KeyAuth(name="X-Key"), "X-Key", "s&c=ret"),
        (OAuth2(token_url="/t", ready_token=True), "Authorization", "Bearer s&c=ret"),
    ],
    ids=repr,
)
def test_a_credential_in_a_header_is_where_it_was_declared(auth, header, value):
    login = None if isinstance(auth, OAuth2) else "id"
    assert first_request(api(auth, login=login)).headers[header] == value


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/jobs/{id}", "https://h.example/v1/jobs/1?api%20key=s%26c%3Dret"),
        ("/jobs/{id}?full=1", "https://h.example/v1/jobs/1?full=1&api%20key=s%26c%3Dret"),
    ],
)
def test_a_key_in_the_query_is_added_to_the_path(path, url):
    signature = Signature(query={"api key": "s&c=ret"})
    request = Request("GET", f"https://h.example/v1{path.format(id=1)}")
    assert signature.apply(request).url == url


def test_a_key_in_the_query_signs_the_poll():
    assert first_request(api(KeyAuth(in_="query", name="key"))).url.endswith("/jobs/1?key=s%26c%3Dret")


def test_an_open_api_is_asked_without_a_credential():
    assert "s&c=ret" not in str([*first_request(api(NoAuth())).headers.values()])


def test_a_signature_does_not_show_its_credential():
    assert repr(Signature(headers={"A": "s"}, query={"b": "s"})) == "Signature()"


def test_the_joined_credential_of_basic_is_redacted_too():
    flow = (of := api(HttpAuth(scheme="basic"))).get_job("1")
    next(flow)
    with pytest.raises(Exception, match="bad") as caught:
        flow.send(Response(400, {}, json.dumps({"message": "bad aWQ6cyZjPXJldA=="}).encode()))
    assert "aWQ6cyZjPXJldA==" not in str(caught.value)
    assert of.account.secret not in str(caught.value)


def bought(auth: OAuth2, answer: dict[str, Any]) -> tuple[Request, Request]:
    """Give the request for a token and the one that is signed with it."""
    flow = api(auth).get_job("1")
    return next(flow), flow.send(Response(200, {}, json.dumps(answer).encode()))


ANSWER = {"access_token": "token-1"}


def test_a_token_is_bought_with_the_fields_that_are_declared():
    auth = OAuth2(token_url="/t", grant_type="g", scope="a b", params={"audience": "us"})
    form = parse_qs(bought(auth, ANSWER)[0].body.decode())
    assert form == {
        "grant_type": ["g"],
        "client_id": ["id"],
        "client_secret": ["s&c=ret"],
        "scope": ["a b"],
        "audience": ["us"],
    }


def test_a_token_is_bought_with_json_where_that_is_declared():
    request = bought(OAuth2(token_url="/t", encoding="json"), ANSWER)[0]
    assert json.loads(request.body)["client_secret"] == "s&c=ret"
    assert request.headers["Content-Type"] == "application/json"


def test_a_token_is_bought_at_the_accounts_host_with_the_connections_headers():
    request = bought(OAuth2(token_url="/t"), ANSWER)[0]
    assert (request.url, request.headers["X-Gateway"]) == ("https://h.example/v1/t", "gateway-secret")


def test_a_token_is_bought_at_another_host_without_the_connections_headers():
    request = bought(OAuth2(token_url="https://login.example/t"), ANSWER)[0]
    assert (request.url, "X-Gateway" in request.headers) == ("https://login.example/t", False)


def test_a_token_is_read_where_it_was_declared_and_sent_under_its_scheme():
    auth = OAuth2(token_url="/t", token="session.key", scheme="Session")
    assert bought(auth, {"session": {"key": "k"}})[1].headers["Authorization"] == "Session k"


class OddAuth:
    """A way to sign in of a vendor's own, that asks for a nonce with each credential."""

    secrets: tuple[str, ...] = ()

    def __init__(self, account: Account) -> None:
        self._account = account

    def sign(self) -> Flow[Signature]:
        response = yield self._account.request("GET", "/nonce")
        return Signature(headers={"X-Odd": f"{self._account.secret}-{response.json()['nonce']}"})

    def renew(self, refused: Signature) -> bool:  # noqa: ARG002  there is no other
        return False


def test_a_vendor_in_python_may_sign_in_by_a_flow_of_its_own():
    flow = api(lambda account, _: OddAuth(account)).get_job("1")
    assert next(flow).url == "https://h.example/v1/nonce"
    assert flow.send(Response(200, {}, b'{"nonce": 7}')).headers["X-Odd"] == "s&c=ret-7"


def declared(connect, server, auth: Any, **fields: Any):
    """Give a hook whose vendor signs in some way."""
    hook = connect("geobridge", server.url, **fields)
    other: Vendor = replace(GEOBRIDGE, auth=auth)
    hook.declaration = lambda _: other
    return hook


@POLLS
def test_a_key_in_the_query_goes_over_the_wire(poll, connect, server):
    server.play(Reply(body={"status": "queued"}))
    poll(declared(connect, server, KeyAuth(in_="query", name="key"), password="s&c=ret"), "1")
    assert server.requests[0].path.endswith("/bulk/jobs/1?key=s%26c%3Dret")


@POLLS
def test_a_key_in_the_query_is_in_no_error(poll, connect, server):
    server.play(Reply(keep=0, then="close"))
    with pytest.raises(Exception, match="GeoBridge job '1'") as caught:
        poll(declared(connect, server, KeyAuth(in_="query", name="key")), "1")
    assert secret.KEY not in str(caught.value)


def test_the_session_of_a_key_in_the_query_is_signed(connect, server):
    server.play(Reply(body={}))
    hook = declared(connect, server, KeyAuth(in_="query", name="key"), password="s&c=ret")
    with hook.get_conn() as session:
        session.get(f"{session.base_url}/anything?full=1")
    assert server.requests[0].path == "/anything?full=1&key=s%26c%3Dret"


def test_the_session_of_a_key_in_the_query_has_it_once_after_a_redirect(connect, server):
    server.play(Reply(status=302, headers={"Location": "/there?key=k"}), Reply(body={}))
    hook = declared(connect, server, KeyAuth(in_="query", name="key"), password="k")
    with hook.get_conn() as session:
        session.get(f"{session.base_url}/here")
    assert [request.path for request in server.requests] == ["/here?key=k", "/there?key=k"]


@POLLS
def test_an_open_api_needs_no_password(poll, connect, server):
    server.play(Reply(body={"status": "queued"}))
    assert poll(declared(connect, server, NoAuth(), password=None), "1").status == "queued"
