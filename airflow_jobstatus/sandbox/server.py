"""The server that plays all APIs on one port."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

from aiohttp import web

from airflow_jobstatus.sandbox.api import Refused, VendorApi
from airflow_jobstatus.sandbox.control import Control
from airflow_jobstatus.sandbox.courier import CourierApi
from airflow_jobstatus.sandbox.declared import DeclaredApi
from airflow_jobstatus.sandbox.elastic_path import ElasticPathApi
from airflow_jobstatus.sandbox.faults import DEFAULT_DELAY, DEFAULT_SECONDS, FaultBook
from airflow_jobstatus.sandbox.geobridge import WITHOUT_VERSION, GeoBridgeApi
from airflow_jobstatus.sandbox.http_job import HttpJobApi
from airflow_jobstatus.sandbox.jobs import DEFAULT_RECORDS, Phase
from airflow_jobstatus.sandbox.logged import LoggedRequest
from airflow_jobstatus.sandbox.replays import ReplayBook
from airflow_jobstatus.sandbox.results import FileHost

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping

    from aiohttp.typedefs import Handler


class Sandbox:
    """Plays the APIs of Courier, Elastic Path and GeoBridge as documented, and a small one of its own.

    Their jobs go by the clock.

    :param seconds: how long a job takes when nothing else is said, 5 by default.
    :param token_lifetime: seconds for which an Elastic Path access token is good, 3600 by default.
    :param clock: gives the time in epoch seconds, :func:`time.time` by default.
    :param rate_limit: whether GeoBridge's limit of two polls per second of one job holds, True by default.
    """

    def __init__(
        self,
        seconds: float = 5.0,
        token_lifetime: float = 3600.0,
        clock: Callable[[], float] = time.time,
        *,
        rate_limit: bool = True,
    ) -> None:
        self.requests: list[LoggedRequest] = []
        self._clock = clock
        self._seconds = seconds
        self._faults = FaultBook(clock)
        self._replays = ReplayBook(clock)
        self._files = FileHost(clock)
        self._apis: dict[str, VendorApi] = {
            "courier": CourierApi(clock, seconds),
            "elastic_path": ElasticPathApi(clock, seconds, token_lifetime, self._files),
            "geobridge": GeoBridgeApi(clock, seconds, self._files, rate_limit=rate_limit),
            "http_job": HttpJobApi(clock, seconds),
        }
        self._vendor_of = {
            _first_segment(route.path): vendor for vendor, api in self._apis.items() for route in api.routes()
        }

    def add_api(
        self,
        connection: Mapping[str, Any],
        *,
        name: str = "declared",
        answers: Mapping[str, Any] | None = None,
    ) -> Mapping[str, str]:
        """Play the API that a connection of type ``http_job`` declares too; before the sandbox is served.

        Each job begins when it is first polled, whatever its id, and fails if "missing" is in the id.

        :param connection: its fields: ``login``, ``password`` and ``extra``; its host is not called.
        :param name: what stands for the connection type where a vendor is asked for, ``declared`` by default.
        :param answers: what the API answers, in the form of ``airflow_jobstatus.testing``; needed where
            ``job`` or ``status`` is more than names joined by dots.
        :returns: the fields of the declaration that no answer shows, each with its expression.
        :raises ValueError: if the declaration cannot be played, with what to do.
        """
        if not name.isidentifier() or name in {*self._apis, *self._vendor_of, "sandbox"}:
            raise ValueError(f"name must be new, and letters, digits and underscores, not {name!r}")
        api = DeclaredApi(name, connection, answers, self._clock, self._seconds)
        self._apis[name] = api
        self._vendor_of[name] = name
        return api.unplayed

    def add_job(  # noqa: PLR0913  what a job is made of, all with defaults
        self,
        vendor: str,
        *,
        seconds: float | None = None,
        outcome: str = "succeeded",
        records: int = DEFAULT_RECORDS,
        failed_records: int | None = None,
        job_id: str | None = None,
    ) -> str:
        """Make a job that runs from now, and return its id.

        :param vendor: the connection type, ``courier``, ``elastic_path``, ``geobridge`` or ``http_job``.
        :param seconds: how long it takes, the sandbox's own by default; 0 makes a job that is done already.
        :param outcome: ``succeeded`` (the default), ``failed``, or ``cancelled`` where the API can cancel.
        :param records: records it works off, 1000 by default; Elastic Path shows none.
        :param failed_records: how many of them fail; by default all if the job fails, else none.
        :param job_id: the id to use; a new one in the vendor's style by default.
        :raises ValueError: if a value cannot be, with a sentence that says why.
        """
        self._check_vendor(vendor)
        try:
            phase = Phase(outcome)
        except ValueError:
            raise ValueError(f"outcome must be succeeded, failed or cancelled, not {outcome!r}") from None
        jobs = self._apis[vendor].jobs
        return jobs.add(
            seconds=seconds, outcome=phase, records=records, failed_records=failed_records, job_id=job_id
        ).id

    def job_ids(self, vendor: str) -> list[str]:
        """Return the ids of a vendor's jobs that were set going, in the order in which they were made.

        :param vendor: the connection type.
        :raises ValueError: if there is no such vendor.
        """
        self._check_vendor(vendor)
        jobs = self._apis[vendor].jobs.newest_first()
        return [job.id for job in jobs if job.released_at is not None][::-1]

    def add_fault(
        self, vendor: str, kind: str, seconds: float = DEFAULT_SECONDS, *, delay: float = DEFAULT_DELAY
    ) -> None:
        """Make a vendor's API misbehave from now, for a while; its jobs go on.

        :param vendor: the connection type, ``courier``, ``elastic_path``, ``geobridge`` or ``http_job``.
        :param kind: ``outage`` (503), ``throttle`` (429 with Retry-After), ``slow`` (late answers), ``lost``
            (a job is made or changed, and no answer says so) or ``page`` (the 404 page of a proxy).
        :param seconds: how long that lasts, 30 by default.
        :param delay: seconds by which each answer of a slow API comes late, 10 by default; or after which the
            connection of a lost one is closed.
        :raises ValueError: if a value cannot be, with a sentence that says why.
        """
        self._check_vendor(vendor)
        self._faults.add(vendor, kind, seconds, delay)

    def clear_faults(self) -> None:
        """Let every vendor's API answer as usual again."""
        self._faults.clear()

    def expire_links(self) -> None:
        """Let every link to results that was given out expire; one is good for a minute otherwise."""
        self._files.expire()

    @property
    def vendors(self) -> Iterable[str]:
        """The vendors that are played, by connection type."""
        return self._apis.keys()

    def connections(self, url: str) -> dict[str, dict[str, str]]:
        """Return the fields of an Airflow connection for each vendor, by connection type.

        :param url: where the sandbox listens, as :meth:`serve` gives it.
        """
        return {vendor: api.connection(url) for vendor, api in self._apis.items()}

    def application(self) -> web.Application:
        """Make an aiohttp application for a loop of your own; all share the sandbox's jobs and log."""
        application = web.Application(middlewares=[self._answer])
        for api in self._apis.values():
            application.add_routes(api.routes())
        application.add_routes([*self._files.routes(), *Control(self).routes()])
        return application

    @asynccontextmanager
    async def listen(self, port: int = 0, host: str = "127.0.0.1") -> AsyncIterator[str]:
        """Listen in the running loop as long as the context lasts, and yield the base URL.

        :param port: the TCP port, by default 0: a free one.
        :param host: the address to listen at, by default this machine's own only.
        """
        runner = web.AppRunner(self.application(), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
            yield f"http://{bracketed(host)}:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()

    @contextmanager
    def serve(self, port: int = 0, host: str = "127.0.0.1") -> Iterator[str]:
        """Listen in a thread of its own as long as the context lasts, and yield the base URL.

        :param port: the TCP port, by default 0: a free one.
        :param host: the address to listen at, by default this machine's own only.
        """
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="jobstatus-sandbox", daemon=True)
        thread.start()
        listening = self.listen(port, host)
        try:
            url = asyncio.run_coroutine_threadsafe(listening.__aenter__(), loop).result()
            try:
                yield url
            finally:
                asyncio.run_coroutine_threadsafe(listening.__aexit__(None, None, None), loop).result()
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    @web.middleware
    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        at = self._clock()
        segment = _first_segment(request.path)
        vendor = self._vendor_of.get(segment)
        if f"{request.path}/".startswith(f"{WITHOUT_VERSION}/"):
            vendor = "geobridge"
        api = self._apis[vendor] if vendor else None
        try:
            if vendor and api:
                response = await self._played(vendor, api, request, handler)
            else:
                response = await handler(request)
        except (Refused, web.HTTPException) as error:
            refused = error if isinstance(error, Refused) else Refused(error.status, error.reason)
            response = api.refusal(refused) if api else _refusal(refused)
            if refused.retry_after is not None:
                response.headers["Retry-After"] = str(refused.retry_after)
        if segment != "sandbox":
            job_id = request.match_info.get("job_id")
            self.requests.append(
                LoggedRequest(at, request.method, request.path, response.status, vendor, job_id)
            )
        return response

    async def _played(
        self, vendor: str, api: VendorApi, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        """Answer a request to a vendor's API, as its faults allow and as its idempotency key demands."""
        response: web.StreamResponse | None = await self._faults.apply(vendor)
        if response is not None:
            return response
        api.authenticate(request)
        header = api.idempotency_header if request.method == "POST" else None
        key = request.headers.get(header) if header else None
        if (again := self._replays.get(vendor, key)) is not None:
            return again
        changes = len(api.jobs.changes)
        try:
            response = await handler(request)
        except Refused as refused:
            self._replays.put(vendor, key, api.refusal(refused))
            raise
        self._replays.put(vendor, key, response)
        if request.method != "GET" and len(api.jobs.changes) > changes:
            await self._faults.lose(vendor, request)
        return response

    def _check_vendor(self, vendor: str) -> None:
        if vendor not in self._apis:
            raise ValueError(f"vendor must be one of {', '.join(self._apis)}, not {vendor!r}")


def bracketed(host: str) -> str:
    """Return a host as it stands in a URL: an IPv6 address in brackets.

    :param host: the name or the address.
    """
    return f"[{host}]" if ":" in host else host


def _first_segment(path: str) -> str:
    return path.split("/")[1]


def _refusal(refused: Refused) -> web.Response:
    return web.json_response({"error": refused.detail}, status=refused.status)
