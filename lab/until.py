"""Waits in real time for what other processes do."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

WITHIN = 300.0
"""Seconds after which something counts as lost, by default."""


def until(
    happened: Callable[[], Found | None],
    *,
    within: float = WITHIN,
    every: float = 0.5,
    what: Callable[[], str] = lambda: "what was waited for",
) -> Found:
    """Ask until the answer is true, and return it.

    :param happened: Asked again and again.
    :param within: Seconds after which it counts as lost.
    :param every: Seconds between two questions.
    :param what: Describes what is missing; asked only when the time is over.
    :raises TimeoutError: if it does not happen in time.
    """
    limit = time.monotonic() + within
    while not (found := happened()):
        if time.monotonic() > limit:
            raise TimeoutError(f"after {within:g} s still missing: {what()}")
        time.sleep(every)
    return found
