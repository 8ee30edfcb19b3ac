"""What breaks the rules of HTTP is no answer, whichever library reads it."""

from __future__ import annotations

import json

import pytest

from airflow_jobstatus.protocol.errors import TransientError
from tests.support.carrier import CARRIERS
from tests.support.fault import JOB
from tests.support.scripted_server import Reply

BODY = json.dumps(JOB).encode()
SIZE = len(BODY)
GOOD = f"Content-Length: {SIZE}\r\n"
HEADS = {
    "two lengths": GOOD + GOOD,
    "two lengths in one": f"Content-Length: {SIZE}, {SIZE}\r\n",
    "a signed length": f"Content-Length: +{SIZE}\r\n",
    "a length below zero": "Content-Length: -1\r\n",
    "a length that is no number": "Content-Length: abc\r\n",
    "an empty length": "Content-Length:\r\n",
    "a length beside chunks": GOOD + "Transfer-Encoding: chunked\r\n",
    "a blank before the colon": GOOD + "X-A : 1\r\n",
    "a blank in a name": GOOD + "X A: 1\r\n",
    "no name": GOOD + ": 1\r\n",
    "no colon": GOOD + "X-A\r\n",
    "a NUL in a value": GOOD + "X-A: a\0b\r\n",
}


def raw(head: str) -> Reply:
    return Reply(raw=f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{head}\r\n".encode() + BODY)


@pytest.mark.parametrize("poll", CARRIERS.values(), ids=CARRIERS)
@pytest.mark.parametrize("name", HEADS)
def test_a_head_that_breaks_the_rules_is_a_fault(poll, connect, server, name):
    server.play(raw(HEADS[name]))
    with pytest.raises(TransientError):
        poll(connect("courier", server.url, extra={"timeout": 5}), "1")


@pytest.mark.parametrize("poll", CARRIERS.values(), ids=CARRIERS)
@pytest.mark.parametrize(
    "head", [GOOD, GOOD + "X-A: \xe4\r\nx_b: 1\r\n", GOOD + "X-A:\r\nX-A: 2\r\n"], ids=repr
)
def test_a_head_that_keeps_them_is_none(poll, connect, server, head):
    server.play(raw(head))
    assert poll(connect("courier", server.url), "1").status
