"""A sandbox whose clock stands still until a test moves it, and a signed-in caller for each vendor."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer

from airflow_jobstatus.sandbox import (
    COURIER_API_KEY,
    ELASTIC_PATH_CLIENT_ID,
    ELASTIC_PATH_CLIENT_SECRET,
    GEOBRIDGE_API_KEY,
    Sandbox,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@dataclass
class Clock:
    now: float = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@dataclass(frozen=True)
class Reply:
    status: int
    content_type: str
    body: Any


@dataclass(frozen=True)
class Caller:
    client: TestClient
    headers: dict[str, str] = field(default_factory=dict)

    async def __call__(self, method: str, path: str, **arguments: Any) -> Reply:
        headers = self.headers | arguments.pop("headers", {})
        async with self.client.request(method, path, headers=headers, **arguments) as response:
            body = await response.json(content_type=None) if await response.read() else None
            return Reply(response.status, response.content_type, body)

    async def poll(self, path: str) -> Any:
        reply = await self("GET", path)
        assert reply.status == 200
        return reply.body


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock) -> Sandbox:
    return Sandbox(seconds=10, token_lifetime=60, clock=clock)


@pytest_asyncio.fixture
async def client(sandbox) -> AsyncIterator[TestClient]:
    async with TestClient(TestServer(sandbox.application())) as client:
        yield client


@pytest.fixture
def anonymous(client) -> Caller:
    return Caller(client)


@pytest.fixture
def courier(client) -> Caller:
    return Caller(client, {"Authorization": f"Bearer {COURIER_API_KEY}"})


@pytest.fixture
def geobridge(client) -> Caller:
    return Caller(client, {"X-API-Key": GEOBRIDGE_API_KEY})


@pytest.fixture
def credentials() -> dict[str, str]:
    return {
        "grant_type": "client_credentials",
        "client_id": ELASTIC_PATH_CLIENT_ID,
        "client_secret": ELASTIC_PATH_CLIENT_SECRET,
    }


@pytest_asyncio.fixture
async def elastic_path(anonymous, credentials) -> Caller:
    token = (await anonymous("POST", "/oauth/access_token", data=credentials)).body["access_token"]
    return Caller(anonymous.client, {"Authorization": f"Bearer {token}"})
