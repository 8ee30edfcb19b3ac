"""Reads how an API wants its requests signed out of the field ``auth`` of a connection's extra."""

from __future__ import annotations

from typing import Any

from airflow_jobstatus.protocol.sign_in import HttpAuth, KeyAuth, NoAuth, OAuth2, SignIn
from airflow_jobstatus.vendors.extra.fields import Fields, as_json

KNOWN = {
    "http": ("scheme",),
    "apiKey": ("in", "name"),
    "oauth2": (
        "tokenUrl",
        "grant_type",
        "scope",
        "params",
        "encoding",
        "body",
        "token",
        "name",
        "scheme",
        "secrets",
    ),
    "none": (),
}
"""The fields of each type, in the words of OpenAPI."""
TYPES = {kind.lower(): kind for kind in KNOWN}
TYPE_MAY_BE = f"one of {', '.join(KNOWN)}"
SCHEMES = frozenset({"basic", "bearer", "token"})
"""Schemes that are often taken for types."""
ELSEWHERE = {
    "login": frozenset({"clientid", "login", "user", "username"}),
    "password": frozenset({"accesstoken", "apikey", "clientsecret", "key", "password", "secret", "value"}),
}
"""What is often looked for here, by the field of the connection that is the place for it."""


def read_auth(value: object) -> SignIn:
    """Return the way to sign in that a JSON object declares.

    :param value: The object.
    :raises InvalidVendorError: naming the field, what it holds unless that may be secret, and what it may be.
    """
    auth = Fields(value, "auth", secret=True)
    word = str(auth.get("type", "")).strip().lower()
    kind = TYPES.get(word)
    every = tuple(dict.fromkeys(name for names in KNOWN.values() for name in names))
    auth.demand(("type", *(KNOWN[kind] if kind else every)), ELSEWHERE)
    if kind is None:
        auth.secret = not isinstance(auth.get("type"), str) or len(auth.get("type")) > LONGEST_TYPE
        auth.refuse("type", f'http, with the scheme "{word}"' if word in SCHEMES else TYPE_MAY_BE)
    if kind == "http":
        return HttpAuth(scheme=auth.text("scheme", "one word, such as bearer, basic or ApiKey", "bearer"))
    if kind == "apiKey":
        place: Any = auth.text("in", "header or query", "header")
        return KeyAuth(in_=place, name=auth.text("name", "the name of the header field or parameter", ...))
    return _oauth2(auth) if kind == "oauth2" else NoAuth()


LONGEST_TYPE = 20
"""A longer text is something else that was put into the wrong place."""


def _oauth2(auth: Fields) -> OAuth2:
    encoding: Any = auth.text("encoding", "form or json", "form")
    whole = as_json(auth.get("body"))
    if whole is not None and not isinstance(whole, dict):
        auth.refuse("body", "a JSON object, the whole form")
    if whole is not None:
        for beside in ("grant_type", "scope", "params"):
            if beside in auth:
                auth.refuse(beside, "left out where body gives the whole form")
    return OAuth2(
        token_url=auth.text("tokenUrl", "a path below the host, or the URL of another", ...),
        grant_type=auth.text("grant_type", "a text", "client_credentials"),
        scope=auth.text("scope", "a text"),
        params=auth.texts("params", "a JSON object of texts"),
        encoding=encoding,
        body=whole,
        token=auth.text("token", "a JMESPath expression", "access_token"),
        name=auth.text("name", "the name of a header field", "Authorization"),
        scheme=auth.text("scheme", "one word, such as bearer"),
        secrets=auth.texts("secrets", "a JSON object of names and secrets"),
    )
