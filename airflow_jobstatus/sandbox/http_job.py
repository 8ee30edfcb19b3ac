"""A small HTTP job API of the sandbox's own, for connections of type ``http_job``.

``POST /jobs`` makes a job and answers with its ``id``; ``GET /jobs/{id}`` shows its ``state`` and its
``percent``; ``GET /jobs/{id}/results`` gets a table of one that has ended well. All ask for a key in the
header ``X-Key``.
"""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any

from aiohttp import web

from airflow_jobstatus.sandbox.api import Refused, has_to_fail, read_object
from airflow_jobstatus.sandbox.jobs import Job, JobBook, Phase
from airflow_jobstatus.sandbox.results import as_csv, stream

if TYPE_CHECKING:
    from collections.abc import Callable

HTTP_JOB_KEY = "sandbox-key"
DECLARATION = {
    "path": "/jobs/{id}",
    "auth": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "status": "state",
    "percent": "percent",
    "error": "message",
    "results": {"path": "/jobs/{id}/results", "format": "csv"},
    "submit": {"path": "/jobs", "idempotency_header": "Idempotency-Key"},
}
"""What a connection says of this API."""
STATES = {
    Phase.QUEUED: "queued",
    Phase.PROCESSING: "running",
    Phase.SUCCEEDED: "done",
    Phase.FAILED: "failed",
}
FAILURE = "The input is missing."


class HttpJobApi:
    """Plays a job API such as a company has of its own.

    :param clock: gives the time in epoch seconds.
    :param seconds: how long a job takes, when nothing else is said.
    """

    idempotency_header: str | None = "Idempotency-Key"

    def __init__(self, clock: Callable[[], float], seconds: float) -> None:
        self.jobs = JobBook(
            clock=clock,
            seconds=seconds,
            new_id=lambda: f"job-{secrets.token_hex(6)}",
            sample={},
            outcomes=frozenset({Phase.SUCCEEDED, Phase.FAILED}),
        )

    def routes(self) -> list[web.RouteDef]:
        """Return the three calls."""
        return [
            web.post("/jobs", self.create),
            web.get("/jobs/{job_id}", self.show),
            web.get("/jobs/{job_id}/results", self.show_results),
        ]

    def authenticate(self, request: web.Request) -> None:
        """Ask for the key in a header."""
        if request.headers.get("X-Key") != HTTP_JOB_KEY:
            raise Refused(401, "The header X-Key is missing or wrong.")

    def refusal(self, refused: Refused) -> web.Response:
        """Write ``{"message"}``."""
        return web.json_response({"message": refused.detail}, status=refused.status)

    def connection(self, url: str) -> dict[str, str]:
        """Return the connection: the key is the password, the extra declares the API."""
        return {
            "conn_type": "http_job",
            "host": url,
            "password": HTTP_JOB_KEY,
            "extra": json.dumps(DECLARATION),
        }

    async def create(self, request: web.Request) -> web.Response:
        """Make a job; it fails if the word "missing" is in the body."""
        body = await read_object(request)
        job = self.jobs.add(outcome=Phase.FAILED if has_to_fail(body) else Phase.SUCCEEDED)
        return web.json_response({"id": job.id}, status=201)

    async def show(self, request: web.Request) -> web.Response:
        """Show a job."""
        return web.json_response(self._body(self._job(request)))

    async def show_results(self, request: web.Request) -> web.StreamResponse:
        """Write the results of a job that has ended well; until then there is no answer yet, a 202."""
        job = self._job(request)
        phase = self.jobs.progress(job).phase
        if not phase.is_terminal:
            return web.json_response({"message": "The job is not done."}, status=202)
        if phase is not Phase.SUCCEEDED:
            raise Refused(410, "A job that failed has no results.")
        rows = ({"record": number, "value": 2 * number} for number in range(1, job.records + 1))
        return await stream(request, "text/csv", as_csv(rows))

    def _job(self, request: web.Request) -> Job:
        job = self.jobs.get(request.match_info["job_id"])
        if job is None:
            raise Refused(404, "There is no such job.")
        return job

    def _body(self, job: Job) -> dict[str, Any]:
        progress = self.jobs.progress(job)
        percent = 100 * progress.processed // job.records if job.records else 0
        failure = {"message": FAILURE} if progress.phase is Phase.FAILED else {}
        return {"id": job.id, "state": STATES[progress.phase], "percent": percent, **failure}
