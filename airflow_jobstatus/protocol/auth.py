"""The ways to sign in, written once as flows of requests and responses."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Protocol
from urllib.parse import urlencode

from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.answer import read_object, words
from airflow_jobstatus.protocol.errors import PermanentError
from airflow_jobstatus.protocol.http import Flow, follow

Clock = Callable[[], float]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
RENEWAL_MARGIN = 60.0
"""Seconds before a token's end at which it counts as ended, as Elastic Path's own command line does
(https://github.com/elasticpath/epcc-cli, ``external/authentication/auth.go``)."""


class Auth(Protocol):
    """A way to sign in with one account."""

    def sign(self) -> Flow[Mapping[str, str]]:
        """Return the header fields that sign a request, signing in first where that is needed."""

    def renew(self, refused: Mapping[str, str]) -> bool:
        """Forget a credential that was refused; return whether signing again can bring another one."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be shown beside the account's own secrets."""


class StaticKey:
    """Signs with a key that does not change.

    :param headers: The header fields that carry it.
    """

    secrets: tuple[str, ...] = ()

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers

    def sign(self) -> Flow[Mapping[str, str]]:
        """Return the header fields."""
        yield from ()
        return self._headers

    def renew(self, refused: Mapping[str, str]) -> bool:  # noqa: ARG002  a refused key has no successor
        """Return False: the same key would be refused again."""
        return False


def bearer_key(account: Account, clock: Clock) -> Auth:  # noqa: ARG001  a key does not age
    """Sign with ``Authorization: Bearer KEY``."""
    return StaticKey({"Authorization": f"Bearer {account.secret}"})


def key_in_header(header: str, account: Account, clock: Clock) -> Auth:  # noqa: ARG001  a key does not age
    """Sign with the key in a header field of its own, such as ``X-API-Key: KEY``."""
    return StaticKey({header: account.secret})


class ClientCredentials:
    """Signs with a token that a client id and secret buy, kept for its lifetime (RFC 6749, section 4.4).

    :param account: The account; its login is the client id, its secret the client secret.
    :param clock: Seconds that never run backwards.
    :param token_path: Where the token is bought, below the base URL.
    """

    def __init__(self, account: Account, clock: Clock = time.monotonic, *, token_path: str) -> None:
        self._account = account
        self._clock = clock
        self._token_path = token_path
        self._headers: Mapping[str, str] | None = None
        self._ends = 0.0

    def sign(self) -> Flow[Mapping[str, str]]:
        """Return the header field with a token that has time left, buying one where there is none."""
        if self._headers is None or self._clock() >= self._ends:
            token, lifetime = yield from self._buy()
            self._headers = {"Authorization": f"Bearer {token}"}
            self._ends = self._clock() + lifetime - min(RENEWAL_MARGIN, lifetime / 10)
        return self._headers

    def renew(self, refused: Mapping[str, str]) -> bool:
        """Forget the token if it is still the refused one; return True, for another can be bought."""
        if self._headers == refused:
            self._headers = None
        return True

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return the token."""
        return () if self._headers is None else (self._headers["Authorization"].partition(" ")[2],)

    def _buy(self) -> Flow[tuple[str, float]]:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._account.login or "",
            "client_secret": self._account.secret,
        }
        request = self._account.request("POST", self._token_path).with_headers(FORM)
        response = yield from follow(replace(request, body=urlencode(form).encode(), shared=True))
        body = read_object(self._account, response, during="sign-in")
        inner = body.get("data")
        grant = inner if isinstance(inner, dict) else body
        token, lifetime = grant.get("access_token"), grant.get("expires_in")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token.strip():
            raise PermanentError(
                self._account.vendor,
                f"the sign-in answered without an access_token ({words(self._account, body)}); "
                "check the connection's host",
                http_status=response.status,
            )
        if isinstance(lifetime, bool) or not isinstance(lifetime, (int, float)) or not 0 < lifetime < 1e9:  # noqa: PLR2004  thirty years
            lifetime = RENEWAL_MARGIN
        return token.strip(), float(lifetime)
