"""How a vendor wants its requests signed, as data; ``auth.py`` beside this file carries it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from airflow_jobstatus.protocol import checks
from airflow_jobstatus.protocol.expressions import Expression


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
        checks.token(self, "name")


@dataclass(frozen=True, kw_only=True)
class OAuth2:
    """Signs with a token that the connection's login and password buy (RFC 6749, section 4.4).

    The token is kept for its lifetime and renewed once when it is refused.

    :param token_url: Where the token is bought: a path below the account's base URL, or an absolute URL. The
        connection's own header fields go only to the account's base URL.
    :param grant_type: The form's ``grant_type``, ``client_credentials`` by default.
    :param scope: The form's ``scope``; none by default.
    :param params: Further fields of the form; none by default.
    :param encoding: How the form is sent: ``form``, the default, or ``json``.
    :param token: The expression of the token in the answer, or several of which the first counts;
        ``access_token`` by default.
    :param expires_in: The expression of its lifetime in seconds, or several; ``expires_in`` by default.
    :param scheme: The scheme of the ``Authorization`` header, ``bearer`` by default.
    :param ready_token: Whether a connection without a login holds a ready token as its password, which is
        used as it is; False by default.
    :raises InvalidVendorError: if one of them cannot be used.
    """

    token_url: str
    grant_type: str = "client_credentials"
    scope: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    encoding: Literal["form", "json"] = "form"
    token: str | Sequence[str] = "access_token"  # noqa: S105  where it stands
    expires_in: str | Sequence[str] = "expires_in"
    scheme: str = "bearer"
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
        params = checks.mapping(self, "params", str)
        object.__setattr__(self, "params", MappingProxyType(params))
        checks.one_of(self, "encoding", ("form", "json"))
        checks.token(self, "scheme")
        object.__setattr__(self, "token_at", checks.expressions(self, "token", self.token))
        object.__setattr__(self, "lifetime_at", checks.expressions(self, "expires_in", self.expires_in))


@dataclass(frozen=True)
class NoAuth:
    """Signs nothing: the API is open, and the connection needs no password."""


SignIn = HttpAuth | KeyAuth | OAuth2 | NoAuth
