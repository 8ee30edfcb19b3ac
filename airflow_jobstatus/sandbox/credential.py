"""What signs a request to a declared API, and the sign-in where that takes a call."""

from __future__ import annotations

import base64
import json
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from aiohttp import web

from airflow_jobstatus.sandbox.api import Refused
from airflow_jobstatus.sandbox.place import is_plain, place

if TYPE_CHECKING:
    from collections.abc import Mapping

TOKEN_PATH = "/sandbox-token"  # noqa: S105  a path
LIFETIME = 3600
BEARER = {"type": "http", "scheme": "bearer"}


class Credential:
    """What the requests of one connection must carry.

    :param auth: The field ``auth`` of the connection's extra.
    :param login: The connection's login.
    :param password: The connection's password.
    :raises ValueError: if the token has no plain place in the answer to a sign-in.
    """

    def __init__(self, auth: Mapping[str, Any] | None, login: str, password: str) -> None:
        self._auth = auth or BEARER
        self._kind = str(self._auth.get("type", "")).strip().lower()
        self._login = login
        self._password = password
        self._token = secrets.token_hex(16)
        self._place = self._auth.get("token", "access_token")
        if self._kind == "oauth2" and not is_plain(self._place):
            raise ValueError(
                f"auth.token cannot be played: {self._place!r} is more than names joined by dots"
            )

    @property
    def played(self) -> Mapping[str, Any]:
        """Return the field ``auth`` that leads to the sandbox: signing in stays here."""
        return {**self._auth, "tokenUrl": TOKEN_PATH} if self._kind == "oauth2" else self._auth

    def check(self, request: web.Request) -> None:
        """Let a request pass or raise :class:`Refused` with 401."""
        if request.path.endswith(TOKEN_PATH) or self._kind == "none":
            return
        if self._kind == "apikey" and self._auth.get("in") == "query":
            place, shown, wanted = "parameter", request.query.get(self._auth["name"], ""), self._password
        else:
            name = self._auth.get("name", "Authorization")
            place, shown, wanted = "header", request.headers.get(name, ""), self._wanted
            shown = shown.rpartition(" ")[2]
        if not secrets.compare_digest(shown.encode(), wanted.encode()):
            raise Refused(401, f"The {place} that signs the request is missing or wrong.")

    async def sign_in(self, request: web.Request) -> web.Response:
        """Sell a token to whoever sends the credential."""
        text = await request.text()
        form = json.dumps(parse_qsl(text)) if not text.startswith("{") else text
        whole = json.dumps(self._auth.get("body", "{password}"))
        if "{password}" in whole and json.dumps(self._password)[1:-1] not in form:
            raise Refused(401, "The form holds another password than the connection.")
        body: dict[str, Any] = {"token_type": "Bearer", "expires_in": LIFETIME}
        place(body, self._place, self._token)
        return web.json_response(body)

    @property
    def _wanted(self) -> str:
        if self._kind == "oauth2":
            return self._token
        if self._kind == "http" and str(self._auth.get("scheme", "")).lower() == "basic":
            return base64.b64encode(f"{self._login}:{self._password}".encode()).decode()
        return self._password
