"""Courier's bulk API as documented, except for the list of a job's users.

Sources: ``trycourier/docs``, https://courier.com/docs/reference/bulk/get_job and
https://www.courier.com/docs/platform/sending/handling-responses-and-errors; the words for 401 and 404, the
409 for a job that has been run and the counters of a job in ERROR are not published and therefore ours.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aiohttp import web

from airflow_jobstatus.sandbox.api import Refused, has_to_fail, read_object
from airflow_jobstatus.sandbox.jobs import DEFAULT_RECORDS, Job, JobBook, Phase

if TYPE_CHECKING:
    from collections.abc import Callable

COURIER_API_KEY = "pk_sandbox_courier"

STATUSES = {
    Phase.QUEUED: "CREATED",
    Phase.PROCESSING: "PROCESSING",
    Phase.SUCCEEDED: "COMPLETED",
    Phase.FAILED: "ERROR",
}
REFUSED = "User is invalid."
ERROR_TYPES = {
    401: "authentication_error",
    403: "authorization_error",
    429: "rate_limit_error",
    500: "api_error",
    503: "api_error",
}


class CourierApi:
    """Plays Courier's bulk API.

    :param clock: gives the time in epoch seconds.
    :param seconds: how long a job takes from its run, when nothing else is said.
    """

    idempotency_header: str | None = "Idempotency-Key"

    def __init__(self, clock: Callable[[], float], seconds: float) -> None:
        self.jobs = JobBook(
            clock=clock,
            seconds=seconds,
            new_id=lambda: f"1-{secrets.token_hex(4)}-{secrets.token_hex(12)}",
            sample={"event": "SANDBOX"},
            outcomes=frozenset({Phase.SUCCEEDED, Phase.FAILED}),
        )

    def routes(self) -> list[web.RouteDef]:
        """Return the documented calls."""
        return [
            web.post("/bulk", self.create),
            web.post("/bulk/{job_id}", self.add_users),
            web.post("/bulk/{job_id}/run", self.run),
            web.get("/bulk/{job_id}", self.show),
        ]

    def authenticate(self, request: web.Request) -> None:
        """Ask for the API key as a Bearer token."""
        if request.headers.get("Authorization") != f"Bearer {COURIER_API_KEY}":
            raise Refused(401, "Unauthorized")

    def refusal(self, refused: Refused) -> web.Response:
        """Write ``{"message", "type"}``."""
        kind = ERROR_TYPES.get(refused.status, "invalid_request_error")
        return web.json_response({"message": refused.detail, "type": kind}, status=refused.status)

    def connection(self, url: str) -> dict[str, str]:
        """Return the connection: the key is the password."""
        return {"conn_type": "courier", "host": url, "password": COURIER_API_KEY}

    async def create(self, request: web.Request) -> web.Response:
        """Define a job, which stays CREATED until it is run."""
        body = await read_object(request)
        message = body.get("message")
        if not isinstance(message, dict) or not message.get("event"):
            raise Refused(400, "Invalid Request. 'message.event' must be defined.")
        outcome = Phase.FAILED if has_to_fail(body) else Phase.SUCCEEDED
        job = self.jobs.add(records=0, outcome=outcome, content=message, is_released=False)
        return web.json_response({"jobId": job.id}, status=201)

    async def add_users(self, request: web.Request) -> web.Response:
        """Take users into a job that has not been run; one with the word "missing" is refused."""
        job = self._unreleased_job(request)
        users = (await read_object(request)).get("users")
        if not isinstance(users, list):
            raise Refused(400, "Invalid Request. 'users' must be defined.")
        errors = [{"error": REFUSED, "user": user} for user in users if "missing" in json.dumps(user).lower()]
        added = len(users) - len(errors)
        self.jobs.put(replace(job, records=job.records + added))
        return web.json_response({"total": added, "errors": errors})

    async def run(self, request: web.Request) -> web.Response:
        """Set a job going, once; without users it gets the default number of records."""
        job = self._unreleased_job(request)
        records = job.records or DEFAULT_RECORDS
        failed_records = records if job.outcome is Phase.FAILED else 0
        now = self.jobs.clock()
        self.jobs.put(replace(job, released_at=now, records=records, failed_records=failed_records))
        return web.Response(status=202)

    async def show(self, request: web.Request) -> web.Response:
        """Show a job: its definition, counters and status."""
        job = self._job(request)
        return web.json_response({"job": self._body(job)})

    def _body(self, job: Job) -> dict[str, Any]:
        progress = self.jobs.progress(job)
        return {
            "definition": job.content,
            "enqueued": progress.succeeded,
            "failures": progress.failed,
            "received": job.records,
            "status": STATUSES[progress.phase],
        }

    def _job(self, request: web.Request) -> Job:
        job = self.jobs.get(request.match_info["job_id"])
        if job is None:
            raise Refused(404, "Job not found")
        return job

    def _unreleased_job(self, request: web.Request) -> Job:
        job = self._job(request)
        if job.released_at is not None:
            raise Refused(409, "Job has already been run")
        return job
