"""The results of the sandbox's jobs: one row for each record, and links that expire."""

from __future__ import annotations

import csv
import io
import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from airflow_jobstatus.sandbox.jobs import Job

LINK_SECONDS = 60.0
"""Seconds for which a link is good."""
EXPIRED = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
CREDENTIALS = frozenset({"Authorization", "X-API-Key", "X-Key"})
"""The header fields that hold the credentials of the vendors that the sandbox plays."""
ROWS_AT_ONCE = 1000


@dataclass(frozen=True)
class File:
    """A file behind a link.

    :param job: the job whose results it holds.
    :param rows: makes its rows.
    :param until: epoch seconds at which the link expires.
    """

    job: Job
    rows: Callable[[Job], Iterable[Mapping[str, Any]]]
    until: float


class FileHost:
    """Serves files behind links that hold a signature and expire, as a store of objects does.

    It asks for no credential, and refuses one: who sends it there has given it away.

    :param clock: gives the time in epoch seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._files: dict[str, File] = {}

    def routes(self) -> list[web.RouteDef]:
        """Return the call that gets a file."""
        return [web.get("/files/{name}", self._serve)]

    def link(self, request: web.Request, job: Job, rows: Callable[[Job], Iterable[Mapping[str, Any]]]) -> str:
        """Return a new link to a file of results.

        :param request: the call that asks for it; the host is the same.
        :param job: the job.
        :param rows: makes the file's rows.
        """
        signature = secrets.token_hex(16)
        self._files[signature] = File(job, rows, self._clock() + LINK_SECONDS)
        return f"{request.url.origin()}/files/{job.id}.csv?signature={signature}"

    def expire(self) -> None:
        """Let every link that was given out expire."""
        self._files.clear()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        file = self._files.get(request.query.get("signature", ""))
        if file is None or self._clock() >= file.until or CREDENTIALS & request.headers.keys():
            return web.Response(status=403, text=EXPIRED, content_type="application/xml")
        return await stream(request, "text/csv", as_csv(file.rows(file.job)))


async def stream(request: web.Request, media_type: str, pieces: Iterable[str]) -> web.StreamResponse:
    """Answer with a body that is written as it is made."""
    response = web.StreamResponse(headers={"Content-Type": media_type})
    await response.prepare(request)
    for piece in pieces:
        await response.write(piece.encode())
    await response.write_eof()
    return response


def as_csv(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Write rows as CSV, a thousand at a time, with a line of names above them."""
    text = io.StringIO()
    writer = None
    for number, row in enumerate(rows, 1):
        if writer is None:
            writer = csv.DictWriter(text, list(row))
            writer.writeheader()
        writer.writerow(row)
        if number % ROWS_AT_ONCE == 0:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()


def as_lines(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Write rows as JSON, one a line."""
    return (json.dumps(row) + "\n" for row in rows)
