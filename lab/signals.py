"""Lets a program that is asked to end clean up first."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from types import FrameType
from typing import Any

ENDING = (signal.SIGTERM, signal.SIGHUP)
INTERRUPTING = (signal.SIGINT, *ENDING)


@contextlib.contextmanager
def as_exceptions() -> Iterator[None]:
    """Turn signals that would end the process at once into ``SystemExit``, so that contexts are left.

    A signal that already has a handler keeps it. Outside of the main thread this does nothing.
    """
    unhandled = [number for number in ENDING if signal.getsignal(number) is signal.SIG_DFL]
    with _handled(unhandled, _exit):
        yield


@contextlib.contextmanager
def ignored() -> Iterator[None]:
    """Ignore the same signals and Ctrl-C, so that an impatient second one does not cut cleaning up short."""
    with _handled(INTERRUPTING, signal.SIG_IGN):
        yield


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Hold the same signals back until the end, for what must not be left half done."""
    came: list[int] = []
    try:
        with _handled(INTERRUPTING, lambda number, _frame: came.append(number)):
            yield
    finally:
        for number in came[:1]:
            signal.raise_signal(number)


@contextlib.contextmanager
def _handled(
    numbers: Iterable[signal.Signals], handler: Callable[[int, FrameType | None], Any] | signal.Handlers
) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)


def _exit(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
