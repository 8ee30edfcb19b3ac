"""Notices that someone has set the clock back."""

from __future__ import annotations

from collections.abc import Callable

SMALLEST = 1.0
"""Seconds by which the clock must have been set back to matter."""


class Setbacks:
    """Compares the clock with one that never runs backwards.

    :param now: The time at the beginning, in seconds since the epoch.
    :param steady: Seconds that never run backwards.
    """

    def __init__(self, now: float, steady: Callable[[], float]) -> None:
        self._steady = steady
        self._ahead = now - steady()

    def since_last(self, now: float) -> float:
        """Return by how many seconds the clock was set back since the last call, 0 if it was not.

        :param now: The time, in seconds since the epoch.
        """
        before, self._ahead = self._ahead, now - self._steady()
        return back if (back := before - self._ahead) > SMALLEST else 0.0
