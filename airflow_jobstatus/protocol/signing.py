"""What signs a request, and what a way to sign in has to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import quote

from airflow_jobstatus.protocol.http import Flow, Request

Clock = Callable[[], float]
"""Returns seconds that never run backwards."""


@dataclass(frozen=True, kw_only=True)
class Signature:
    """Carries a credential in a request; its representation does not show it.

    :param headers: The header fields to set; none by default.
    :param query: The query parameters to add, not yet percent-encoded; none by default.
    """

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)

    def apply(self, request: Request) -> Request:
        """Return a request with the credential in it.

        :param request: The unsigned request.
        """
        request = request.with_headers(self.headers)
        if not self.query:
            return request
        pairs = "&".join(
            f"{quote(name, safe='')}={quote(text, safe='')}" for name, text in self.query.items()
        )
        return request.at(f"{request.url}{'&' if '?' in request.url else '?'}{pairs}")


class Auth(Protocol):
    """A way to sign in with one account."""

    def sign(self) -> Flow[Signature]:
        """Return what signs a request; sign in first where that is needed."""

    def renew(self, refused: Signature) -> bool:
        """Forget a credential that was refused; return whether signing again can bring another one."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be shown beside the account's own secrets."""
