"""Carries out a vendor's way to sign in for one account, as flows of requests and responses."""

from __future__ import annotations

import json
import math
from base64 import b64encode
from dataclasses import replace
from urllib.parse import urlencode

from airflow_jobstatus.protocol.account import HEADERS, Account
from airflow_jobstatus.protocol.answer import read_object, words
from airflow_jobstatus.protocol.errors import PermanentError
from airflow_jobstatus.protocol.http import Flow, Request, follow
from airflow_jobstatus.protocol.sign_in import HttpAuth, KeyAuth, NoAuth, OAuth2
from airflow_jobstatus.protocol.signing import Auth, Clock, Signature

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
USUAL = {"bearer": "Bearer", "basic": "Basic"}
"""Schemes as servers that mind the letter case want them."""
RENEWAL_MARGIN = 60.0
"""Seconds before a token's end at which it counts as ended, as Elastic Path's own command line does
(https://github.com/elasticpath/epcc-cli, ``external/authentication/auth.go``)."""
LONGEST_LIFETIME = 1e9
"""Seconds, thirty years; a token that claims to live longer is not believed."""


def make_auth(account: Account, clock: Clock) -> Auth:
    """Return the way to sign in that the account's vendor declares.

    :param account: The account.
    :param clock: Seconds that never run backwards, by which tokens age.
    """
    declared = account.vendor.auth
    if isinstance(declared, OAuth2):
        if declared.ready_token and not account.login:
            return StaticAuth(_carrying(declared, account.secret))
        return TokenAuth(declared, account, clock)
    if isinstance(declared, HttpAuth):
        if declared.scheme.lower() != "basic":
            return StaticAuth(_authorization(declared.scheme, account.secret))
        pair = b64encode(f"{account.login or ''}:{account.secret}".encode()).decode()
        return StaticAuth(_authorization("basic", pair), (pair,))
    if isinstance(declared, KeyAuth):
        key = {declared.name: account.secret}
        return StaticAuth(Signature(query=key) if declared.in_ == "query" else Signature(headers=key))
    return StaticAuth(Signature()) if isinstance(declared, NoAuth) else declared(account, clock)


class StaticAuth:
    """Signs with a credential that does not change.

    :param signature: What carries it.
    :param secrets: What must not be shown beside the account's own secrets; nothing by default.
    """

    def __init__(self, signature: Signature, secrets: tuple[str, ...] = ()) -> None:
        self.secrets = secrets
        self._signature = signature

    def sign(self) -> Flow[Signature]:
        """Return the signature; no call is made."""
        yield from ()
        return self._signature

    def renew(self, refused: Signature) -> bool:  # noqa: ARG002  a refused key has no successor
        """Return False: the same credential would be refused again."""
        return False


class TokenAuth:
    """Signs with a token that is bought, kept for its lifetime, and renewed when it is refused.

    :param declared: How the token is bought.
    :param account: The account; its login is the client id, its secret the client secret.
    :param clock: Seconds that never run backwards.
    """

    def __init__(self, declared: OAuth2, account: Account, clock: Clock) -> None:
        self._declared = declared
        self._account = account
        self._clock = clock
        self._token = ""
        self._signature: Signature | None = None
        self._ends = 0.0

    def sign(self) -> Flow[Signature]:
        """Return the signature with a token that has time left; buy one where there is none."""
        if self._signature is None or self._clock() >= self._ends:
            self._token, lifetime = yield from self._buy()
            self._signature = _carrying(self._declared, self._token)
            self._ends = self._clock() + lifetime - min(RENEWAL_MARGIN, lifetime / 10)
        return self._signature

    def renew(self, refused: Signature) -> bool:
        """Forget the token if it is still the refused one; return True, for another can be bought."""
        if self._signature == refused:
            self._signature = None
        return True

    @property
    def secrets(self) -> tuple[str, ...]:
        """The last token that was bought."""
        return (self._token,) if self._token else ()

    def _buy(self) -> Flow[tuple[str, float]]:
        declared = self._declared
        response = yield from follow(self._request())
        body = read_object(self._account, response, during="sign-in", any_json=self._account.vendor.lenient)
        token = next((text for at in declared.token_at if isinstance(text := at.first(body), str)), "")
        if not token.isascii() or not token.isprintable() or not token.strip():
            raise PermanentError(
                self._account.vendor.name,
                f"the sign-in answered without an {declared.token_at[-1].text} "
                f"({words(self._account, body)}); check the connection's host",
                http_status=response.status,
            )
        found = (at.first(body) for at in declared.lifetime_at)
        lifetime = next((value for value in found if value is not None), None)
        if lifetime is None and self._account.vendor.lenient:  # kept until it is refused
            return token.strip(), math.inf
        if isinstance(lifetime, bool) or not isinstance(lifetime, (int, float)):
            lifetime = RENEWAL_MARGIN
        return token.strip(), float(lifetime if 0 < lifetime < LONGEST_LIFETIME else RENEWAL_MARGIN)

    def _request(self) -> Request:
        declared, account = self._declared, self._account
        if declared.token_url.startswith("/"):
            request = account.request("POST", declared.token_url)
        else:  # another host, which the connection's own header fields are not meant for
            request = Request("POST", declared.token_url, HEADERS)
        form = declared.form(account.login or "", account.secret)
        as_json = declared.encoding == "json"
        body = json.dumps(form) if as_json else urlencode(form)
        return replace(request.with_headers(JSON if as_json else FORM), body=body.encode(), shared=True)


def _carrying(declared: OAuth2, token: str) -> Signature:
    if declared.name.lower() == "authorization":
        return _authorization(declared.scheme or "bearer", token)
    scheme = f"{USUAL.get(declared.scheme.lower(), declared.scheme)} " if declared.scheme else ""
    return Signature(headers={declared.name: f"{scheme}{token}"})


def _authorization(scheme: str, credential: str) -> Signature:
    return Signature(headers={"Authorization": f"{USUAL.get(scheme.lower(), scheme)} {credential}"})
