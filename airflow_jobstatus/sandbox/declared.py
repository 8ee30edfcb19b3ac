"""Plays the API that a connection of type ``http_job`` declares, so that a DAG can be tried without it."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aiohttp import web

from airflow_jobstatus.sandbox.api import Refused
from airflow_jobstatus.sandbox.credential import TOKEN_PATH, Credential
from airflow_jobstatus.sandbox.invented import Invented
from airflow_jobstatus.sandbox.jobs import Job, JobBook, Phase
from airflow_jobstatus.sandbox.place import is_plain, place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ID = re.compile(r"\{\+?id\}")
ENDED = 409
"""The code with which a cancel call says that the job has ended, where the connection names none."""


class DeclaredApi:
    """Plays the API that a connection declares, below a path of its own.

    A job begins when it is submitted, or else when it is first polled, whatever its id; it fails if the word
    "missing" is in what was submitted, or in the id.

    :param name: What the API is called, and the path it is played at.
    :param connection: The connection: login, password, extra.
    :param answers: What the real API answers, for a declaration whose places are more than names and dots.
    :param clock: gives the time in epoch seconds.
    :param seconds: how long a job takes, when nothing else is said.
    :raises ValueError: if the declaration cannot be played, with what to do.
    """

    def __init__(
        self,
        name: str,
        connection: Mapping[str, Any],
        answers: Mapping[str, Any] | None,
        clock: Callable[[], float],
        seconds: float,
    ) -> None:
        self._extra = {
            field: _parsed(value) for field, value in _parsed(connection.get("extra") or {}).items()
        }
        if not isinstance(self._extra.get("path"), str):
            raise ValueError("the connection has no path in its extra, such as /jobs/{id}")  # noqa: TRY004
        self._prefix = f"/{name}"
        self._connection = connection
        self._credential = Credential(
            self._extra.get("auth"), connection.get("login") or "", connection.get("password") or ""
        )
        self._invented = Invented(self._extra, answers)
        self._submit: Mapping[str, Any] = self._extra.get("submit") or {}
        self._id_at = self._submit.get("id", "id")
        if not is_plain(self._id_at):
            raise ValueError(f"submit.id cannot be played: {self._id_at!r} is more than names joined by dots")
        self.idempotency_header: str | None = self._submit.get("idempotency_header")
        self.jobs = JobBook(
            clock=clock,
            seconds=seconds,
            new_id=lambda: f"job-{secrets.token_hex(6)}",
            sample={},
            outcomes=frozenset(phase for phase in Phase if phase.is_terminal),
        )

    @property
    def unplayed(self) -> Mapping[str, str]:
        """Return the fields of the declaration that no answer shows, each with its expression."""
        return self._invented.unplayed

    def routes(self) -> list[web.RouteDef]:
        """Return the calls that the connection declares."""
        method = str(self._extra.get("method", "GET")).upper()
        calls = {(method, self._route(self._extra["path"])): self.show}
        if self._submit:
            submitted = (str(self._submit.get("method", "POST")).upper(), self._route(self._submit["path"]))
            calls.setdefault(submitted, self.create)
        cancel = self._extra.get("cancel")
        if cancel:
            called = (str(cancel.get("method", "DELETE")).upper(), self._route(cancel["path"]))
            calls.setdefault(called, self.cancel)
        calls.setdefault(("POST", self._prefix + TOKEN_PATH), self._credential.sign_in)
        if self._extra.get("probe"):
            calls.setdefault(("GET", self._route(self._extra["probe"])), self.probe)
        return [web.route(verb, path, handler) for (verb, path), handler in calls.items()]

    def authenticate(self, request: web.Request) -> None:
        """Ask for what the connection signs its requests with."""
        self._credential.check(request)

    def refusal(self, refused: Refused) -> web.Response:
        """Write ``{"message"}``."""
        return web.json_response({"message": refused.detail}, status=refused.status)

    def connection(self, url: str) -> dict[str, str]:
        """Return the connection with the sandbox as its host; signing in stays here too.

        :param url: where the sandbox listens, without a path.
        """
        extra = {name: value for name, value in self._extra.items() if name != "proxy"}
        if "auth" in extra:
            extra["auth"] = self._credential.played
        kept = {name: self._connection[name] for name in ("login", "password") if name in self._connection}
        return {"conn_type": "http_job", "host": url + self._prefix, **kept, "extra": json.dumps(extra)}

    async def create(self, request: web.Request) -> web.Response:
        """Make a job, and answer with its id where the connection looks for it."""
        job = self.jobs.add(outcome=_outcome(await request.text()))
        answer: dict[str, Any] = {}
        place(answer, self._id_at, job.id)
        return web.json_response(answer, status=201)

    async def show(self, request: web.Request) -> web.Response:
        """Show the job that is asked for; one that is new begins now."""
        body = self._extra.get("body")
        job_id = await _job_id(request, self._extra["path"], body)
        job = self.jobs.get(job_id) or self._begin(job_id)
        status, answer = self._invented.answer(job, self.jobs.progress(job))
        return web.json_response(answer, status=status)

    async def cancel(self, request: web.Request) -> web.Response:
        """Cancel a job that has not ended."""
        cancel = self._extra["cancel"]
        job = self.jobs.get(await _job_id(request, cancel["path"], cancel.get("body")))
        if job is None:
            raise Refused(404, "There is no such job.")
        if self.jobs.progress(job).phase.is_terminal:
            [code, *_] = cancel.get("ended_codes") or [ENDED]
            raise Refused(code, "The job has ended.")
        self.jobs.put(replace(job, cancelled_at=self.jobs.clock()))
        return web.json_response({})

    async def probe(self, request: web.Request) -> web.Response:
        """Answer the test button."""
        del request  # what signs it has been checked
        return web.json_response({})

    def _begin(self, job_id: str) -> Job:
        return self.jobs.add(job_id=job_id, outcome=_outcome(job_id))

    def _route(self, template: str) -> str:
        path = template.partition("?")[0]
        return self._prefix + path.replace("{+id}", "{job_id:.+}").replace("{id}", "{job_id}")


def _outcome(text: str) -> Phase:
    return Phase.FAILED if "missing" in text.lower() else Phase.SUCCEEDED


def _parsed(value: Any) -> Any:
    """Return a value; that of a text where it is a JSON object, as a form without an editor has it."""
    if not isinstance(value, str) or not value.startswith("{"):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


async def _job_id(request: web.Request, path: str, body: Any) -> str:
    """Return the id that stands in a request where the templates have it, or refuse it with 404."""
    if "job_id" in request.match_info:
        return request.match_info["job_id"]
    for part in path.partition("?")[2].split("&"):
        name, _, template = part.partition("=")
        if found := _inside(template, request.query.get(name, "")):
            return found
    if body is not None:
        text = await request.text()
        try:
            sent = json.loads(text)
        except ValueError:
            sent = None
        if found := _within(body, sent):
            return found
    raise Refused(404, "The request names no job where the connection says that it does.")


def _within(template: Any, sent: Any) -> str | None:
    """Return the id that a JSON value has where its template has ``{id}``."""
    if isinstance(template, dict) and isinstance(sent, dict):
        pairs = [(inner, sent.get(name)) for name, inner in template.items()]
    elif isinstance(template, list) and isinstance(sent, list):
        pairs = list(zip(template, sent, strict=False))
    else:
        return _inside(template, sent) if isinstance(template, str) and isinstance(sent, str) else None
    return next(filter(None, (_within(inner, value) for inner, value in pairs)), None)


def _inside(template: str, text: str) -> str | None:
    """Return the id that a text has where its template has ``{id}``."""
    if not ID.search(template):
        return None
    found = re.fullmatch("(.+)".join(map(re.escape, ID.split(template))), text, re.DOTALL)
    return found[1] if found else None
