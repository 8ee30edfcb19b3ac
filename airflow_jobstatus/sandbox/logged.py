"""What the sandbox keeps of each request."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LoggedRequest:
    """A request that one of the vendors' APIs, or no one, has answered.

    :param at: when it came, in epoch seconds of the sandbox's clock.
    :param method: the HTTP method.
    :param path: the path without the query.
    :param status: the HTTP status it was answered with.
    :param vendor: the connection type of the vendor asked, None if the path is nobody's.
    :param job_id: the job named in the path, if any.
    """

    at: float
    method: str
    path: str
    status: int
    vendor: str | None
    job_id: str | None
