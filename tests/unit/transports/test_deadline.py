"""No server, proxy or resolver holds a request beyond its deadline, whichever library carried it."""

from __future__ import annotations

import socket
import threading
import time
from queue import Queue

import pytest

from airflow_jobstatus.protocol.errors import Layer, TransientError
from airflow_jobstatus.transports import aio, sync
from airflow_jobstatus.transports.errors import overdue
from airflow_jobstatus.transports.exchange import Exchange, OverdueError, within
from tests.support.carrier import CARRIERS
from tests.support.fault import JOB
from tests.support.hostile import HOSTILE, played
from tests.support.scripted_server import Reply

POLLS = pytest.mark.parametrize("poll", CARRIERS.values(), ids=CARRIERS)
TIMEOUT = 0.4
MARGIN = 60.0
"""Seconds beyond the deadline that a busy machine may need; the table's rows go on for ever."""
BOUNDED = (Layer.TIMEOUT, Layer.BODY, Layer.CONNECT, Layer.PROXY)
"""A flood may also meet a bound on its size before the deadline."""


def polled(poll, connect, server) -> tuple[TransientError, float]:
    hook = connect("courier", server.url, extra={"timeout": TIMEOUT, **server.extra})
    began = time.monotonic()
    with pytest.raises(TransientError) as caught:
        poll(hook, "1")
    return caught.value, time.monotonic() - began


def still_running() -> list[threading.Thread]:
    """Return the threads of exchanges that do not end."""
    threads = [thread for thread in threading.enumerate() if thread.name == "jobstatus-exchange"]
    for thread in threads:
        thread.join(MARGIN)
    return [thread for thread in threads if thread.is_alive()]


@POLLS
@pytest.mark.parametrize("name", [name for name in HOSTILE if name.startswith("drip")])
def test_a_drip_ends_as_a_timeout(poll, connect, name):
    with played(HOSTILE[name]) as server:
        error, took = polled(poll, connect, server)
    assert (error.layer, took < TIMEOUT + MARGIN) == (Layer.TIMEOUT, True)


@POLLS
@pytest.mark.parametrize("name", [name for name in HOSTILE if name.startswith("flood")])
def test_a_flood_ends_in_time(poll, connect, name):
    with played(HOSTILE[name]) as server:
        error, took = polled(poll, connect, server)
    assert error.layer in BOUNDED
    assert took < TIMEOUT + MARGIN


@POLLS
@pytest.mark.parametrize("name", HOSTILE)
def test_whoever_drips_or_floods_is_left(poll, connect, name):
    with played(HOSTILE[name]) as server:
        polled(poll, connect, server)
        assert server.left.wait(MARGIN)


@POLLS
def test_the_message_says_how_long_it_waited(poll, connect, monkeypatch):
    monkeypatch.setattr(sync, "timeouts", lambda _account: (60, 60))  # no pause between bytes is too long
    with played(HOSTILE["drip within a header line"]) as server:
        error, _ = polled(poll, connect, server)
    assert f"127.0.0.1:{server.port}: no complete answer in 0.4 s" in str(error)


async def test_the_message_says_when_a_request_was_given_up_early(connect, monkeypatch):
    monkeypatch.setattr("airflow_jobstatus.transports.timeout.LEAST", 0.1)
    with played(HOSTILE["drip within a header line"]) as server:
        api = await connect("courier", server.url, extra={"timeout": 1}).aget_api()
        async with aio.Transport(api.account) as transport:
            for _ in range(200):
                transport.timeout.answered(0.02)
            with pytest.raises(TransientError, match="s, 10 times the slowest of late"):
                await transport.run(api.get_job("1"))


@POLLS
def test_a_name_that_is_looked_up_for_ever_ends_as_a_timeout(poll, connect, monkeypatch):
    given_up = threading.Event()

    def look_up(*_args, **_kwargs):
        given_up.wait(60)
        raise socket.gaierror("given up")

    def noted(*args, **kwargs):
        given_up.set()  # so that nothing waits for the thread that looks the name up
        return overdue(*args, **kwargs)

    for carrier in (aio, sync):
        monkeypatch.setattr(carrier, "overdue", noted)
    hook = connect("courier", "http://api.courier.test", extra={"timeout": TIMEOUT})
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with pytest.raises(TransientError) as caught:
        poll(hook, "1")
    assert caught.value.layer is Layer.TIMEOUT


@POLLS
@pytest.mark.parametrize("status", [102, 103, 199])
def test_what_comes_before_an_answer_is_no_answer(poll, connect, server, status):
    early = f"HTTP/1.1 {status} Early\r\nLink: </x>\r\n\r\n".encode()
    head, body = Reply(body=JOB).head_and_body()
    server.play(Reply(raw=early * 2 + head + body))
    assert poll(connect("courier", server.url), "1").status == "PROCESSING"


def test_no_thread_is_left_behind_by_a_server_that_drips(connect):
    with played(HOSTILE["drip within a header line"]) as server:
        polled(CARRIERS["requests"], connect, server)
        assert not still_running()


def test_after_a_deadline_the_next_request_is_made_over_another_connection(connect, server):
    stuck = Reply(body=JOB, keep=30, then="hang")
    server.play(lambda request: stuck if request.path.endswith("/stuck") else Reply(body=JOB))
    hook = connect("courier", server.url, extra={"timeout": 1})
    with pytest.raises(TransientError):
        hook.get_job("stuck")
    object.__setattr__(hook.api.account, "timeout", 60)
    assert hook.get_job("1").status == "PROCESSING"
    assert server.connections == 2


def test_an_interrupted_wait_shuts_the_connection_down(connect, monkeypatch):
    class Interrupted(BaseException):
        """As a task's own timeout, which comes as a signal."""

    class Interrupting(Queue):
        def get(self, *_args, **_kwargs):
            raise Interrupted

    with played(HOSTILE["drip of a body"]) as server:
        hook = connect("courier", server.url, extra={"timeout": 60})
        monkeypatch.setattr("airflow_jobstatus.transports.exchange.Queue", Interrupting)
        with pytest.raises(Interrupted):
            hook.get_job("1")
        monkeypatch.undo()
        assert not still_running()


def test_an_exchange_is_given_what_it_returns():
    assert within(5, Exchange(), lambda: 7) == 7


def test_an_exchange_raises_what_it_raises():
    with pytest.raises(KeyError):
        within(5, Exchange(), lambda: {}["x"])


def test_an_exchange_that_does_not_end_is_overdue():
    never = threading.Event()
    with pytest.raises(OverdueError):
        within(0.01, Exchange(), never.wait)
    never.set()
