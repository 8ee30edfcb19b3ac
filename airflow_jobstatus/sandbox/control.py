"""The calls by which a person or a test directs the sandbox, below ``/sandbox``."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Protocol

from aiohttp import web

from airflow_jobstatus.sandbox.api import Refused
from airflow_jobstatus.sandbox.faults import FaultKind
from airflow_jobstatus.sandbox.fields import FAULT_FIELDS, JOB_FIELDS, read_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from airflow_jobstatus.sandbox.logged import LoggedRequest


class Directed(Protocol):
    """What can be directed of a sandbox."""

    requests: list[LoggedRequest]

    @property
    def vendors(self) -> Iterable[str]:
        """The vendors that it plays."""

    @property
    def add_job(self) -> Callable[..., str]:
        """Makes a job and returns its id."""

    @property
    def add_fault(self) -> Callable[..., None]:
        """Makes an API misbehave."""

    def clear_faults(self) -> None:
        """Let every API answer as usual again."""

    def expire_links(self) -> None:
        """Let every link to results expire."""


class Control:
    """Directs a sandbox by HTTP.

    :param sandbox: The sandbox.
    """

    def __init__(self, sandbox: Directed) -> None:
        self._sandbox = sandbox

    def routes(self) -> list[web.RouteDef]:
        """Return the calls."""
        return [
            web.post("/sandbox/jobs", self._post_job),
            web.post("/sandbox/faults", self._post_fault),
            web.delete("/sandbox/faults", self._delete_faults),
            web.delete("/sandbox/links", self._delete_links),
            web.get("/sandbox/requests", self._get_requests),
        ]

    async def _post_job(self, request: web.Request) -> web.Response:
        body = await read_fields(request, JOB_FIELDS, {"vendor": self._sandbox.vendors})
        try:
            return web.json_response({"job_id": self._sandbox.add_job(**body)}, status=201)
        except ValueError as error:
            raise Refused(400, str(error)) from error

    async def _post_fault(self, request: web.Request) -> web.Response:
        body = await read_fields(request, FAULT_FIELDS, {"vendor": self._sandbox.vendors, "kind": FaultKind})
        try:
            self._sandbox.add_fault(**body)
        except ValueError as error:
            raise Refused(400, str(error)) from error
        return web.Response(status=204)

    async def _delete_faults(self, _request: web.Request) -> web.Response:
        self._sandbox.clear_faults()
        return web.Response(status=204)

    async def _delete_links(self, _request: web.Request) -> web.Response:
        self._sandbox.expire_links()
        return web.Response(status=204)

    async def _get_requests(self, _request: web.Request) -> web.Response:
        return web.json_response([asdict(logged) for logged in self._sandbox.requests])
