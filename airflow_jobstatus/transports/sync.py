"""Carries flows over requests, on the worker."""

from __future__ import annotations

import time
from http.cookiejar import DefaultCookiePolicy
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

import requests
import urllib3

from airflow_jobstatus.protocol.account import HEADERS, Account
from airflow_jobstatus.protocol.errors import Layer, TransportError
from airflow_jobstatus.protocol.http import Flow, Request, Response, same_site
from airflow_jobstatus.protocol.signing import Signature
from airflow_jobstatus.transports import MAX_BODY
from airflow_jobstatus.transports.errors import diagnose
from airflow_jobstatus.transports.quiet import hush
from airflow_jobstatus.transports.tls import trusted

if TYPE_CHECKING:
    from typing_extensions import Self

T = TypeVar("T")
CHUNK = 64 * 1024
FAILURES = (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError)
"""What requests and urllib3 raise; ValueError comes from URLs that only they find unusable."""


class Transport:
    """One requests session for one account.

    :param account: The account; its time limits, certificates and proxy hold for every request.
    :raises InvalidConnectionError: if its CA bundle holds no certificates.
    """

    def __init__(self, account: Account) -> None:
        hush()
        trusted(account)  # requests itself would find out in every poll anew
        self._account = account
        self._session = PlainSession()
        _configure(self._session, account)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the session's connections."""
        self._session.close()

    def run(self, flow: Flow[T]) -> T:
        """Drive a flow to its end and return its result.

        :param flow: The flow.
        """
        try:
            request = next(flow)
            while True:
                try:
                    response = self.send(request)
                except TransportError as error:
                    request = flow.throw(error)
                else:
                    request = flow.send(response)
        except StopIteration as end:
            result: T = end.value
            return result

    def send(self, request: Request) -> Response:
        """Send one request and read its answer whole; redirects are answers like others.

        :param request: The request.
        :raises TransportError: if no complete answer came within the account's time limits.
        """
        limit = time.monotonic() + self._account.timeout
        try:
            with self._session.request(
                request.method,
                request.url,
                headers=dict(request.headers),
                data=request.body,
                allow_redirects=False,
                stream=True,
                timeout=_timeouts(self._account),
            ) as answer:
                body = self._read(answer, limit)
                headers = {name.lower(): value for name, value in answer.headers.items()}
                return Response(answer.status_code, headers, body, time.time())
        except FAILURES as error:
            raise diagnose(error, request.url, proxied=bool(self._account.proxy)) from error

    def _read(self, answer: requests.Response, limit: float) -> bytes:
        """Return the body; a server that drips bytes does not outlive the total time limit."""
        body = bytearray()
        while chunk := answer.raw.read1(CHUNK, decode_content=True):
            body += chunk
            if len(body) > MAX_BODY:
                raise TransportError(f"the answer is longer than {MAX_BODY} bytes", Layer.BODY)
            if time.monotonic() > limit:
                raise TransportError(f"no complete answer in {self._account.timeout:g} s", Layer.TIMEOUT)
        return bytes(body)


class PlainSession(requests.Session):
    """A session for which a redirect is an answer like others.

    Told not to follow it, requests would still read its body without limit and stumble over its Location.
    """

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return None: there is nowhere to go."""


class SignedSession(requests.Session):
    """A session that is signed in, and signs nothing but what goes to the account's own API.

    :param account: The account.
    :param signature: What signs a request.
    """

    def __init__(self, account: Account, signature: Signature) -> None:
        super().__init__()
        _configure(self, account)
        self._timeout = _timeouts(account)
        self.base_url = account.base_url
        self._headers = {**account.headers, **signature.headers}
        self._query = dict(signature.query)
        self.auth = self._sign

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send a request, within the account's time limits where the caller sets none."""
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = self._timeout
        return super().send(request, **kwargs)

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:  # noqa: ARG002  requests' own signature
        """Sign a redirected request anew if it stays at the account's API; requests itself strips less."""
        for name in self._headers:
            prepared_request.headers.pop(name, None)
        self._sign(prepared_request)

    def _sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if same_site(self.base_url, request.url or ""):
            request.headers.update(self._headers)
            given = {name for name, _ in parse_qsl(urlsplit(request.url or "").query, keep_blank_values=True)}
            if self._query and not self._query.keys() & given:  # a redirect may lead to a URL that has it
                request.prepare_url(request.url or "", self._query)
        return request


def _timeouts(account: Account) -> tuple[float, float]:
    """Return the most seconds for connecting, and between two pieces of an answer."""
    return min(account.connect_timeout, account.timeout), account.timeout


def _configure(session: requests.Session, account: Account) -> None:
    """Make a session obey the account's certificates and proxy, and nothing that surrounds it.

    It reads no environment, for a ``.netrc`` would replace the credential, and keeps no cookies.
    """
    session.trust_env = False
    session.verify = account.ca_bundle if account.verify else False
    session.proxies = {"http": account.proxy, "https": account.proxy} if account.proxy else {}
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.update(HEADERS)
