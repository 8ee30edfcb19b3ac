"""The floor: what aiohttp itself costs, with one session for all."""

from __future__ import annotations

import asyncio

import aiohttp

from benchmarks.peers.peer import Peer


class Floor(Peer):
    """A bare loop: get, parse, compare, sleep; no error is handled, nothing is remembered."""

    name = "floor"

    def prepare(self) -> None:
        """Nothing: aiohttp is all it needs."""

    async def opened(self) -> None:
        """Open the session."""
        self._session = aiohttp.ClientSession()

    async def closed(self) -> None:
        """Close the session."""
        await self._session.close()

    async def wait(self, number: int) -> bool:
        """Poll until the job has ended."""
        url = f"{self.address.url}/bulk/job-{number:06d}"
        while True:
            async with self._session.get(url) as response:
                body = await response.json()
            if body["job"]["status"] == "COMPLETED":
                return True
            await asyncio.sleep(self.case.interval)
