"""A subject and a server that plays its API, for one test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from airflow_jobstatus.protocol.api import Api
from airflow_jobstatus.protocol.job import Job
from airflow_jobstatus.testing.server import Recorded, Reply, ScriptedServer
from airflow_jobstatus.testing.subject import Subject
from airflow_jobstatus.transports import aio, sync

Poll = Callable[[Api, str], Job]


def poll_with_requests(api: Api, job_id: str) -> Job:
    """Return a job, polled as a worker does."""
    with sync.Transport(api.account) as transport:
        return transport.run(api.get_job(job_id))


def poll_with_aiohttp(api: Api, job_id: str) -> Job:
    """Return a job, polled as the triggerer does."""

    async def poll() -> Job:
        async with aio.Transport(api.account) as transport:
            return await transport.run(api.get_job(job_id))

    return asyncio.run(poll())


POLLS: dict[str, Poll] = {"requests": poll_with_requests, "aiohttp": poll_with_aiohttp}
"""The two ways in which a job is polled."""


@dataclass(frozen=True)
class Stage:
    """What a test has.

    :param api: The calls under contract.
    :param servers: The API's server, and that of the host that signs in, where it is another.
    """

    api: Api
    servers: tuple[ScriptedServer, ...]

    @property
    def requests(self) -> list[Recorded]:
        """Return what was sent, to whichever host."""
        return [request for server in self.servers for request in server.requests]


@contextmanager
def staged(subject: Subject, reply: Callable[[Recorded], Reply]) -> Iterator[Stage]:
    """Play a subject's API as long as the context lasts.

    :param subject: What is under contract.
    :param reply: Returns the answer to a request.
    """
    with ScriptedServer(reply) as server:
        if not subject.has_other_host:
            yield Stage(subject.api(server.url, server.url), (server,))
            return
        with ScriptedServer(reply) as other:
            yield Stage(subject.api(server.url, other.url), (server, other))
