"""How a vendor wants its requests signed, as data; ``auth.py`` beside this file carries it out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from airflow_jobstatus.protocol import checks
from airflow_jobstatus.protocol.bounds import SHORTEST_OF_COMPOSED
from airflow_jobstatus.protocol.errors import HIDDEN
from airflow_jobstatus.protocol.expressions import Expression
from airflow_jobstatus.protocol.forms import JOINTS

PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, kw_only=True)
class HttpAuth:
    """Signs with ``Authorization: SCHEME CREDENTIAL``.

    :param scheme: The scheme, ``bearer`` by default. ``basic`` joins the connection's login and password;
        every other scheme takes the password alone and is sent as it is spelt here.
    :raises InvalidVendorError: if the scheme is not one word.
    """

    scheme: str = "bearer"

    def __post_init__(self) -> None:
        checks.token(self, "scheme")


@dataclass(frozen=True, kw_only=True)
class KeyAuth:
    """Signs with the connection's password in a header field or a query parameter of its own.

    :param in_: ``header``, the default, or ``query``.
    :param name: The name of the header field or parameter, such as ``X-API-Key``.
    :raises InvalidVendorError: if one of them is something else.
    """

    in_: Literal["header", "query"] = "header"
    name: str

    def __post_init__(self) -> None:
        checks.one_of(self, "in_", ("header", "query"))
        (checks.token if self.in_ == "query" else checks.header)(self, "name")


@dataclass(frozen=True, kw_only=True)
class OAuth2:
    """Signs with a token that it gets for the connection's login and password (RFC 6749, section 4.4).

    The token is kept for its lifetime and renewed once when it is refused.

    :param token_url: The call that gives the token: a path below the account's base URL, or a whole URL. The
        connection's own header fields go only to the account's base URL.
    :param grant_type: The form's ``grant_type``, ``client_credentials`` by default.
    :param scope: The form's ``scope``; none by default.
    :param params: Further fields of the form; none by default. Their texts may have the places ``{login}``
        and ``{password}``, of the connection, and those that ``secrets`` names.
    :param encoding: How the form is sent: ``form``, the default, or ``json``.
    :param body: The whole form, with the same places, instead of the five above it; None by default.
    :param token: The expression of the token in the answer, or several of which the first counts;
        ``access_token`` by default.
    :param expires_in: The expression of its lifetime in seconds, or several; ``expires_in`` by default.
    :param name: The header field that carries the token, ``Authorization`` by default.
    :param scheme: The scheme before the token, ``bearer`` by default; a field of another name has none.
    :param secrets: Further secrets of the connection by name, for the places in ``params`` and ``body``; they
        are shown nowhere.
    :param ready_token: Whether a connection without a login holds a ready token as its password, which is
        used as it is; False by default.
    :raises InvalidVendorError: if one of them cannot be used.
    """

    token_url: str
    grant_type: str = "client_credentials"
    scope: str | None = None
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    encoding: Literal["form", "json"] = "form"
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    token: str | Sequence[str] = "access_token"  # noqa: S105  where it stands
    expires_in: str | Sequence[str] = "expires_in"
    name: str = "Authorization"
    scheme: str | None = None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    ready_token: bool = False
    token_at: tuple[Expression, ...] = field(init=False, repr=False, compare=False)
    lifetime_at: tuple[Expression, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if str(self.token_url).startswith("/"):
            checks.path(self, "token_url")
        else:
            checks.url(self, "token_url")
        checks.text(self, "grant_type")
        if self.scope is not None:
            checks.text(self, "scope")
        secrets = checks.secrets(self, "secrets")
        object.__setattr__(self, "secrets", MappingProxyType(secrets))
        params = checks.mapping(self, "params", str)
        object.__setattr__(self, "params", MappingProxyType(params))
        checks.one_of(self, "encoding", ("form", "json"))
        if self.body is not None:
            kinds = object if self.encoding == "json" else str
            checks.body(self, "body")
            object.__setattr__(self, "body", MappingProxyType(checks.mapping(self, "body", kinds)))
        known = {"login", "password", *secrets}
        for name in ("params", "body"):
            if strange := next((place for place in places(getattr(self, name)) if place not in known), None):
                may_be = "a form with no other places than {login}, {password} and the names in secrets"
                checks.refuse(self, name, f"{{{strange}}}", may_be)
        filled = {*places(self.params), *places(self.body)}
        if idle := next((name for name in secrets if name not in filled), None):
            may_be = "used by params or body, its name in braces"
            checks.refuse(self, f"secrets[{idle!r}]", HIDDEN, may_be)
        checks.header(self, "name")
        if self.scheme is not None:
            checks.token(self, "scheme")
        object.__setattr__(self, "token_at", checks.expressions(self, "token", self.token))
        object.__setattr__(self, "lifetime_at", checks.expressions(self, "expires_in", self.expires_in))

    def form(self, login: str, password: str) -> dict[str, Any]:
        """Return the form that buys a token.

        :param login: The connection's login, empty for none.
        :param password: The connection's password, empty for none.
        """
        values = {"login": login, "password": password, **self.secrets}
        if self.body is not None:
            return {name: _filled(value, values) for name, value in self.body.items()}
        form = {"grant_type": self.grant_type, "client_id": login, "client_secret": password}
        if self.scope is not None:
            form["scope"] = self.scope
        return {**form, **{name: _filled(text, values) for name, text in self.params.items()}}


@dataclass(frozen=True)
class NoAuth:
    """Signs nothing: the API is open, and the connection needs no password."""


SignIn = HttpAuth | KeyAuth | OAuth2 | NoAuth


def needs_password(auth: object, login: str | None) -> bool:
    """Return whether a connection without a password cannot sign in.

    :param auth: The declared way to sign in.
    :param login: The connection's login.
    """
    if isinstance(auth, HttpAuth) and auth.scheme.lower() == "basic":
        return not login
    if isinstance(auth, OAuth2):
        return not auth.secrets if auth.body is None else "password" in set(places(auth.body))
    return not isinstance(auth, NoAuth)


def needs_login(auth: object) -> bool:
    """Return whether a connection without a login cannot sign in.

    :param auth: The declared way to sign in.
    """
    if not isinstance(auth, OAuth2) or auth.ready_token:
        return False
    return not auth.secrets if auth.body is None else "login" in set(places(auth.body))


def uses(auth: object, name: Literal["login", "password"]) -> bool:
    """Return whether a field of the connection has a part in signing in; one that has none is refused.

    :param auth: The declared way to sign in.
    :param name: The field.
    """
    if isinstance(auth, HttpAuth):
        return name == "password" or auth.scheme.lower() == "basic"
    if isinstance(auth, KeyAuth):
        return name == "password"
    if isinstance(auth, OAuth2) and auth.body is not None:
        return auth.ready_token or name in places(auth.body)
    return not isinstance(auth, NoAuth)


def hidden(auth: object) -> tuple[str, ...]:
    """Return the secrets that a declaration holds itself, and the longer parts of those that are composed.

    :param auth: The declared way to sign in.
    """
    secrets = auth.secrets.values() if isinstance(auth, OAuth2) else ()
    parts = (part for secret in secrets for part in JOINTS.split(secret) if len(part) >= SHORTEST_OF_COMPOSED)
    return tuple(dict.fromkeys((*secrets, *parts)))


def places(value: object) -> Iterator[str]:
    """Give the names of the places in the texts of a JSON value.

    :param value: The JSON value.
    """
    if isinstance(value, str):
        yield from PLACE.findall(value)
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from places(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from places(inner)


def _filled(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return PLACE.sub(lambda place: values[place[1]], value)
    if isinstance(value, Mapping):
        return {name: _filled(inner, values) for name, inner in value.items()}
    return [_filled(inner, values) for inner in value] if isinstance(value, (list, tuple)) else value
