"""A vendor that is played in memory, in virtual time, and an account there that waits are for."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from typing_extensions import Self

from airflow_jobstatus.polling.client import Client
from airflow_jobstatus.polling.metrics import Metrics
from airflow_jobstatus.polling.poller import Poller
from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.api import Api
from airflow_jobstatus.protocol.errors import Layer, TransportError
from airflow_jobstatus.protocol.expressions import WHOLE
from airflow_jobstatus.protocol.http import Request, Response
from airflow_jobstatus.protocol.vendor import Vendor
from airflow_jobstatus.transports import aio
from airflow_jobstatus.vendors.geobridge import GEOBRIDGE
from airflow_jobstatus.waiting.batch import Batch
from airflow_jobstatus.waiting.outcome import Outcome
from airflow_jobstatus.waiting.state import WaitState
from airflow_jobstatus.waiting.wait import Wait
from tests.support.virtual_time import VirtualTimeLoop

LATENCY = 0.05
"""How long an answer takes, in seconds."""
RECORDS = 1000
DAY = 86400.0
WORDS: Mapping[str, tuple[str, str]] = {
    "courier": ("PROCESSING", "COMPLETED"),
    "elastic_path": ("started", "success"),
    "geobridge": ("processing", "succeeded"),
}
"""Each vendor's words for a job that runs and for one that went well."""


@dataclass(frozen=True)
class Reply:
    """One HTTP answer."""

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Answer = Reply | Exception | None
"""What a request meets: an answer, something raised in its place, or None for what the vendor says."""
HTML = Reply(200, b"<html><title>Maintenance</title></html>")
NOT_FOUND = Reply(404, {"title": "Not Found"})
REFUSED = Reply(401, {"title": "Unauthorized"})


def failing(status: int) -> Reply:
    return Reply(status, {"title": "Out of order"})


def throttling(seconds: float | None = None) -> Reply:
    return Reply(429, {}, {} if seconds is None else {"retry-after": str(seconds)})


def reset() -> TransportError:
    return TransportError("the connection was reset", Layer.CONNECT)


@dataclass(frozen=True)
class Asked:
    """One request as the vendor met it.

    :param at: When, in seconds of virtual time.
    :param path: Its path, without host and query.
    :param query: Its query.
    :param key: The credential it carried.
    :param status: The code of its answer; 0 where none came.
    """

    at: float
    path: str
    query: Mapping[str, str]
    key: str
    status: int = 0

    @property
    def is_list(self) -> bool:
        return self.path in {"/v1/bulk/jobs", "/v2/jobs"}

    @property
    def is_sign_in(self) -> bool:
        return self.path == "/oauth/access_token"

    @property
    def job_id(self) -> str | None:
        """The job that was asked for; None where none was."""
        return None if self.is_list or self.is_sign_in else unquote(self.path.rpartition("/")[2])


@dataclass
class PlayedVendor:
    """Plays the API of a vendor.

    :param vendor: Its declaration.
    :param loop: Whose time is the vendor's.
    :param ends: When each job ends, in seconds of virtual time.
    :param foreign: How many jobs of others the list shows before ours.
    :param hidden: Jobs that the list does not show.
    :param keys: The credentials that are good; None takes any.
    :param limit: How many requests a second it takes; None takes any number.
    :param plan: Says what a request meets.
    :param latency: How long an answer takes, in seconds.
    :param pauses: What it takes beyond that, by the request.
    :param asked: Every request so far.
    """

    vendor: Vendor
    loop: VirtualTimeLoop
    ends: dict[str, float] = field(default_factory=dict)
    foreign: int = 0
    hidden: set[str] = field(default_factory=set)
    keys: set[str] | None = None
    limit: int | None = None
    plan: Callable[[Asked], Answer] = lambda _: None
    latency: float = LATENCY
    pauses: Callable[[Asked], float] = lambda _: 0
    asked: list[Asked] = field(default_factory=list)
    tokens: int = 0
    _recent: deque[float] = field(default_factory=deque)

    @property
    def lists(self) -> list[Asked]:
        return [asked for asked in self.asked if asked.is_list]

    @property
    def polls(self) -> list[Asked]:
        return [asked for asked in self.asked if asked.job_id is not None]

    def polls_at(self, job_id: str) -> list[float]:
        """Give when a job was asked for singly."""
        return [asked.at for asked in self.asked if asked.job_id == job_id]

    def refused(self, status: int = 429) -> list[Asked]:
        return [asked for asked in self.asked if asked.status == status]

    async def answer(self, request: Request) -> Response:
        url = urlsplit(request.url)
        key = request.headers.get("X-API-Key") or request.headers.get("Authorization", "").rpartition(" ")[2]
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        asked = Asked(self.loop.now, url.path, query, key)
        met = self.plan(asked) or self._over_limit() or self._said(asked)
        status = met.status if isinstance(met, Reply) else 0
        self.asked.append(replace(asked, status=status))
        await asyncio.sleep(self.latency + self.pauses(asked))
        if isinstance(met, Exception):
            raise met
        body = met.body if isinstance(met.body, bytes) else json.dumps(met.body).encode()
        return Response(met.status, met.headers, body, self.loop.clock())

    def _over_limit(self) -> Reply | None:
        if self.limit is None:
            return None
        while self._recent and self._recent[0] <= self.loop.now - 1:
            self._recent.popleft()
        if len(self._recent) >= self.limit:
            return throttling()
        self._recent.append(self.loop.now)
        return None

    def _said(self, asked: Asked) -> Reply:
        if asked.is_sign_in:
            self.tokens += 1
            return Reply(200, {"access_token": f"token-{self.tokens}", "expires_in": 3600})
        if self.keys is not None and asked.key not in self.keys:
            return REFUSED
        if asked.is_list:
            return Reply(200, self.page(asked.query))
        job_id = asked.job_id or ""
        if job_id not in self.ends:
            return NOT_FOUND
        body = self.job(job_id)
        return Reply(200, body if self.vendor.job == WHOLE else {self.vendor.job: body})

    def job(self, job_id: str) -> dict[str, Any]:
        """Give the JSON of a job as it is now."""
        running, ended = WORDS[self.vendor.conn_type]
        end = self.ends.get(job_id, DAY)
        done = min(1.0, self.loop.now / end) if end > 0 else 1.0
        count = int(RECORDS * done)
        word = ended if done >= 1 else running
        counts: dict[str, dict[str, Any]] = {
            "courier": {"received": RECORDS, "enqueued": count, "failures": 0},
            "elastic_path": {},
            "geobridge": {
                "statistics": {
                    "total_records": RECORDS,
                    "processed_records": count,
                    "successful_records": count,
                    "failed_records": 0,
                }
            },
        }
        return {"id": job_id, "status": word, **counts[self.vendor.conn_type]}

    def page(self, query: Mapping[str, str]) -> dict[str, Any]:
        """Give the JSON of a page of the list."""
        listing = self.vendor.listing
        assert listing is not None
        start, size = int(query.get(unquote(listing.parameter), "0")), listing.page_size
        shown = [*map("foreign-{}".format, range(start, min(self.foreign, start + size)))]
        if len(shown) < size:
            ours = [job_id for job_id in self.ends if job_id not in self.hidden]
            shown += ours[max(0, start - self.foreign) : start + size - self.foreign]
        more = start + size < self.foreign + len(self.ends) - len(self.hidden)
        body: dict[str, Any] = {listing.jobs: [self.job(job_id) for job_id in shown]}
        if listing.cursor:
            body[listing.cursor] = str(start + size) if more else None
        return body


class PlayedTransport(aio.Transport):
    """Carries flows to a vendor in memory."""

    def __init__(self, account: Account, played: PlayedVendor) -> None:
        super().__init__(account)
        self.played = played
        self.closed = False

    async def __aenter__(self) -> Self:
        return self

    async def close(self) -> None:
        await super().close()
        self.closed = True

    async def _exchange(self, request: Request) -> Response:
        return await self.played.answer(request)


class PlayedHook:
    """Knows the account; its connection can change, and its lookup can fail.

    :param vendor: The vendor's declaration.
    :param loop: Whose time tokens age by.
    """

    conn_id = "played_default"

    def __init__(self, vendor: Vendor, loop: VirtualTimeLoop) -> None:
        self.vendor = vendor
        self.account = Account(
            vendor=vendor, base_url=vendor.base_url, login=None, secret="key-1", ca_bundle=""
        )
        self.lookups: list[float] = []
        self.error: Exception | None = None
        self.seconds = 0.01
        self._loop = loop

    async def aget_api(self) -> Api:
        self.lookups.append(self._loop.now)
        await asyncio.sleep(self.seconds)
        if self.error is not None:
            raise self.error
        return Api(self.account, self._loop.time)


@dataclass
class Stage:
    """An account at a played vendor, and the poller of it."""

    vendor: PlayedVendor
    hook: PlayedHook
    transports: list[PlayedTransport]
    client: Client
    poller: Poller
    set_by: float = 0.0
    lines: list[tuple[float, str]] = field(default_factory=list)

    @property
    def loop(self) -> VirtualTimeLoop:
        return self.vendor.loop

    def clock(self) -> float:
        """Give the wall clock, which may have been set."""
        return self.loop.clock() + self.set_by

    def say(self, level: int, event: str, **fields: Any) -> None:  # noqa: ARG002  as a log takes it
        self.lines.append((self.loop.now, event))

    def wait(self, job_id: str, *, ends: float | None = None, **more: Any) -> asyncio.Task[Outcome]:
        """Begin to wait for a job.

        :param job_id: Its id.
        :param ends: When it ends, in seconds of virtual time; None leaves it as the vendor has it.
        :param more: What differs from a wait of a day with polls every 5 seconds.
        """
        if ends is not None:
            self.vendor.ends[job_id] = ends
        began = more.pop("began", self.clock())
        arguments = {"interval": 5.0, "deadline": began + more.pop("timeout", DAY), **more}
        say = arguments.pop("say", self.say)
        states = {job_id: arguments.pop("state", WaitState())}
        return asyncio.ensure_future(
            self.poller.wait(
                Batch.of(job_id), Wait(job_id=job_id, began=began, **arguments), say=say, states=states
            )
        )

    def wait_for(
        self, count: int, *, ends: float | Callable[[int], float], **more: Any
    ) -> list[asyncio.Task[Outcome]]:
        """Begin to wait for many jobs."""
        return [
            self.wait(f"job-{number}", ends=ends(number) if callable(ends) else ends, **more)
            for number in range(count)
        ]

    async def at(self, moment: float) -> None:
        """Let the time pass until a moment, in seconds of virtual time."""
        await asyncio.sleep(moment - self.loop.now)


def stage(
    vendor: Vendor = GEOBRIDGE,
    *,
    login: str | None = None,
    rate: float | None = None,
    metrics: Metrics | None = None,
    **played: Any,
) -> Stage:
    """Set up an account in the running virtual loop.

    :param vendor: Whose it is.
    :param login: The client id, for a vendor that sells tokens.
    :param rate: What the connection says of requests per second.
    :param metrics: What is measured.
    :param played: What is particular about the played vendor.
    """
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    vendor_played = PlayedVendor(vendor, loop, **played)
    hook = PlayedHook(vendor, loop)
    hook.account = replace(hook.account, login=login, requests_per_second=rate)
    transports: list[PlayedTransport] = []

    def connect(account: Account) -> PlayedTransport:
        transports.append(PlayedTransport(account, vendor_played))
        return transports[-1]

    client = Client(hook, connect=connect, clock=loop.time)
    made = Stage(vendor_played, hook, transports, client, poller=None)  # type: ignore[arg-type]
    made.poller = Poller(hook, client=client, metrics=metrics, clock=made.clock, steady=loop.time)
    return made


async def cancel(waits: Iterable[asyncio.Task[Outcome]]) -> None:
    """End waits as the triggerer does."""
    waits = list(waits)
    for wait in waits:
        wait.cancel()
    await asyncio.gather(*waits, return_exceptions=True)


def gaps(moments: Sequence[float]) -> list[float]:
    """Give the seconds between moments."""
    return [later - at for at, later in pairwise(moments)]


def endings(outcomes: Iterable[Outcome]) -> set[str]:
    return {outcome.ending.value for outcome in outcomes}


async def all_of(waits: Iterable[asyncio.Task[Outcome]], within: float = DAY) -> list[Outcome]:
    """Give how all waits ended; fail if they take too long."""
    return list(await asyncio.wait_for(asyncio.gather(*waits), within))
