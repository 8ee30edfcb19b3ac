"""Waits in real time for what other processes do."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def until(happened: Callable[[], Any], *, within: float, every: float = 0.5) -> None:
    """Ask whether something has happened until it has; fail if it does not.

    :param happened: Asked again and again.
    :param within: Seconds after which it counts as lost.
    :param every: Seconds between two questions.
    """
    limit = time.monotonic() + within
    while not happened():
        assert time.monotonic() < limit, "it does not happen"
        time.sleep(every)
