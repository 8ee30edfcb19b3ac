"""What a server counted."""

from __future__ import annotations

from collections import Counter
from typing import Any

GRACE = 0.25
"""Seconds after a Retry-After was sent in which a request may still be under way."""


class Counts:
    """Counts the requests and connections of one round."""

    def __init__(self) -> None:
        self.requests = 0
        self.connections = 0
        self._statuses: Counter[str] = Counter()
        self._lists = 0
        self._early = 0
        self._pauses = 0
        self._closed_from = self._closed_until = 0.0

    def came(self, now: float, *, lists: bool) -> None:
        """Take note of a request."""
        self.requests += 1
        self._lists += lists
        if self._closed_from + GRACE < now < self._closed_until:
            self._early += 1

    def answered(self, status: str, retry_after: float | None, now: float) -> None:
        """Take note of what it was answered with, or of what happened instead."""
        self._statuses[status] += 1
        if retry_after is not None:
            if now >= self._closed_until:
                self._pauses += 1
                self._closed_from = now
            self._closed_until = max(self._closed_until, now + retry_after)

    def to_dict(self) -> dict[str, Any]:
        """Return the counts as plain JSON values."""
        return {
            "requests": self.requests,
            "connections": self.connections,
            "lists": self._lists,
            "early": self._early,
            "pauses": self._pauses,
            "statuses": dict(self._statuses),
        }
