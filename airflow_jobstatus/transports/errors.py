"""Says why no answer came, in the same words for both HTTP libraries."""

from __future__ import annotations

import os
import re
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from airflow_jobstatus.protocol.errors import Layer, TransportError
from airflow_jobstatus.transports.body import BROKEN
from airflow_jobstatus.transports.timeout import LENIENCY

PHRASES = {
    Layer.NAME: "the host name cannot be resolved",
    Layer.CONNECT: "the connection failed",
    Layer.PROXY: "the proxy cannot be used",
    Layer.TLS: "the TLS handshake failed",
    Layer.TIMEOUT: "no complete answer in time",
    Layer.BODY: BROKEN,
}
REASON = re.compile(r"[A-Z][A-Z0-9_]{2,60}")
"""A name of OpenSSL's for what is wrong."""
PROXY_ERRORS = frozenset({"ProxyError", "ClientProxyConnectionError", "ClientHttpProxyError"})
BODY_ERRORS = frozenset(
    {
        "IncompleteRead",
        "DecodeError",
        "ContentDecodingError",
        "ClientPayloadError",
        "ContentEncodingError",
        "InvalidHeader",
        "UnknownProtocol",
        "LineTooLong",
        "BadStatusLine",  # no HTTP at all
        "HTTPException",  # too many header fields, to http.client
        "BadHttpMessage",  # and to aiohttp, which some releases also call an answer that is no HTTP
    }
)


def diagnose(
    error: BaseException, url: str, *, proxied: bool, may_have_arrived: bool = True
) -> TransportError:
    """Return what an error of an HTTP library means, in words that hold no URL and no credential.

    :param error: The library's error.
    :param url: The URL that was asked for; only its host is shown.
    :param proxied: Whether a proxy was asked for it; then no other name is resolved here than the proxy's.
    :param may_have_arrived: Whether the server may have got the request.
    """
    chain = list(_chain(error))
    layer = _layer(chain)
    if proxied and layer is Layer.NAME:
        layer = Layer.PROXY
    detail = "" if layer in {Layer.TIMEOUT, Layer.PROXY, Layer.BODY} else _detail(chain[-1])
    reason = ": ".join(filter(None, (_host(url), PHRASES[layer], detail)))
    return TransportError(reason, layer, may_have_arrived=may_have_arrived)


def overdue(
    url: str, seconds: float, *, most: float | None = None, may_have_arrived: bool = True
) -> TransportError:
    """Return the error of an exchange that had not ended at its deadline.

    :param url: The URL that was asked for; only its host is shown.
    :param seconds: The seconds that it was given.
    :param most: The seconds that the connection allows, where it may have been given less.
    :param may_have_arrived: Whether the server may have got the request.
    """
    reason = f"{_host(url)}: no complete answer in {seconds:.3g} s"
    if most is not None and seconds < most:
        reason += f", {LENIENCY:g} times the slowest of late"
    return TransportError(reason, Layer.TIMEOUT, may_have_arrived=may_have_arrived)


def _layer(chain: list[BaseException]) -> Layer:
    names = {type(error).__name__ for error in chain}
    if names & PROXY_ERRORS:
        return Layer.PROXY
    if any(isinstance(error, ssl.SSLError | ssl.CertificateError) for error in chain):
        return Layer.TLS
    if any(isinstance(error, socket.gaierror) for error in chain):
        return Layer.NAME
    if any(isinstance(error, TimeoutError) or "Timeout" in type(error).__name__ for error in chain):
        return Layer.TIMEOUT
    return Layer.BODY if names & BODY_ERRORS else Layer.CONNECT


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what it was made from, innermost last: libraries nest them in several ways."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        nested = [getattr(error, "reason", None), getattr(error, "os_error", None), *reversed(error.args)]
        error = next(
            (inner for inner in nested if isinstance(inner, BaseException)),
            error.__cause__ or error.__context__,
        )


def _detail(error: BaseException) -> str:
    """Return what kind of error it is; never its text, which may repeat what the server sent."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"certificate verify failed ({type(error).__name__})"
    if isinstance(error, ssl.SSLError):
        reason = str(error.reason or "")
        return reason.lower().replace("_", " ") if REASON.fullmatch(reason) else type(error).__name__
    if isinstance(error, OSError) and error.errno and not isinstance(error, socket.gaierror):
        return os.strerror(error.errno)
    return type(error).__name__


def _host(url: str) -> str:
    parts = urlsplit(url)
    name = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else str(parts.hostname)
    return f"{name}:{parts.port}" if parts.port else name
