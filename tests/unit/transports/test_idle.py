"""A kept connection that the server closed while idle costs a poll nothing."""

from __future__ import annotations

import asyncio

from airflow_jobstatus.transports.aio import Transport
from tests.support.fault import JOB
from tests.support.scripted_server import Reply, ScriptedServer

WITHIN = 5


def closing(server: ScriptedServer) -> None:
    server.play(Reply(body=JOB, then="close"), Reply(body=JOB))


def test_requests_opens_another_connection(connect, server):
    closing(server)
    hook = connect("courier", server.url)
    hook.get_job("1")
    assert server.closed.wait(WITHIN)
    assert hook.get_job("1").status == "PROCESSING"
    assert server.connections == 2


async def test_aiohttp_opens_another_connection(connect, server):
    closing(server)
    api = connect("courier", server.url).api
    async with Transport(api.account) as transport:
        await transport.run(api.get_job("1"))
        assert await asyncio.to_thread(server.closed.wait, WITHIN)
        assert (await transport.run(api.get_job("1"))).status == "PROCESSING"
    assert server.connections == 2


def test_requests_keeps_one_connection_for_many_polls(connect, server):
    server.play(Reply(body=JOB))
    hook = connect("courier", server.url)
    for _ in range(3):
        hook.get_job("1")
    assert server.connections == 1


async def test_aiohttp_keeps_one_connection_for_many_polls(connect, server):
    server.play(Reply(body=JOB))
    api = connect("courier", server.url).api
    async with Transport(api.account) as transport:
        for _ in range(3):
            await transport.run(api.get_job("1"))
    assert server.connections == 1
