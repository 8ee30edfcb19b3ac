"""What goes wrong on the server, by name."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from benchmarks.case import SEED

OUTAGE_BEGINS = 8.0
OUTAGE_SECONDS = 4.0
PAUSE = 2
"""Seconds that a limited API asks to wait."""

Deed = Literal["answer", "reset", "hang", "page"]


@dataclass(frozen=True)
class Trouble:
    """What is done in place of a good answer.

    :param deed: Whether to answer at all; ``page`` is an HTML page with code 200.
    :param status: The HTTP status code.
    :param retry_after: The seconds of the Retry-After field, None for no such field.
    """

    deed: Deed = "answer"
    status: int = 200
    retry_after: int | None = None


Fault = Callable[[float], Trouble | None]
"""Says, at some seconds after the begin of a round, what goes wrong with a request that comes then."""


def _sometimes(share: float, trouble: Trouble) -> Fault:
    chance = random.Random(SEED)  # noqa: S311  no secret
    return lambda _: trouble if chance.random() < share else None


def _outage(status: int, *, retry_after: bool) -> Fault:
    def fault(seconds: float) -> Trouble | None:
        left = OUTAGE_BEGINS + OUTAGE_SECONDS - seconds
        if not 0 < left <= OUTAGE_SECONDS:
            return None
        return Trouble("answer", status, math.ceil(left) if retry_after else None)

    return fault


class Bucket:
    """A token bucket for all requests of the account; it holds one second's worth.

    :param rate: Requests per second.
    :param retry_after: What a 429 asks for, None for no such field.
    """

    def __init__(self, rate: float, retry_after: int | None) -> None:
        self._rate = self._tokens = rate
        self._filled_at = 0.0
        self._trouble = Trouble("answer", 429, retry_after)

    def __call__(self, seconds: float) -> Trouble | None:
        """Take a token, or refuse."""
        self._tokens = min(self._rate, self._tokens + (seconds - self._filled_at) * self._rate)
        self._filled_at = seconds
        if self._tokens < 1:
            return self._trouble
        self._tokens -= 1
        return None


FAULTS: dict[str, Callable[[], Fault]] = {
    "5 % 500s": lambda: _sometimes(0.05, Trouble("answer", 500)),
    "4 s of 429": lambda: _outage(429, retry_after=True),
    "4 s of 503": lambda: _outage(503, retry_after=False),
    "30 requests/s": lambda: Bucket(30, PAUSE),
    "5 % resets": lambda: _sometimes(0.05, Trouble("reset")),
    "2 % HTML 200": lambda: _sometimes(0.02, Trouble("page")),
    "2 % hangs": lambda: _sometimes(0.02, Trouble("hang")),
    "10 requests/s": lambda: Bucket(10, PAUSE),
    "10 requests/s, silent": lambda: Bucket(10, None),
}
"""Those of the fault table first; a silent limit sends no Retry-After."""


def no_fault(_: float) -> Trouble | None:
    """Return None: nothing goes wrong."""
    return None
