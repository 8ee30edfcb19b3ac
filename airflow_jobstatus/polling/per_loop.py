"""Keeps one thing for each event loop, for as long as the loop is open."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")


class PerLoop(Generic[T]):
    """One thing for each event loop, made when it is first asked for there.

    That of a loop that was closed in the midst of its work is forgotten: its timers, tasks and futures would
    keep the loop alive for ever.

    :param make: Makes one.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._kept: WeakKeyDictionary[asyncio.AbstractEventLoop, T] = WeakKeyDictionary()

    def __call__(self) -> T:
        """Return that of the running event loop."""
        loop = asyncio.get_running_loop()
        if (kept := self._kept.get(loop)) is None:
            for closed in [one for one in self._kept if one.is_closed()]:
                del self._kept[closed]
            kept = self._kept[loop] = self._make()
        return kept
