"""The faults with which the sandbox can be made to answer, each for a while."""

from __future__ import annotations

import asyncio
import enum
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

from airflow_jobstatus.sandbox.api import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT_SECONDS = 30.0
DEFAULT_DELAY = 10.0
PAGE = "<html><head><title>default backend - 404</title></head><body>default backend - 404</body></html>"


class FaultKind(str, enum.Enum):
    """What is wrong with a vendor's API."""

    OUTAGE = "outage"
    """Every request is answered with 503."""
    THROTTLE = "throttle"
    """Every request is answered with 429, and Retry-After until the end of the fault."""
    SLOW = "slow"
    """Every answer comes late."""
    PAGE = "page"
    """Every request is answered with the 404 page of a proxy that does not know the API."""
    LOST = "lost"
    """Every request that changes a job is carried out; later its connection is closed without an answer."""


@dataclass(frozen=True)
class Fault:
    """Something that is wrong with a vendor's API for a while.

    :param vendor: the connection type.
    :param kind: what is wrong.
    :param ends: when it is over, in epoch seconds of the sandbox's clock.
    :param delay: seconds by which a slow API answers late, or after which one that loses answers gives up.
    """

    vendor: str
    kind: FaultKind
    ends: float
    delay: float


@dataclass(frozen=True)
class FaultBook:
    """Keeps the faults that are switched on.

    :param clock: gives the time in epoch seconds.
    """

    clock: Callable[[], float]
    _faults: list[Fault] = field(default_factory=list, repr=False)

    def add(self, vendor: str, kind: str, seconds: float, delay: float) -> None:
        """Switch a fault on.

        :param vendor: the connection type.
        :param kind: ``outage``, ``throttle``, ``slow``, ``page`` or ``lost``.
        :param seconds: how long it lasts.
        :param delay: seconds by which a slow API answers late, or after which one that loses answers gives
            up.
        :raises ValueError: if a value cannot be, with a sentence that says why.
        """
        try:
            known = FaultKind(kind)
        except ValueError:
            kinds = ", ".join(one.value for one in FaultKind)
            raise ValueError(f"kind must be one of {kinds}, not {kind!r}") from None
        for name, value in (("seconds", seconds), ("delay", delay)):
            if not math.isfinite(value) or value < 0:
                raise ValueError(f"{name} must be 0 or more, and finite, not {value}")
        self._faults.append(Fault(vendor, known, self.clock() + seconds, delay))

    def clear(self) -> None:
        """Switch every fault off."""
        self._faults.clear()

    async def apply(self, vendor: str) -> web.Response | None:
        """Answer a request as the faults of a vendor's API demand, None if it is to be answered as usual.

        :param vendor: the connection type.
        :raises Refused: if the vendor refuses the request in its own form.
        """
        now = self.clock()
        active = self._active(vendor)
        if slow := active.get(FaultKind.SLOW):
            await asyncio.sleep(slow.delay)
        if FaultKind.PAGE in active:
            return web.Response(status=404, text=PAGE, content_type="text/html")
        if FaultKind.OUTAGE in active:
            raise Refused(503, "The service is down for maintenance.")
        if throttle := active.get(FaultKind.THROTTLE):
            raise Refused(429, "Too many requests.", retry_after=math.ceil(throttle.ends - now))
        return None

    async def lose(self, vendor: str, request: web.Request) -> None:
        """Close the connection instead of an answer, where that is a fault of the vendor's API.

        :param vendor: the connection type.
        :param request: the request, which was carried out.
        """
        if lost := self._active(vendor).get(FaultKind.LOST):
            await asyncio.sleep(lost.delay)
            if request.transport is not None:
                request.transport.abort()

    def _active(self, vendor: str) -> dict[FaultKind, Fault]:
        now = self.clock()
        return {fault.kind: fault for fault in self._faults if fault.vendor == vendor and now < fault.ends}
