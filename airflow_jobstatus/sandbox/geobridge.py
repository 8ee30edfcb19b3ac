"""GeoBridge's bulk jobs as documented.

Callbacks and the limit on cancelling are left out.
Sources: https://geobridge-docs-site.pages.dev/api/bulk/createbulkjob, .../listbulkjobs, .../cancelbulkjob.
The ``error`` of a failed job, the page size, the null cursor of the last page, the 400, the 409 of results
that are not there, the fields of a result and which results come as a link are not published and therefore
ours.
"""

from __future__ import annotations

import base64
import uuid
from collections import deque
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from itertools import dropwhile, islice
from typing import TYPE_CHECKING, Any

from aiohttp import web

from airflow_jobstatus.sandbox.api import Refused, has_to_fail, read_object
from airflow_jobstatus.sandbox.jobs import DEFAULT_RECORDS, Job, JobBook, Phase, timestamp
from airflow_jobstatus.sandbox.results import as_csv, as_lines, stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from airflow_jobstatus.sandbox.results import FileHost

GEOBRIDGE_API_KEY = "gb_sandbox_key"

WITHOUT_VERSION = "/bulk/jobs"
"""Where requests go from a connection whose host lacks the version."""
DEFAULT_LIMIT = 25
FAILURE = "Input could not be downloaded."
POLLS_PER_SECOND = 2
MAXIMUM_LIMIT = 100
MOST_AT_ONCE = 5000
"""How many results come in one answer; a table of more is a link."""
NDJSON = "application/x-ndjson"
SAMPLE_CALLBACK = {
    "url": "https://app.example.com/webhooks/geocoding",
    "secret": "whsec_example_secret_01",
    "signature_header": "X-Geobridge-Signature",
}
SAMPLE_INPUT = {"transport": "https", "url": "https://files.example.com/batches/sandbox.csv"}


class GeoBridgeApi:
    """Plays GeoBridge's bulk jobs, with its limit of two polls per second of one job.

    :param clock: gives the time in epoch seconds.
    :param seconds: how long a job takes when nothing else is said.
    :param files: serves large results.
    :param rate_limit: whether the limit holds.
    """

    idempotency_header: str | None = "X-Idempotency-Key"

    def __init__(
        self, clock: Callable[[], float], seconds: float, files: FileHost, *, rate_limit: bool
    ) -> None:
        self.jobs = JobBook(
            clock=clock,
            seconds=seconds,
            new_id=lambda: str(uuid.uuid4()),
            sample={"input": SAMPLE_INPUT, "callback": SAMPLE_CALLBACK},
            outcomes=frozenset(phase for phase in Phase if phase.is_terminal),
        )
        self._files = files
        self._rate_limit = rate_limit
        self._polls: dict[str, deque[float]] = {}

    def routes(self) -> list[web.RouteDef]:
        """Return the documented calls."""
        return [
            web.post("/v1/bulk/jobs", self.create),
            web.get("/v1/bulk/jobs", self.show_all),
            web.get("/v1/bulk/jobs/{job_id}", self.show),
            web.get("/v1/bulk/jobs/{job_id}/results", self.show_results),
            web.delete("/v1/bulk/jobs/{job_id}", self.cancel),
        ]

    def authenticate(self, request: web.Request) -> None:
        """Ask for the API key in its own header."""
        if not request.path.startswith("/v1/"):
            hint = "The connection's host must end with /v1."
            raise Refused(404, f"There is no {request.path} here. {hint}")
        if request.headers.get("X-API-Key") != GEOBRIDGE_API_KEY:
            raise Refused(401, "API key is missing or invalid.")

    def refusal(self, refused: Refused) -> web.Response:
        """Write a problem document, https://www.rfc-editor.org/rfc/rfc9457."""
        title = HTTPStatus(refused.status).phrase
        problem = {
            "type": f"https://docs.geobridge.io/problems/{title.lower().replace(' ', '-')}",
            "title": title,
            "status": refused.status,
            "detail": refused.detail,
        }
        return web.json_response(problem, status=refused.status, content_type="application/problem+json")

    def connection(self, url: str) -> dict[str, str]:
        """Return the connection: the key is the password, the host ends with the version."""
        return {"conn_type": "geobridge", "host": f"{url}/v1", "password": GEOBRIDGE_API_KEY}

    async def create(self, request: web.Request) -> web.Response:
        """Take a job in; inline records are counted."""
        body = await read_object(request)
        source = body.get("input")
        callback = body.get("callback", {})
        if not isinstance(source, dict) or not isinstance(callback, dict):
            raise Refused(400, "input must be an object, and callback too where it is given.")
        fails = has_to_fail(body)
        inline = source.get("records")
        records = len(inline) if isinstance(inline, list) else DEFAULT_RECORDS
        job = self.jobs.add(
            outcome=Phase.FAILED if fails else Phase.SUCCEEDED,
            records=0 if fails else records,
            content={
                "input": source,
                "callback": SAMPLE_CALLBACK | callback,
                **{name: body[name] for name in ("options", "metadata") if name in body},
            },
        )
        return web.json_response(self._body(job), status=202)

    async def show_all(self, request: web.Request) -> web.Response:
        """Show a page of jobs, the newest first, and where the next page begins."""
        query = request.query
        jobs = self.jobs.newest_first()
        if "cursor" in query:
            last = self._last_shown(query["cursor"])
            jobs = islice(dropwhile(lambda job: job.id != last, jobs), 1, None)
        if "status" in query:
            jobs = (job for job in jobs if self.jobs.progress(job).phase.value == query["status"])
        if "after" in query:
            after = _parse_moment(query["after"])
            jobs = (job for job in jobs if job.created_at > after)
        limit = _parse_limit(query.get("limit", str(DEFAULT_LIMIT)))
        page = list(islice(jobs, limit))
        is_last = next(jobs, None) is None
        cursor = None if is_last else base64.urlsafe_b64encode(page[-1].id.encode()).decode()
        return web.json_response({"cursor": cursor, "jobs": [self._body(job) for job in page]})

    async def show(self, request: web.Request) -> web.Response:
        """Show one job, unless it has just been polled twice."""
        job = self._job(request)
        self._count_poll(job)
        return web.json_response(self._body(job))

    async def show_results(self, request: web.Request) -> web.StreamResponse:
        """Write the results of a job that has succeeded: as asked for, or a link where they are many."""
        job = self._job(request)
        if self.jobs.progress(job).phase is not Phase.SUCCEEDED:
            raise Refused(409, f"Job {job.id} has no results.")
        name = request.query.get("format", "geojson")
        if name not in {"geojson", "ndjson", "csv"}:
            raise Refused(400, "format must be geojson, ndjson or csv.")
        if name == "csv" and job.records > MOST_AT_ONCE:
            return web.json_response({"format": name, "url": self._files.link(request, job, _places)})
        if name == "csv":
            return await stream(request, "text/csv", as_csv(_places(job)))
        if name == "ndjson" and NDJSON in request.headers.get("Accept", ""):
            return await stream(request, NDJSON, as_lines(_places(job)))
        begin = _parse_begin(request.query.get("cursor", "0"))
        page = list(islice(_places(job), begin, begin + MAXIMUM_LIMIT))
        end = begin + len(page)
        cursor = str(end) if end < job.records else None
        return web.json_response({"job": self._body(job), "format": name, "results": page, "cursor": cursor})

    async def cancel(self, request: web.Request) -> web.Response:
        """Cancel a job that has not ended; it stops at once."""
        job = self._job(request)
        if self.jobs.progress(job).phase.is_terminal:
            raise Refused(409, f"Job {job.id} has already completed.")
        cancelled = self.jobs.put(replace(job, cancelled_at=self.jobs.clock()))
        return web.json_response(self._body(cancelled), status=202)

    def _body(self, job: Job) -> dict[str, Any]:
        progress = self.jobs.progress(job)
        moments = {
            "submitted_at": job.created_at,
            "started_at": progress.started_at,
            "completed_at": progress.completed_at,
        }
        statistics = {
            "total_records": job.records,
            "processed_records": progress.processed,
            "successful_records": progress.succeeded,
            "failed_records": progress.failed,
            "last_record_id": f"rec-{progress.processed}" if progress.processed else None,
        }
        return {
            "id": job.id,
            "status": progress.phase.value,
            **{name: timestamp(moment, "seconds") for name, moment in moments.items() if moment is not None},
            **job.content,
            **({} if progress.phase is Phase.QUEUED else {"statistics": statistics}),
            **({"error": FAILURE} if progress.phase is Phase.FAILED else {}),
        }

    def _job(self, request: web.Request) -> Job:
        job_id = request.match_info["job_id"]
        job = self.jobs.get(job_id)
        if job is None:
            raise Refused(404, f"No job exists with id {job_id}.")
        return job

    def _last_shown(self, cursor: str) -> str:
        try:
            job_id = base64.urlsafe_b64decode(cursor).decode()
        except ValueError:
            job_id = ""
        if self.jobs.get(job_id) is None:
            raise Refused(400, "cursor is not one that was given out.")
        return job_id

    def _count_poll(self, job: Job) -> None:
        now = self.jobs.clock()
        polls = self._polls.setdefault(job.id, deque(maxlen=POLLS_PER_SECOND))
        if self._rate_limit and len(polls) == POLLS_PER_SECOND and now - polls[0] < 1:
            raise Refused(429, "Job status may only be polled twice per second.")
        polls.append(now)


def _places(job: Job) -> Iterator[dict[str, Any]]:
    """Return a made-up place for each record; of inline records with the record itself."""
    inline = job.content.get("input", {}).get("records")
    for number in range(job.records):
        given = {"input": inline[number]} if isinstance(inline, list) and number < len(inline) else {}
        yield {"id": f"rec-{number + 1}", "lat": 52.5, "lon": 13.4, "confidence": 0.9, **given}


def _parse_begin(text: str) -> int:
    if not text.isdecimal():
        raise Refused(400, "cursor is not one that was given out.")
    return int(text)


def _parse_moment(text: str) -> float:
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    except ValueError:
        raise Refused(400, "after must be an ISO 8601 time.") from None


def _parse_limit(text: str) -> int:
    limit = int(text) if text.isdecimal() else 0
    if not 1 <= limit <= MAXIMUM_LIMIT:
        raise Refused(400, f"limit must be a whole number from 1 to {MAXIMUM_LIMIT}.")
    return limit
