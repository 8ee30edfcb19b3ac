"""The sixteen APIs of ``tests/fixtures/openness``: what each answers, and the connection that reads it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.support.fixture import FOLDER
from tests.support.scripted_server import Recorded, Reply

OPENNESS = FOLDER / "openness"
APIS = sorted(path.stem for path in (OPENNESS / "answers").glob("*.json"))


def answers(api: str) -> dict[str, Any]:
    return json.loads((OPENNESS / "answers" / f"{api}.json").read_text())


def connection(api: str) -> dict[str, Any]:
    return json.loads((OPENNESS / "connections" / f"{api}.json").read_text())


SCENARIOS = [(api, name) for api in APIS for name in answers(api)["scenarios"]]


@dataclass
class Played:
    """Plays one scenario of an API: the sign-in, if it has one, and the status call."""

    api: dict[str, Any]
    scenario: dict[str, Any]

    def reply(self, request: Recorded) -> Reply:
        line = f"{request.method} {request.path}"
        token = self.api.get("token")
        if token and line == token["request"]:
            good = dict(parse_qsl(request.body.decode())) == token["form"]
            return Reply(body=token["body"]) if good else Reply(status=400, body={"error": "bad form"})
        if not self._is_signed(request):
            return Reply(status=401, body={"message": "who are you?"})
        if self._line(line) != self.scenario["request"]:
            return Reply(status=404, body={"message": f"nothing at {line}"})
        scenario = self.scenario
        return Reply(status=scenario["status"], headers=scenario["headers"], body=scenario["body"])

    def _is_signed(self, request: Recorded) -> bool:
        auth = self.api["auth"]
        query = dict(parse_qsl(urlsplit(request.path).query))
        headers = all(request.headers.get(name) == text for name, text in auth.get("headers", {}).items())
        return headers and all(query.get(name) == text for name, text in auth.get("query", {}).items())

    def _line(self, line: str) -> str:
        """Give the request line without the key in its query."""
        for name, text in self.api["auth"].get("query", {}).items():
            line = line.replace(f"&{name}={text}", "").replace(f"?{name}={text}", "")
        return line


def filled(extra: dict[str, Any], url: str) -> dict[str, Any]:
    """Give an extra with the place of another host filled."""
    return json.loads(json.dumps(extra).replace("{OTHER}", url))
