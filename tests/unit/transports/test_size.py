"""What an answer may cost is bounded, alike in both transports."""

from __future__ import annotations

import asyncio
import gc
import gzip
import json
import sys
import time
import tracemalloc
import zlib

import pytest

from airflow_jobstatus.protocol.bounds import (
    LARGEST_ANSWER,
    LARGEST_HEAD,
    LARGEST_PAGE_ANSWER,
    LARGEST_PARSED_AT_ONCE,
    LONGEST_FIELD,
    MOST_ENTRIES,
    MOST_FIELDS,
)
from airflow_jobstatus.protocol.errors import Layer, TransientError, TransportError
from airflow_jobstatus.protocol.http import Response
from airflow_jobstatus.transports import aio, sync
from airflow_jobstatus.transports.body import Body
from tests.support.carrier import CARRIERS
from tests.support.fault import JOB
from tests.support.scripted_server import Reply

POLLS = pytest.mark.parametrize("poll", CARRIERS.values(), ids=CARRIERS)
GZIP = {"Content-Encoding": "gzip"}
MOST_BLOCKED = 0.05
"""Seconds of CPU that the event loop may spend without a break."""


def zipped(value) -> Reply:
    return Reply(body=gzip.compress(json.dumps(value).encode()), headers=GZIP)


def failed(attempts: list) -> Reply:
    return zipped({"status": "failed", "delivery_attempts": attempts})


def of_size(length: int) -> bytes:
    return json.dumps(JOB).encode().ljust(length)


async def run(poll, hook):
    return await asyncio.to_thread(poll, hook, "1")


def layer_of(poll, hook) -> Layer | None:
    with pytest.raises(TransientError) as caught:
        poll(hook, "1")
    return caught.value.layer


@POLLS
@pytest.mark.parametrize("headers", [{}, GZIP], ids=["plain", "gzip"])
def test_an_answer_of_the_most_bytes_is_read(poll, connect, server, headers):
    body = of_size(LARGEST_ANSWER)
    server.play(Reply(body=gzip.compress(body) if headers else body, headers=headers))
    assert poll(connect("courier", server.url), "1").status == "PROCESSING"


@POLLS
@pytest.mark.parametrize("headers", [{}, GZIP], ids=["plain", "gzip"])
def test_an_answer_of_a_byte_more_is_refused(poll, connect, server, headers):
    body = of_size(LARGEST_ANSWER + 1)
    server.play(Reply(body=gzip.compress(body) if headers else body, headers=headers))
    assert layer_of(poll, connect("courier", server.url)) is Layer.BODY


@POLLS
@pytest.mark.parametrize(
    "reply",
    [
        failed([{"error": {"a": 1}}] * 1_000_000),
        failed([{"error": "x" * 1_000_000}] * 50),
        zipped({"status": "failed", "last_error": "y" * 20_000_000}),
    ],
    ids=["a million objects", "long texts", "one long text"],
)
def test_a_few_kilobytes_of_gzip_are_refused_before_they_are_many(poll, connect, server, reply):
    server.play(reply)
    assert layer_of(poll, connect("geobridge", server.url)) is Layer.BODY


@POLLS
def test_a_body_in_an_encoding_that_was_not_asked_for_is_refused(poll, connect, server):
    server.play(Reply(body=b"x", headers={"Content-Encoding": "br"}))
    assert layer_of(poll, connect("courier", server.url)) is Layer.BODY


@POLLS
@pytest.mark.parametrize("bits", [-zlib.MAX_WBITS, zlib.MAX_WBITS], ids=["bare", "zlib"])
def test_both_kinds_of_deflate_are_read(poll, connect, server, bits):
    packer = zlib.compressobj(wbits=bits)
    body = packer.compress(json.dumps(JOB).encode()) + packer.flush()
    server.play(Reply(body=body, headers={"Content-Encoding": "deflate"}))
    assert poll(connect("courier", server.url), "1").status == "PROCESSING"


@POLLS
def test_gzip_that_breaks_off_is_a_fault_of_the_body(poll, connect, server):
    body = gzip.compress(of_size(1000))
    server.play(Reply(body=body[:-12], headers=GZIP))
    assert layer_of(poll, connect("courier", server.url)) is Layer.BODY


@POLLS
@pytest.mark.parametrize("cut", [1, 20, 60])
@pytest.mark.parametrize("then", [b"", b"\0\0", b"junk"], ids=["nothing", "zeros", "junk"])
def test_gzip_in_several_members_is_read_whole(poll, connect, server, cut, then):
    body = json.dumps(JOB).encode()
    parts = gzip.compress(body[:cut]) + gzip.compress(b"") + gzip.compress(body[cut:])
    server.play(Reply(body=parts + then, headers=GZIP))
    assert poll(connect("courier", server.url), "1").counters["received"] == 2


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_members_are_found_wherever_the_pieces_are_cut(size):
    packed = gzip.compress(b"one ") + gzip.compress(b"two")
    body = Body({"content-encoding": "gzip"}, LARGEST_ANSWER)
    for place in range(0, len(packed), size):
        body.feed(packed[place : place + size])
    assert body.end() == b"one two"


@pytest.mark.parametrize("junk", [b"x" * 65_536, b"\x1f" + b"x" * 65_535, gzip.compress(b"") * 3000])
def test_what_follows_gzip_without_an_end_is_not_kept(junk):
    body = Body({"content-encoding": "gzip"}, LARGEST_ANSWER)
    body.feed(gzip.compress(b"{}") + b"x")
    tracemalloc.start()
    for _ in range(50):
        body.feed(junk)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (body.end(), most < 4 * len(junk)) == (b"{}", True)


@POLLS
@pytest.mark.parametrize("length", [8000, 20_000, 60_000])
def test_a_long_header_field_is_taken(poll, connect, server, length):
    server.play(Reply(body=JOB, headers={"X-Long": "y" * length}))
    assert poll(connect("courier", server.url), "1").status == "PROCESSING"


@POLLS
@pytest.mark.parametrize("length", [LONGEST_FIELD, 65_530, 100_000])
def test_a_longer_header_field_is_refused(poll, connect, server, length):
    server.play(Reply(body=JOB, headers={"X-Long": "y" * length}))
    assert layer_of(poll, connect("courier", server.url)) is Layer.BODY


@POLLS
@pytest.mark.parametrize("count", [50, 90, MOST_FIELDS - 2])
def test_many_header_fields_are_taken(poll, connect, server, count):
    server.play(Reply(body=JOB, headers={f"X-{number}": "y" for number in range(count)}))
    assert poll(connect("courier", server.url), "1").status == "PROCESSING"


@POLLS
@pytest.mark.parametrize("count", [MOST_FIELDS - 1, 120, 500])
def test_more_header_fields_are_refused(poll, connect, server, count):
    server.play(Reply(body=JOB, headers={f"X-{number}": "y" for number in range(count)}))
    assert layer_of(poll, connect("courier", server.url)) is Layer.BODY


@POLLS
def test_header_fields_that_are_too_long_together_are_refused(poll, connect, server):
    count = LARGEST_HEAD // 50_000 + 1
    server.play(Reply(body=JOB, headers={f"X-{number}": "y" * 50_000 for number in range(count)}))
    assert layer_of(poll, connect("courier", server.url)) is Layer.BODY


@POLLS
def test_of_a_field_that_comes_twice_both_values_are_kept(poll, connect, server):
    raw = b"HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nRetry-After: 9\r\nContent-Length: 0\r\n\r\n"
    server.play(Reply(raw=raw))
    with pytest.raises(TransientError) as caught:
        poll(connect("courier", server.url), "1")
    assert caught.value.retry_after is None  # "7, 9" is no number


def test_a_bomb_takes_no_more_memory_than_the_limit_and_a_piece():
    bomb = gzip.compress(b" " * 200_000_000)
    body = Body({"content-encoding": "gzip"}, LARGEST_PAGE_ANSWER)
    tracemalloc.start()
    with pytest.raises(TransportError, match="longer than"):
        body.feed(bomb)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 4 * LARGEST_PAGE_ANSWER


def test_an_error_reads_no_more_than_its_first_entries(connect, server):
    server.play(failed([{"error": f"e{number}"} for number in range(2000)]))
    hook = connect("geobridge", server.url)
    error = hook.get_job("1").error
    assert error.startswith("e0; e1")
    assert f"e{MOST_ENTRIES}" not in error


@pytest.mark.parametrize(
    "value",
    [
        {"status": "failed", "delivery_attempts": [{"error": {"a": 1}}] * 12_000},
        {"status": "failed", "delivery_attempts": [{"error": "x" * 45_000}] * 4},
        {"status": "failed", "delivery_attempts": [[]] * 45_000},
    ],
    ids=["objects", "texts", "empty lists"],
)
async def test_a_large_answer_takes_little_of_the_loop(connect, server, value):
    server.play(zipped(value))
    hook = connect("geobridge", server.url, extra={"timeout": 60})
    api = await hook.aget_api()
    async with aio.Transport(api.account) as transport:
        spent = []
        gc.collect()
        gc.freeze()  # what pytest and Airflow hold costs a tenth of a second at each collection
        try:
            for _ in range(10):
                before = time.thread_time()  # of this thread alone: others on this machine do not count
                assert (await transport.run(api.get_job("1"))).status == "failed"
                spent.append(time.thread_time() - before)
        finally:
            gc.unfreeze()
    slowed = 10 if sys.gettrace() else 1  # by measuring coverage
    assert min(spent) < slowed * MOST_BLOCKED


@pytest.mark.parametrize("value", [{"status": "failed", "delivery_attempts": [{"error": {"a": 1}}] * 12_000}])
async def test_thirty_large_answers_at_once_are_all_read(connect, server, value):
    server.play(zipped(value))
    api = await connect("geobridge", server.url, extra={"timeout": 60}).aget_api()
    async with aio.Transport(api.account) as transport:
        jobs = await asyncio.gather(*(transport.run(api.get_job("1")) for _ in range(30)))
    assert [job.status for job in jobs] == ["failed"] * 30


async def test_a_large_body_is_parsed_in_another_thread(connect, server, monkeypatch):
    server.play(Reply(body=of_size(LARGEST_PARSED_AT_ONCE + 1)))
    hook = connect("courier", server.url)
    api = await hook.aget_api()
    parsed: list[Response] = []
    monkeypatch.setattr(aio, "_parse", parsed.append)
    async with aio.Transport(api.account) as transport:
        await transport.run(api.get_job("1"))
    assert len(parsed) == 1


def test_a_page_may_be_larger_than_a_poll(connect, server):
    jobs = [{"id": str(number), "status": "queued", "x": "y" * 1000} for number in range(1000)]
    server.play(Reply(body={"data": jobs, "jobs": jobs, "items": jobs}))
    hook = connect("elastic_path", server.url)
    with sync.Transport(hook.api.account) as transport:
        assert transport.run(hook.api.list_jobs({"7"})).size == 1000
