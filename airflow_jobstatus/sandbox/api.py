"""What the server asks of a vendor's API, and how that API refuses a request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import web

    from airflow_jobstatus.sandbox.jobs import JobBook


class VendorApi(Protocol):
    """One vendor's API, played on the routes it names."""

    @property
    def jobs(self) -> JobBook:
        """The vendor's jobs."""

    @property
    def idempotency_header(self) -> str | None:
        """The header field by which a POST is known again, None where it is not."""

    def routes(self) -> list[web.RouteDef]:
        """Return the routes; a path parameter named ``job_id`` is the job asked for."""

    def authenticate(self, request: web.Request) -> None:
        """Let the request pass or raise :class:`Refused` with 401."""

    def refusal(self, refused: Refused) -> web.Response:
        """Write a refusal in the vendor's own error form."""

    def connection(self, url: str) -> dict[str, str]:
        """Return the fields of the Airflow connection to this API.

        :param url: where the sandbox listens, without a path.
        """


class Refused(Exception):  # noqa: N818  an answer, not a fault of the program
    """Ends a request with an error answer, which the vendor puts into its own form.

    :param status: the HTTP status.
    :param detail: what is wrong, for a person.
    :param retry_after: seconds after which to ask again, None to say nothing about it.
    """

    def __init__(self, status: int, detail: str, *, retry_after: int | None = None) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail
        self.retry_after = retry_after


async def read_object(request: web.Request) -> dict[str, Any]:
    """Read the request's body as a JSON object, or refuse it with 400."""
    try:
        body = json.loads(await request.text())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refused(400, "The body must be a JSON object.")
    return body


def has_to_fail(body: Mapping[str, Any]) -> bool:
    """Return whether a creation request asks for a failing job, by the word "missing" anywhere in it."""
    return "missing" in json.dumps(body).lower()
