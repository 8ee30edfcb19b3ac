"""Sessions of requests that obey an account, and nothing that surrounds them."""

from __future__ import annotations

import os
import socket
from http.client import HTTPException, HTTPResponse
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from airflow_jobstatus.protocol.account import HEADERS, Account
from airflow_jobstatus.protocol.http import same_site
from airflow_jobstatus.protocol.signing import Signature
from airflow_jobstatus.transports.exchange import sending, watch

UNREAD = 128 * 1024
"""How many bytes the system takes before they are read: what is left of a flood when it is given up."""
SWITCHING = 101
FIRST_FINAL = 200


class FinalResponse(HTTPResponse):
    """An answer that is final; http.client skips a code 100 only, not 102 and 103."""

    def begin(self) -> None:
        """Read status and header of the first answer that is final."""
        super().begin()
        while SWITCHING < self.status < FIRST_FINAL:
            self.headers = None  # type: ignore[assignment]  # begin() reads them where there are none
            super().begin()
        if self.headers.defects:  # what follows a line that is no header field would be lost, or be a body
            raise HTTPException("the answer has a header that breaks the rules of HTTP")


class WatchedMixin:
    """A connection whose socket the exchange under way knows, from the moment it is connected."""

    response_class: Any = FinalResponse

    def _new_conn(self) -> Any:
        sock = super()._new_conn()  # type: ignore[misc]
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, UNREAD)
            watch(sock)
        except OSError:
            sock.close()
            raise
        return sock

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Send a request, also over a connection that an earlier exchange opened."""
        if (sock := getattr(self, "sock", None)) is not None:
            watch(sock)
        else:
            self.connect()  # type: ignore[attr-defined]  # before the request, so that it is known to have failed
        sending()
        super().request(*args, **kwargs)  # type: ignore[misc]


class WatchedConnection(WatchedMixin, HTTPConnection):
    """A plain connection."""


class WatchedTlsConnection(WatchedMixin, HTTPSConnection):
    """A connection over TLS."""


class Pool(HTTPConnectionPool):
    """Plain connections."""

    ConnectionCls = WatchedConnection


class TlsPool(HTTPSConnectionPool):
    """Connections over TLS."""

    ConnectionCls = WatchedTlsConnection


POOLS = {"http": Pool, "https": TlsPool}


class Adapter(HTTPAdapter):
    """Makes connections that are watched, with a proxy or without."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Set up what opens connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Return what opens connections through a proxy."""
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = POOLS
        return manager


class AccountSession(requests.Session):
    """A session that obeys an account's certificates and proxy.

    It reads no environment, for a ``.netrc`` would replace the credential, and keeps no cookies. In a forked
    process it opens connections of its own: over those of its parent, each would read the other's answers.

    :param account: The account.
    """

    def __init__(self, account: Account) -> None:
        super().__init__()
        self.trust_env = False
        self.verify = account.ca_bundle if account.verify else False
        self.proxies = {"http": account.proxy, "https": account.proxy} if account.proxy else {}
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.headers.update(HEADERS)
        self._pid = os.getpid()
        self._inherited: list[Any] = []
        self._mount()

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send a request."""
        if self._pid != os.getpid():
            # Kept, not closed: a thread of the parent may have held their locks at the fork.
            self._inherited += self.adapters.values()
            self._pid = os.getpid()
            self._mount()
        return super().send(request, **kwargs)

    def _mount(self) -> None:
        for scheme in ("https://", "http://"):
            self.mount(scheme, Adapter())


class PlainSession(AccountSession):
    """A session for which a redirect is an answer like others.

    Even when it must not follow it, requests reads its body without limit and fails on a bad Location.
    """

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return None: there is nowhere to go."""


class SignedSession(AccountSession):
    """A session that is signed in, and signs nothing but what goes to the account's own API.

    :param account: The account.
    :param signature: What signs a request.
    """

    def __init__(self, account: Account, signature: Signature) -> None:
        super().__init__(account)
        self._timeout = timeouts(account)
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


def timeouts(account: Account) -> tuple[float, float]:
    """Return the most seconds for connecting, and between two pieces of an answer."""
    return min(account.connect_timeout, account.timeout), account.timeout
