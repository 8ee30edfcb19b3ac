"""Answers a request that is made again with the same idempotency key as it was answered before."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Callable

LIFETIME = 86400.0
"""Seconds for which an answer is kept: Courier and GeoBridge name a day."""


@dataclass(frozen=True)
class ReplayBook:
    """Keeps the first answer to each key of each vendor.

    :param clock: gives the time in epoch seconds.
    """

    clock: Callable[[], float]
    _kept: dict[tuple[str, str], tuple[float, int, bytes, str]] = field(default_factory=dict, repr=False)

    def get(self, vendor: str, key: str | None) -> web.Response | None:
        """Return the answer that was given before, None where there is none.

        :param vendor: the connection type.
        :param key: the idempotency key, None for a request without one.
        """
        at, status, body, content_type = self._kept.get((vendor, key or ""), (0.0, 0, b"", ""))
        if not status or self.clock() - at >= LIFETIME:
            return None
        return web.Response(status=status, body=body, content_type=content_type)

    def put(self, vendor: str, key: str | None, response: web.StreamResponse) -> None:
        """Keep an answer.

        :param vendor: the connection type.
        :param key: the idempotency key, None for a request without one, whose answer is not kept.
        :param response: the answer.
        """
        if key and isinstance(response, web.Response) and isinstance(response.body, bytes | None):
            kept = (self.clock(), response.status, response.body or b"", response.content_type)
            self._kept[vendor, key] = kept
