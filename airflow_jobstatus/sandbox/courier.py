"""Courier's bulk API as documented.

Sources: ``trycourier/docs``, https://courier.com/docs/reference/bulk/get_job and
https://www.courier.com/docs/platform/sending/handling-responses-and-errors; the words for 401 and 404, the
409 for a job that has been run, the counters of a job in ERROR and the size of a page of users are not
published and therefore ours.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aiohttp import web

from airflow_jobstatus.sandbox.api import Refused, has_to_fail, read_object
from airflow_jobstatus.sandbox.jobs import DEFAULT_RECORDS, Job, JobBook, Phase, Progress

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
USERS_ON_A_PAGE = 100
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
        self._users: dict[str, list[dict[str, Any]]] = {}

    def routes(self) -> list[web.RouteDef]:
        """Return the documented calls."""
        return [
            web.post("/bulk", self.create),
            web.post("/bulk/{job_id}", self.add_users),
            web.post("/bulk/{job_id}/run", self.run),
            web.get("/bulk/{job_id}", self.show),
            web.get("/bulk/{job_id}/users", self.show_users),
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
        refused = [error["user"] for error in errors]
        self._users.setdefault(job.id, []).extend(user for user in users if user not in refused)
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

    async def show_users(self, request: web.Request) -> web.Response:
        """Show a page of a job's users and what became of each; a job without users shows made-up ones."""
        job = self._job(request)
        progress = self.jobs.progress(job)
        cursor = request.query.get("cursor", "0")
        if not cursor.isdecimal():
            raise Refused(400, "Invalid cursor")
        begin = int(cursor)
        end = min(begin + USERS_ON_A_PAGE, job.records)
        known = self._users.get(job.id)
        items = []
        for number in range(begin, end):
            user = known[number] if known else {"recipient": f"user-{number + 1}"}
            items.append({**user, **_delivery(number, progress)})
        more = end < job.records
        return web.json_response(
            {"items": items, "paging": {"more": more, **({"cursor": str(end)} if more else {})}}
        )

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


def _delivery(number: int, progress: Progress) -> dict[str, str]:
    """Return what became of a user: the last of those that were dealt with failed."""
    if number >= progress.processed:
        return {"status": "PENDING"}
    if number >= progress.succeeded:
        return {"status": "ERROR"}
    return {"status": "ENQUEUED", "messageId": f"1-{number:08x}"}
