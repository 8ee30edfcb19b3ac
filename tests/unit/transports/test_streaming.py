"""A body that is written as it comes, over a real connection: whole or not at all, within bounds."""

from __future__ import annotations

import asyncio
import gzip
import threading
import time
import zlib
from collections.abc import Iterator, Mapping

import pytest

from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.bounds import LARGEST_ANSWER
from airflow_jobstatus.protocol.errors import Layer, TransportError
from airflow_jobstatus.protocol.http import Request, Response
from airflow_jobstatus.transports import aio, exchange, sync
from airflow_jobstatus.transports.body import PART
from airflow_jobstatus.vendors import COURIER
from tests.support.hostile import HOSTILE, played
from tests.support.scripted_server import Reply

BODY = bytes(range(256)) * 8192
GZIP = {"Content-Encoding": "gzip"}
SOON = 0.4
"""A limit that a test waits for."""


class Memory:
    """Takes a body as a file would."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.pause = 0.0
        self.fails: type[BaseException] | None = None

    def takes(self, status: int, head: Mapping[str, str]) -> bool:
        return status == 200 and head.get("content-type") != "text/html"

    def write(self, piece: bytes) -> None:
        if self.fails is not None:
            raise self.fails("the disk is full")
        time.sleep(self.pause)
        self.pieces.append(piece)

    @property
    def whole(self) -> bytes:
        return b"".join(self.pieces)


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def timeout() -> float:
    """Give the most seconds of a part of the body; by default more than a busy machine needs."""
    return 60.0


@pytest.fixture
def transport(server, timeout) -> Iterator[sync.Transport]:
    account = Account(vendor=COURIER, base_url=server.url, secret="k", timeout=timeout, ca_bundle="")
    with sync.Transport(account) as transport:
        yield transport


@pytest.fixture
def fetch(transport, server, memory):
    def run(*replies: Reply) -> Response:
        server.play(*replies)
        return transport.send(Request("GET", f"{server.url}/file", into=memory))

    return run


UNFRAMED = b"HTTP/1.1 200 OK\r\n\r\n"


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> Reply:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    framed = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return Reply(raw=head + framed + end, then="close")


def test_a_body_larger_than_any_answer_is_written_whole(fetch, memory):
    response = fetch(Reply(body=BODY))
    assert len(BODY) > LARGEST_ANSWER
    assert (response.body, memory.whole) == (b"", BODY)


def test_a_body_that_is_not_for_the_file_is_read_as_always(fetch, memory):
    response = fetch(Reply(body=b"<html>", headers={"Content-Type": "text/html"}))
    assert (response.body, memory.pieces) == (b"<html>", [])


def test_an_error_is_not_written(fetch, memory):
    assert (fetch(Reply(status=503, body={"a": 1})).json(), memory.pieces) == ({"a": 1}, [])


@pytest.mark.parametrize("packed", [gzip.compress(BODY), gzip.compress(BODY[:99]) + gzip.compress(BODY[99:])])
def test_a_compressed_body_is_written_unpacked(fetch, memory, packed):
    fetch(Reply(body=packed, headers=GZIP))
    assert memory.whole == BODY


def test_more_members_of_gzip_than_a_poll_may_have_are_all_written(fetch, memory):
    fetch(Reply(body=b"".join(gzip.compress(b"row\n") for _ in range(1500)), headers=GZIP))
    assert memory.whole == b"row\n" * 1500


def test_gzip_says_by_itself_where_it_ends(fetch, memory):
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
    fetch(Reply(raw=head + gzip.compress(BODY), then="close"))
    assert memory.whole == BODY


def test_a_deflated_body_is_written_unpacked(fetch, memory):
    fetch(Reply(body=zlib.compress(BODY), headers={"Content-Encoding": "deflate"}))
    assert memory.whole == BODY


def test_a_body_that_unpacks_to_a_thousand_times_its_size_comes_in_small_parts(fetch, memory):
    fetch(Reply(body=gzip.compress(bytes(50_000_000)), headers=GZIP))
    assert len(memory.whole) == 50_000_000
    assert max(map(len, memory.pieces)) <= PART


BROKEN = {
    "cut short of its length": Reply(body=BODY, keep=len(BODY) // 2, then="close"),
    "reset": Reply(body=BODY, keep=len(BODY) // 2, then="reset"),
    "chunks without an end": chunked(BODY[:9999], end=b""),
    "a chunk that is cut": chunked(BODY[:9999], end=b"ff\r\nabc"),
    "gzip that is cut": Reply(body=gzip.compress(BODY)[:-20], headers=GZIP),
    "gzip that is none": Reply(body=BODY, headers=GZIP),
    "no length, and a connection that is closed": Reply(raw=UNFRAMED + BODY, then="close"),
    "a length that cannot be read": Reply(
        raw=b"HTTP/1.1 200 OK\r\nContent-Length: 0100x\r\n\r\nabc", then="close"
    ),
    "gzip of nothing": Reply(body=b"", headers=GZIP),
    "chunks that are packed": Reply(
        raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", then="close"
    ),
    "an encoding that was not asked for": Reply(body=BODY, headers={"Content-Encoding": "br"}),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_body_that_breaks_off_is_never_taken_for_a_whole_one(fetch, name):
    with pytest.raises(TransportError):
        fetch(BROKEN[name])


def test_a_body_longer_than_any_results_is_given_up(fetch, monkeypatch):
    monkeypatch.setattr(sync, "LARGEST_RESULTS", 1000)
    with pytest.raises(TransportError, match="longer than 1000 bytes"):
        fetch(Reply(body=BODY))


@pytest.mark.parametrize("timeout", [SOON])
def test_a_body_that_drips_is_given_up(fetch):
    with pytest.raises(TransportError) as caught:
        fetch(Reply(body=BODY, drip=0.01))
    assert caught.value.layer is Layer.TIMEOUT


@pytest.mark.parametrize("timeout", [2.0])
def test_a_body_may_take_longer_than_one_request_where_it_goes_on(fetch, memory, timeout, monkeypatch):
    monkeypatch.setattr(exchange, "LEAST_PROGRESS", 1)
    began = time.monotonic()
    fetch(Reply(body=BODY[:30], drip=0.1))
    assert memory.whole == BODY[:30]
    assert time.monotonic() - began > timeout


@pytest.mark.parametrize("timeout", [2.0])
def test_what_writing_takes_is_not_the_servers_doing(fetch, memory, timeout):
    memory.pause = 0.45 * timeout
    fetch(Reply(body=b"abcd", drip=0.5 * timeout))  # each byte comes when the one before is written
    assert memory.whole == b"abcd"


@pytest.mark.parametrize("kind", [OSError, ValueError, KeyboardInterrupt])
def test_what_writing_raises_is_no_fault_of_the_server(fetch, memory, kind):
    memory.fails = kind
    with pytest.raises((kind, TransportError)) as caught:
        fetch(Reply(body=BODY, then="hang"))
    assert caught.type is kind


@pytest.mark.parametrize(
    "name", [name for name, row in HOSTILE.items() if name.startswith("drip") and row.where == "server"]
)
def test_a_server_that_drips_holds_no_download(memory, name):
    with played(HOSTILE[name]) as server:
        account = Account(vendor=COURIER, base_url=server.url, secret="k", timeout=SOON, ca_bundle="")
        with sync.Transport(account) as transport, pytest.raises(TransportError):
            transport.send(Request("GET", server.url, into=memory))


def test_nothing_goes_on_behind_a_file_that_cannot_be_written(fetch, memory):
    memory.fails = KeyboardInterrupt
    with pytest.raises(KeyboardInterrupt):
        fetch(Reply(body=BODY * 20, then="hang"))
    for thread in threading.enumerate():
        if thread.name == "jobstatus-exchange":
            thread.join(60)
            assert not thread.is_alive()


async def test_the_triggerer_writes_no_results(server, memory):
    account = Account(vendor=COURIER, base_url=server.url, secret="k", ca_bundle="")
    async with aio.Transport(account) as transport:
        with pytest.raises(RuntimeError, match="on a worker"):
            await asyncio.wait_for(transport.send(Request("GET", server.url, into=memory)), 60)
    assert server.requests == []
