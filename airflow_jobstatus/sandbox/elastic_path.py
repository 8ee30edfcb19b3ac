"""Elastic Path's sign-in and jobs API as documented.

Sources: ``elasticpath/elasticpath-dev`` (``openapispecs/exporter/exporter.yaml``,
``guides/Getting-Started/errors.md``), ``elasticpath/composable-frontend``
(``packages/sdks/specs/authentication.yaml``) and, for the words ``processing`` and ``complete`` and the 201,
``elasticpath/js-sdk`` (``src/types/job.d.ts``). ``cancelled`` is documented for neighbouring APIs only.
"""

from __future__ import annotations

import math
import secrets
import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aiohttp import web

from airflow_jobstatus.sandbox.api import Refused, has_to_fail, read_object
from airflow_jobstatus.sandbox.jobs import Job, JobBook, Phase, timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from airflow_jobstatus.sandbox.results import FileHost

ELASTIC_PATH_CLIENT_ID = "sandbox-client"
ELASTIC_PATH_CLIENT_SECRET = "sandbox-secret"  # noqa: S105  a published key to no real account

STATUSES = {
    Phase.QUEUED: "pending",
    Phase.PROCESSING: "processing",
    Phase.SUCCEEDED: "complete",
    Phase.FAILED: "failed",
    Phase.CANCELLED: "cancelled",
}
FAILURE = "No results matched the supplied filter"
TITLES = {400: "required", 401: "Unable to validate access token", 404: "Resource Not Found"}
NEVER = "0001-01-01T00:00:00Z"
TOKEN_PATH = "/oauth/access_token"  # noqa: S105  a path


class ElasticPathApi:
    """Plays Elastic Path's jobs and the sign-in before them.

    :param clock: gives the time in epoch seconds.
    :param seconds: how long a job takes when nothing else is said.
    :param token_lifetime: seconds for which an access token is good.
    :param files: serves the files of the jobs.
    """

    idempotency_header: str | None = None

    def __init__(
        self, clock: Callable[[], float], seconds: float, token_lifetime: float, files: FileHost
    ) -> None:
        self.jobs = JobBook(
            clock=clock,
            seconds=seconds,
            new_id=lambda: str(uuid.uuid4()),
            sample={"job_type": "order_export"},
            outcomes=frozenset(phase for phase in Phase if phase.is_terminal),
        )
        self._token_lifetime = token_lifetime
        self._files = files
        self._authorized_until: dict[str, float] = {}

    def routes(self) -> list[web.RouteDef]:
        """Return the documented calls."""
        return [
            web.post(TOKEN_PATH, self.sign_in),
            web.post("/v2/jobs", self.create),
            web.get("/v2/jobs", self.show_all),
            web.get("/v2/jobs/{job_id}", self.show),
            web.get("/v2/jobs/{job_id}/file", self.show_file),
        ]

    def authenticate(self, request: web.Request) -> None:
        """Ask for an access token that has not expired, except where one is to be had."""
        if request.path == TOKEN_PATH:
            return
        authorization = request.headers.get("Authorization", "")
        if self.jobs.clock() >= self._authorized_until.get(authorization, -math.inf):
            raise Refused(401, "")

    def refusal(self, refused: Refused) -> web.Response:
        """Write ``{"errors": [{"status", "title", "detail"}]}``, the status as a number."""
        title = TITLES.get(refused.status, HTTPStatus(refused.status).phrase)
        error = {"status": refused.status, "title": title} | (
            {"detail": refused.detail} if refused.detail else {}
        )
        return web.json_response({"errors": [error]}, status=refused.status)

    def connection(self, url: str) -> dict[str, str]:
        """Return the connection: the client id is the login, its secret the password."""
        return {
            "conn_type": "elastic_path",
            "host": url,
            "login": ELASTIC_PATH_CLIENT_ID,
            "password": ELASTIC_PATH_CLIENT_SECRET,
        }

    async def sign_in(self, request: web.Request) -> web.Response:
        """Return a new access token for the client's credentials, in the flat form."""
        form = await request.post()
        if form.get("grant_type") != "client_credentials":
            return _sign_in_error(HTTPStatus.BAD_REQUEST)
        given = (form.get("client_id"), form.get("client_secret"))
        if given != (ELASTIC_PATH_CLIENT_ID, ELASTIC_PATH_CLIENT_SECRET):
            return _sign_in_error(HTTPStatus.UNAUTHORIZED)
        token = secrets.token_hex(20)
        ends = self.jobs.clock() + self._token_lifetime
        self._authorized_until[f"Bearer {token}"] = ends
        return web.json_response(
            {
                "access_token": token,
                "token_type": "Bearer",
                "expires_in": int(self._token_lifetime),
                "expires": int(ends),
                "identifier": "client_credentials",
            }
        )

    async def create(self, request: web.Request) -> web.Response:
        """Make a job, which starts by itself."""
        body = await read_object(request)
        data = body.get("data")
        if not isinstance(data, dict) or not isinstance(data.get("job_type"), str):
            raise Refused(400, "job_type is required")
        outcome = Phase.FAILED if has_to_fail(body) else Phase.SUCCEEDED
        job = self.jobs.add(outcome=outcome, content={"job_type": data["job_type"]})
        return web.json_response({"data": self._body(job, request)}, status=201)

    async def show_all(self, request: web.Request) -> web.Response:
        """Show all jobs, the newest first."""
        return web.json_response({"data": [self._body(job, request) for job in self.jobs.newest_first()]})

    async def show(self, request: web.Request) -> web.Response:
        """Show one job."""
        return web.json_response({"data": self._body(self._job(request), request)})

    async def show_file(self, request: web.Request) -> web.Response:
        """Show a link to the file of a job that has succeeded."""
        job = self._job(request)
        phase = self.jobs.progress(job).phase
        if phase is not Phase.SUCCEEDED:
            raise Refused(422, f"Job has no file to download. Job status: {STATUSES[phase]}")
        return web.json_response({"data": {"href": self._files.link(request, job, _orders)}})

    def _job(self, request: web.Request) -> Job:
        job = self.jobs.get(request.match_info["job_id"])
        if job is None:
            raise Refused(404, "The resource you are requesting does not exist")
        return job

    def _body(self, job: Job, request: web.Request) -> dict[str, Any]:
        progress = self.jobs.progress(job)
        here = f"{request.url.origin()}/v2/jobs/{job.id}"
        updated_at = progress.completed_at or progress.started_at
        return {
            "id": job.id,
            "type": "job",
            **job.content,
            "status": STATUSES[progress.phase],
            **({"error": FAILURE} if progress.phase is Phase.FAILED else {}),
            "link": {"href": f"{here}/file" if progress.phase is Phase.SUCCEEDED else ""},
            "links": {"self": here},
            "timestamps": {
                "created_at": timestamp(job.created_at, "microseconds"),
                "updated_at": NEVER if updated_at is None else timestamp(updated_at, "microseconds"),
            },
        }


def _orders(job: Job) -> Iterator[dict[str, Any]]:
    return (
        {"order_id": f"order-{n}", "total": 100 * n, "currency": "EUR"} for n in range(1, job.records + 1)
    )


def _sign_in_error(status: HTTPStatus) -> web.Response:
    """Write an error as the sign-in does, the status as a string."""
    return web.json_response(
        {"errors": [{"title": status.phrase, "status": str(status.value)}]}, status=status
    )
