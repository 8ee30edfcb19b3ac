"""Whether a request that had no answer may have arrived, whichever library carried it."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Callable
from typing import Any

import pytest
import trustme

from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.errors import TransportError
from airflow_jobstatus.protocol.http import Flow, Request
from airflow_jobstatus.transports import aio, sync
from airflow_jobstatus.vendors import GEOBRIDGE
from lab.until import until
from tests.support.scripted_server import Reply, ScriptedServer


def with_requests(account: Account, flow: Flow[Any]) -> Any:
    with sync.Transport(account) as transport:
        return transport.run(flow)


def with_aiohttp(account: Account, flow: Flow[Any]) -> Any:
    async def run() -> Any:
        async with aio.Transport(account) as transport:
            return await transport.run(flow)

    return asyncio.run(run())


Run = Callable[[Account, Flow[Any]], Any]
CARRIERS: dict[str, Run] = {"requests": with_requests, "aiohttp": with_aiohttp}
SOON = 1
"""A time limit that a test waits for; no other is to fire."""
carriers = pytest.mark.parametrize("run", CARRIERS.values(), ids=CARRIERS)


@pytest.fixture
def account(ca_bundle) -> Callable[..., Account]:
    def account(url: str, **fields: Any) -> Account:
        values = {"secret": "key", "ca_bundle": ca_bundle, "timeout": 60, **fields}
        return Account(vendor=GEOBRIDGE, base_url=url, **values)

    return account


def posted(account: Account, delay: float = 0.0) -> Flow[bool | None]:
    """Give whether a request without an answer may have arrived, None for one that has an answer."""
    try:
        yield Request("POST", f"{account.base_url}/jobs", body=b"{}", delay=delay)
    except TransportError as error:
        return error.may_have_arrived
    return None


LOST = {
    "reset before an answer": Reply(keep=0, then="reset"),
    "closed without an answer": Reply(keep=0, then="close"),
    "hang before an answer": Reply(keep=0, then="hang"),
    "hang within the body": Reply(body={"id": "job-1"}, keep=-3, then="hang"),
    "broken gzip": Reply(body=b"no gzip", headers={"Content-Encoding": "gzip"}),
}


@carriers
@pytest.mark.parametrize("reply", LOST.values(), ids=LOST)
def test_a_request_whose_answer_is_lost_may_have_arrived(run, account, server, reply):
    server.play(reply)
    here = account(server.url, timeout=SOON) if reply.then == "hang" else account(server.url)
    assert run(here, posted(here)) is True
    assert until(lambda: server.requests, within=10, every=0.01)


@carriers
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_request_to_a_closed_port_cannot_have_arrived(run, account, closed_port, scheme):
    here = account(f"{scheme}://127.0.0.1:{closed_port}")
    assert run(here, posted(here)) is False


@carriers
@pytest.mark.usefixtures("unknown_names")
def test_a_request_to_a_name_without_an_address_cannot_have_arrived(run, account):
    here = account("http://nowhere.invalid")
    assert run(here, posted(here)) is False


@carriers
def test_a_request_to_whom_is_not_trusted_cannot_have_arrived(run, account):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with ScriptedServer(Reply(), tls=context) as server:
        here = account(server.url)
        assert run(here, posted(here)) is False
    assert not server.requests


@carriers
def test_a_request_over_tls_to_a_server_without_it_cannot_have_arrived(run, account, server):
    here = account(server.url.replace("http:", "https:"))
    assert run(here, posted(here)) is False


@carriers
def test_a_request_through_a_proxy_that_is_not_there_cannot_have_arrived(run, account, server, closed_port):
    here = account(server.url, proxy=f"http://127.0.0.1:{closed_port}")
    assert run(here, posted(here)) is False


@carriers
def test_a_request_whose_handshake_hangs_cannot_have_arrived(run, account):
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        here = account(f"https://127.0.0.1:{deaf.getsockname()[1]}", timeout=SOON)
        assert run(here, posted(here)) is False


@carriers
def test_a_request_waits_as_long_as_it_is_to(run, account, server):
    here = account(server.url)
    began = time.monotonic()
    assert run(here, posted(here, delay=0.2)) is None
    assert time.monotonic() - began >= 0.2


@carriers
def test_an_earlier_request_that_arrived_says_nothing_of_a_later_one(run, account, server, closed_port):
    def posted_twice(here: Account) -> Flow[bool | None]:
        yield Request("POST", f"{here.base_url}/jobs", body=b"{}")
        elsewhere = account(f"http://127.0.0.1:{closed_port}")
        return (yield from posted(elsewhere))

    server.play(Reply(body={}))
    here = account(server.url)
    assert run(here, posted_twice(here)) is False
