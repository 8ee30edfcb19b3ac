"""Carries out a vendor's way to sign in for one account, as flows of requests and responses."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass, field, replace
from math import inf
from urllib.parse import urlencode

from airflow_jobstatus.protocol.account import HEADERS, Account
from airflow_jobstatus.protocol.answer import failure, in_words, is_transient
from airflow_jobstatus.protocol.bounds import LONGEST_FIELD, LONGEST_LIFETIME
from airflow_jobstatus.protocol.errors import CallError, PermanentError, UnauthorizedError
from airflow_jobstatus.protocol.http import Flow, NotJsonError, Request, Response, follow, is_success
from airflow_jobstatus.protocol.sign_in import HttpAuth, KeyAuth, NoAuth, OAuth2
from airflow_jobstatus.protocol.signing import Auth, Clock, Signature
from airflow_jobstatus.protocol.words import words_of

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
USUAL = {"bearer": "Bearer", "basic": "Basic"}
"""Schemes as servers that mind the letter case want them."""
RENEWAL_MARGIN = 60.0
"""Seconds before a token's end at which it counts as ended, as Elastic Path's own command line does
(https://github.com/elasticpath/epcc-cli, ``external/authentication/auth.go``)."""
LONGEST_NUMBER = 20
FORMER_TOKENS = 3
"""How many tokens before the present one are still hidden in what a server says."""
REFUSALS = frozenset({"invalid_client", "unauthorized_client", "invalid_grant", "access_denied"})
"""The errors by which a token endpoint refuses the credential (RFC 6749, sections 4.1.2.1 and 5.2)."""


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
        self._tokens: tuple[str, ...] = ()
        self._signature: Signature | None = None
        self._ends = 0.0

    def sign(self) -> Flow[Signature]:
        """Return the signature with a token that has time left; buy one where there is none."""
        if self._signature is None or self._clock() >= self._ends:
            bought = yield from self._buy()
            self._tokens = (bought.token, *(t for t in self._tokens if t != bought.token))[
                : FORMER_TOKENS + 1
            ]
            self._signature = _carrying(self._declared, bought.token)
            margin = min(RENEWAL_MARGIN, bought.lifetime / 10)
            self._ends = self._clock() + bought.lifetime - margin
        return self._signature

    def renew(self, refused: Signature) -> bool:
        """Forget the token if it is still the refused one; return True, for another can be bought."""
        if self._signature == refused:
            self._signature = None
        return True

    @property
    def secrets(self) -> tuple[str, ...]:
        """The last tokens that were bought, the present one first."""
        return self._tokens

    def _buy(self) -> Flow[Bought]:
        response = yield from follow(self._request())
        bought = _bought(self._declared, response)
        if bought is None:
            raise self._refusal(response)
        return bought

    def _refusal(self, response: Response) -> CallError:
        """Return the error that a sign-in without a token amounts to."""
        account = self._account
        secrets = account.hidden | self._tokens
        try:
            body = response.json()
        except NotJsonError:
            return failure(account, response, during="sign-in", secrets=secrets)
        good = is_success(response.status)
        words = in_words(body, secrets, but=response.reason)
        refused = any(text.strip().casefold() in REFUSALS for _, text in words_of(body))
        if refused and (good or not is_transient(response.status)):
            reason = f"sign-in: HTTP {response.reason}: {words} (check the credential in the connection)"
            return UnauthorizedError(account.vendor.name, reason, http_status=response.status)
        if not good or not isinstance(body, dict):
            return failure(account, response, during="sign-in", secrets=secrets)
        return PermanentError(
            account.vendor.name,
            f"the sign-in answered without an {self._declared.token_at[-1].text} ({words}); check the "
            "connection's host",
            http_status=response.status,
            from_vendor=bool(words_of(body)),  # RFC 6749 gives the form, not the vendor
        )

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


@dataclass(frozen=True)
class Bought:
    """A token and for how many seconds it is good; its representation does not show it."""

    token: str = field(repr=False)
    lifetime: float


def _bought(declared: OAuth2, response: Response) -> Bought | None:
    """Return the token of an answer, None if it holds none that can be sent."""
    if not is_success(response.status):
        return None
    try:
        body = response.json()
    except NotJsonError:
        return None
    token = next((text for at in declared.token_at if isinstance(text := at.first(body), str)), "").strip()
    if not token or not token.isascii() or not token.isprintable() or len(token) > LONGEST_FIELD:
        return None
    found = (at.first(body) for at in declared.lifetime_at)
    return Bought(token, _lifetime(next((value for value in found if value is not None), None)))


def _lifetime(value: object) -> float:
    """Return for how many seconds a token is good: until it is refused, where the answer does not say."""
    if value is None:
        return inf
    if isinstance(value, str) and value.strip().isdecimal() and len(value) < LONGEST_NUMBER:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return RENEWAL_MARGIN
    return float(value) if 0 < value < LONGEST_LIFETIME else RENEWAL_MARGIN


def _authorization(scheme: str, credential: str) -> Signature:
    return Signature(headers={"Authorization": f"{USUAL.get(scheme.lower(), scheme)} {credential}"})
