"""Signing in: driven by hand for the rules, over aiohttp for what happens at once."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs

import pytest

from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.api import Api
from airflow_jobstatus.protocol.auth import make_auth
from airflow_jobstatus.protocol.errors import NotFoundError, PermanentError, TransientError, UnauthorizedError
from airflow_jobstatus.protocol.http import Response
from airflow_jobstatus.protocol.signing import Auth, Signature
from airflow_jobstatus.transports.aio import Transport
from airflow_jobstatus.vendors.elastic_path import ELASTIC_PATH
from tests.support import fixture
from tests.support.carrier import CARRIERS
from tests.support.clock import Clock
from tests.support.scripted_server import Recorded, Reply

POLLS = pytest.mark.parametrize("poll", CARRIERS.values(), ids=CARRIERS)
JOB = Reply(body={"data": {"status": "pending"}})
REFUSED = Reply(status=401, body=fixture.load("elastic_path", "error_401"))


def account(url: str = "https://api.example.com", ca_bundle: str = "") -> Account:
    return Account(vendor=ELASTIC_PATH, base_url=url, login="id", secret="s&c=ret", ca_bundle=ca_bundle)


def grant(token: str = "token-1", **more) -> Reply:
    return Reply(body={"access_token": token, "token_type": "Bearer", "expires_in": 3600, **more})


class Shop:
    """Plays Elastic Path: sells numbered tokens and refuses all that it was told to."""

    def __init__(self) -> None:
        self.sold = 0
        self.refused: set[str] = set()
        self.delay = 0.0

    def __call__(self, request: Recorded) -> Reply:
        if request.path == "/oauth/access_token":
            self.sold += 1
            return Reply(**{**vars(grant(f"token-{self.sold}")), "delay": self.delay})
        return REFUSED if request.headers["authorization"].split()[1] in self.refused else JOB


@pytest.fixture
def shop(server) -> Shop:
    shop = Shop()
    server.play(shop)
    return shop


def signed(auth: Auth, *replies: Reply) -> tuple[str, int]:
    """Drive one sign-in; give the header and how many of the replies were used."""
    flow, used = auth.sign(), 0
    try:
        next(flow)
        while True:
            reply = replies[used]
            used += 1
            flow.send(Response(reply.status, {}, reply.head_and_body()[1]))
    except StopIteration as end:
        return end.value.headers["Authorization"], used


def test_a_token_is_kept_until_a_minute_before_its_end():
    clock = Clock()
    auth = make_auth(account(), clock)
    assert signed(auth, grant("one")) == ("Bearer one", 1)
    clock.advance(3600 - 61)
    assert signed(auth, grant("two")) == ("Bearer one", 0)
    clock.advance(1)
    assert signed(auth, grant("two")) == ("Bearer two", 1)


def test_a_short_token_is_kept_for_nine_tenths_of_its_life():
    clock = Clock()
    auth = make_auth(account(), clock)
    signed(auth, grant("one", expires_in=10))
    clock.advance(8.9)
    assert signed(auth, grant("two"))[1] == 0
    clock.advance(0.2)
    assert signed(auth, grant("two"))[1] == 1


@pytest.mark.parametrize("lifetime", ["soon", True, 0, -1, 1e12, [3600]])
def test_a_token_without_a_sane_lifetime_is_kept_for_less_than_a_minute(lifetime):
    clock = Clock()
    auth = make_auth(account(), clock)
    signed(auth, grant("one", expires_in=lifetime))
    clock.advance(50)
    assert signed(auth, grant("two"))[1] == 0
    clock.advance(10)
    assert signed(auth, grant("two"))[1] == 1


@pytest.mark.parametrize(
    "answer", [{"expires_in": None}, {"expires_in": float("inf")}, {}, {"lifetime": 5}], ids=str
)
def test_a_token_without_a_lifetime_is_kept_until_it_is_refused(answer):
    clock = Clock()
    auth = make_auth(account(), clock)
    signed(auth, Reply(body={"access_token": "one", **answer}))
    clock.advance(1e9)
    assert signed(auth, grant("two"))[1] == 0


def test_a_refusal_of_an_older_token_does_not_cost_the_newer_one():
    auth = make_auth(account(), Clock())
    old = Signature(headers={"Authorization": signed(auth, grant("one"))[0]})
    auth.renew(old)
    signed(auth, grant("two"))
    auth.renew(old)
    assert signed(auth, grant("three")) == ("Bearer two", 0)


@pytest.mark.parametrize("name", ["token_200", "token_200_wrapped", "token_200_implicit_wrapped"])
def test_a_token_is_read_flat_and_wrapped(name):
    body = fixture.load("elastic_path", name)
    token = body.get("data", body)["access_token"]
    assert signed(make_auth(account(), Clock()), Reply(body=body))[0] == f"Bearer {token}"


@POLLS
@pytest.mark.usefixtures("shop")
def test_the_credentials_are_sent_as_a_form_to_the_accounts_own_host(poll, connect, server):
    poll(connect("elastic_path", server.url, login="i d", password="s&c=ret"), "1")
    request = server.requests[0]
    assert (request.method, request.path) == ("POST", "/oauth/access_token")
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(request.body.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["i d"],
        "client_secret": ["s&c=ret"],
    }


def test_one_hook_buys_one_token_for_many_polls(connect, server, shop):
    hook = connect("elastic_path", server.url, login="id")
    for _ in range(5):
        hook.get_job("1")
    assert shop.sold == 1


@POLLS
def test_a_refused_token_is_renewed_once_and_the_poll_repeated(poll, connect, server, shop):
    shop.refused = {"token-1"}
    assert poll(connect("elastic_path", server.url, login="id"), "1").status == "pending"
    assert server.paths == ["/oauth/access_token", "/v2/jobs/1"] * 2


@POLLS
def test_a_second_refusal_ends_the_poll_after_one_renewal(poll, connect, server, shop):
    shop.refused = {"token-1", "token-2"}
    with pytest.raises(UnauthorizedError, match="Unable to validate access token"):
        poll(connect("elastic_path", server.url, login="id"), "1")
    assert server.paths == ["/oauth/access_token", "/v2/jobs/1"] * 2


@POLLS
def test_a_ready_token_is_sent_without_a_sign_in(poll, connect, server):
    server.play(JOB)
    poll(connect("elastic_path", server.url, password="ready"), "1")
    assert [(r.path, r.headers["authorization"]) for r in server.requests] == [("/v2/jobs/1", "Bearer ready")]


@POLLS
def test_a_ready_token_that_is_refused_is_not_renewed(poll, connect, server):
    server.play(REFUSED)
    with pytest.raises(UnauthorizedError):
        poll(connect("elastic_path", server.url, password="ready"), "1")
    assert len(server.requests) == 1


@POLLS
@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (
            Reply(status=400, body={"errors": [{"title": "Bad Request"}]}),
            PermanentError,
            "sign-in: HTTP 400 Bad",
        ),
        (
            Reply(status=401, body={"errors": [{"title": "Nope"}]}),
            UnauthorizedError,
            "HTTP 401 Unauthorized: Nope",
        ),
        (Reply(status=403), UnauthorizedError, "sign-in: HTTP 403"),
        (Reply(status=404), PermanentError, "check the connection's host"),
        (Reply(status=429, headers={"Retry-After": "9"}), TransientError, "sign-in: HTTP 429"),
        (Reply(status=500, body={"errors": [{"detail": "a problem"}]}), TransientError, "a problem"),
        (Reply(body="<title>Welcome</title>"), TransientError, "page titled 'Welcome'"),
        (Reply(body=[]), PermanentError, "JSON that is not an object"),
        (Reply(body={}), PermanentError, "without an access_token"),
        (Reply(body={"data": {"access_token": None}}), PermanentError, "without an access_token"),
        (Reply(body={"access_token": " "}), PermanentError, "without an access_token"),
        (Reply(body={"access_token": "a\nb"}), PermanentError, "without an access_token"),
        (Reply(body={"access_token": "ä"}), PermanentError, "without an access_token"),
    ],
    ids=str,
)
def test_a_failed_sign_in_is_classed_like_any_call_and_named_as_such(
    poll, connect, server, reply, kind, words
):
    server.play(reply)
    with pytest.raises(kind) as caught:
        poll(connect("elastic_path", server.url, login="id"), "7")
    assert type(caught.value) is kind
    assert not isinstance(caught.value, NotFoundError)
    assert words in str(caught.value)
    assert str(caught.value).startswith("Elastic Path job '7': ")
    assert len(server.requests) == 1


@POLLS
def test_the_retry_after_of_a_sign_in_is_kept(poll, connect, server):
    server.play(Reply(status=429, headers={"Retry-After": "9"}))
    with pytest.raises(TransientError) as caught:
        poll(connect("elastic_path", server.url, login="id"), "1")
    assert caught.value.retry_after == 9


async def many_polls(api: Api, count: int = 50) -> None:
    async with Transport(api.account) as transport:
        await asyncio.gather(*(transport.run(api.get_job(str(n))) for n in range(count)))


async def test_many_polls_at_once_buy_one_token(server, shop, ca_bundle):
    shop.delay = 0.02
    await many_polls(Api(account(server.url, ca_bundle)))
    assert shop.sold == 1


async def test_many_refused_polls_at_once_buy_one_more_token(server, shop, ca_bundle):
    shop.refused, shop.delay = {"token-1"}, 0.02
    await many_polls(Api(account(server.url, ca_bundle)))
    assert shop.sold == 2


async def test_an_expired_token_is_renewed_once_for_many_polls(server, shop, ca_bundle):
    clock = Clock()
    api = Api(account(server.url, ca_bundle), clock)
    await many_polls(api, 3)
    clock.advance(3600)
    await many_polls(api)
    assert shop.sold == 2


async def test_a_cancelled_poll_does_not_cancel_the_sign_in_of_the_others(server, shop, ca_bundle):
    shop.delay = 0.05
    api = Api(account(server.url, ca_bundle))
    async with Transport(api.account) as transport:
        first = asyncio.create_task(transport.run(api.get_job("1")))
        second = asyncio.create_task(transport.run(api.get_job("2")))
        await asyncio.sleep(0.01)
        first.cancel()
        assert (await second).status == "pending"
    assert shop.sold == 1


def refused_at_sign_in(poll, connect, server, status, body):
    server.play(Reply(status=status, body=body))
    with pytest.raises(PermanentError) as caught:
        poll(connect("elastic_path", server.url, login="id"), "1")
    return caught.value


@pytest.mark.parametrize("poll", CARRIERS.values(), ids=CARRIERS)
@pytest.mark.parametrize("status", [200, 400, 401, 403])
@pytest.mark.parametrize("word", ["invalid_client", "unauthorized_client", "invalid_grant", "access_denied"])
def test_a_client_that_the_token_endpoint_refuses_is_unauthorized(poll, connect, server, status, word):
    error = refused_at_sign_in(poll, connect, server, status, {"error": word, "error_description": "Who?"})
    assert type(error) is UnauthorizedError
    assert f"sign-in: HTTP {status}" in str(error)
    assert f"{word}: Who?" in str(error)


@pytest.mark.parametrize("poll", CARRIERS.values(), ids=CARRIERS)
@pytest.mark.parametrize("status", [407, 408, 423, 425, 429, 503])
def test_a_code_that_says_nothing_of_the_client_refuses_none(poll, connect, server, status):
    server.play(Reply(status=status, body={"error": "access_denied"}, headers={"Retry-After": "30"}))
    with pytest.raises(TransientError) as caught:
        poll(connect("elastic_path", server.url, login="id"), "1")
    assert caught.value.retry_after == 30


@pytest.mark.parametrize("poll", CARRIERS.values(), ids=CARRIERS)
def test_a_sentence_for_people_refuses_no_client(poll, connect, server):
    assert (
        type(refused_at_sign_in(poll, connect, server, 404, {"message": "Access denied"})) is PermanentError
    )


@pytest.mark.parametrize("poll", CARRIERS.values(), ids=CARRIERS)
@pytest.mark.parametrize("word", ["invalid_request", "unsupported_grant_type", "invalid_scope"])
def test_a_request_that_the_token_endpoint_refuses_is_permanent(poll, connect, server, word):
    assert type(refused_at_sign_in(poll, connect, server, 400, {"error": word})) is PermanentError


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_former_token_is_hidden_too(number):
    auth = make_auth(account(), Clock())
    for each in range(4):
        header, _ = signed(auth, grant(f"token-{each}"))
        auth.renew(Signature(headers={"Authorization": header}))
    assert f"token-{3 - number}" in auth.secrets
