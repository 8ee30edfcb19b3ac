"""An API that plays one scenario: the sign-in, if it has one, and the status call."""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from airflow_jobstatus.testing.answers import Answers, Scenario
from airflow_jobstatus.testing.server import Recorded, Reply


@dataclass(frozen=True)
class Played:
    """Plays one scenario of an API; refuses what the API would refuse.

    :param answers: What the API answers.
    :param scenario: The scenario.
    """

    answers: Answers
    scenario: Scenario

    def reply(self, request: Recorded) -> Reply:
        """Return what the API answers to a request."""
        signed_in = self.sign_in(request)
        if signed_in is not None:
            return signed_in
        if not self._is_signed(request):
            return Reply(status=401, body={"message": f"the request must carry {self._credential}"})
        line = self._line(request)
        if line != self.scenario.request:
            return Reply(status=404, body={"message": f"nothing at {line}, but at {self.scenario.request}"})
        scenario = self.scenario
        return Reply(status=scenario.status, headers=scenario.headers, body=scenario.body)

    def sign_in(self, request: Recorded, *, strict: bool = True) -> Reply | None:
        """Return what the API answers to a sign-in, None if the request is none.

        :param request: The request.
        :param strict: Whether the form must be right.
        """
        token = self.answers.token
        if token is None or f"{request.method} {request.path}" != token["request"]:
            return None
        if strict and _form(request) != token["form"]:
            return Reply(status=400, body={"error": "the form is another than that of the answers"})
        return Reply(body=token["body"])

    def credentials(self, request: Recorded) -> list[str]:
        """Return what a request was signed with, as it came over the wire."""
        query = dict(parse_qsl(urlsplit(request.path).query))
        fields = [request.headers.get(name, "") for name in self.answers.headers]
        fields += [query.get(name, "") for name in self.answers.query]
        return [text.rpartition(" ")[2] for text in fields]

    @property
    def _credential(self) -> str:
        return ", ".join((*self.answers.headers, *self.answers.query))

    def _is_signed(self, request: Recorded) -> bool:
        query = dict(parse_qsl(urlsplit(request.path).query))
        return all(request.headers.get(name) == text for name, text in self.answers.headers.items()) and all(
            query.get(name) == text for name, text in self.answers.query.items()
        )

    def _line(self, request: Recorded) -> str:
        """Return method and path without the credential in the query."""
        path, _, query = request.path.partition("?")
        kept = [part for part in query.split("&") if part.partition("=")[0] not in self.answers.query]
        return f"{request.method} {path}{'?' * any(kept)}{'&'.join(kept)}"


def _form(request: Recorded) -> object:
    """Return what a form holds, in either encoding."""
    text = request.body.decode()
    if "json" in request.headers.get("content-type", ""):
        return json.loads(text)
    return dict(parse_qsl(text))
