"""HTTP requests and responses as values, and redirects followed without a network."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from functools import cached_property
from http import HTTPStatus
from math import isfinite
from typing import Any, Protocol, TypeVar
from urllib.parse import SplitResult, quote, urldefrag, urljoin, urlsplit

from airflow_jobstatus.protocol.bounds import (
    LARGEST_ANSWER,
    LONGEST_PAUSE,
    MOST_REDIRECTS,
    NONSENSE_PAUSE,
)

T = TypeVar("T")
Flow = Generator["Request", "Response", T]
"""A conversation: yields requests, is sent their responses, returns its result.

Whoever drives it may throw a :class:`~airflow_jobstatus.protocol.errors.TransportError` in place of a
response.
"""

REDIRECTS = frozenset({301, 302, 303, 307, 308})
URL_CHARACTERS = "%:/?#[]@!$&'()*+,;=~"
"""What may stand in a URL that is percent-encoded already (RFC 3986, section 2)."""


class NotJsonError(ValueError):
    """A body is not JSON: empty, cut, or of another kind such as an HTML page."""


class RedirectError(ValueError):
    """A redirect must not be followed.

    :param reason: Why not.
    :param status: The HTTP status code of the redirect.
    """

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(reason)
        self.status = status


def _whole(digits: str) -> int:
    return int(digits)


def _fraction(digits: str) -> float | None:
    return value if isfinite(value := float(digits)) else None


DECODER = json.JSONDecoder(parse_int=_whole, parse_float=_fraction, parse_constant=lambda _: None)
"""Reads JSON; NaN and what is infinite are null, for no database takes them.

Numbers are read by functions of Python's own, between which other threads may run: four megabytes of numbers
take a tenth of a second."""


class Sink(Protocol):
    """Takes the body of an answer, piece by piece, in place of the memory."""

    def takes(self, status: int, head: Mapping[str, str]) -> bool:
        """Return whether the body of an answer is for it; else it is read whole, within the limit.

        :param status: The HTTP status code.
        :param head: The header fields, names in lower case.
        """

    def write(self, piece: bytes) -> None:
        """Take the next piece, decoded."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; its representation shows neither headers nor body, which hold credentials.

    :param method: The HTTP method.
    :param url: The absolute URL, percent-encoded; its query may hold a credential.
    :param headers: The header fields.
    :param body: The body's bytes, None for no body.
    :param shared: Whether equal requests in flight at once may be answered by one of them.
    :param limit: The most bytes of the answer that are read, decoded.
    :param delay: Seconds to wait before it is sent, 0 by default.
    :param into: What takes the body of the answer, which is then empty; None, the default, to read it whole.
    :param once: Whether nobody makes it again, so that it may take all the time that the connection allows.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    body: bytes | None = field(default=None, repr=False)
    shared: bool = False
    limit: int = LARGEST_ANSWER
    delay: float = 0.0
    into: Sink | None = field(default=None, repr=False, compare=False)
    once: bool = False

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.method} {self.url.partition('?')[0]})"

    def with_headers(self, headers: Mapping[str, str]) -> Request:
        """Return the same request with header fields set, in place of those of the same name."""
        if not headers:
            return self
        names = {name.lower() for name in headers}
        kept = {name: value for name, value in self.headers.items() if name.lower() not in names}
        return replace(self, headers={**kept, **headers})

    def at(self, url: str) -> Request:
        """Return the same request for another URL.

        :param url: The absolute URL, percent-encoded.
        """
        return replace(self, url=url)

    def leads_away(self, response: Response) -> bool:
        """Return whether a redirect leads to where the credential must not go."""
        location = response.location
        try:
            return bool(location) and not same_site(self.url, resolved(self.url, location))
        except ValueError:
            return False

    def redirected(self, response: Response) -> Request:
        """Return the request that a redirect asks for.

        :raises RedirectError: if it leads to another origin, or would turn a POST into something else.
        """
        if not response.location:
            raise RedirectError("a redirect without a Location", response.status)
        try:
            target_url = resolved(self.url, response.location)
            source, target = urlsplit(self.url), urlsplit(target_url)
        except ValueError as error:
            raise RedirectError("a redirect whose Location is no URL", response.status) from error
        if not same_site(self.url, target_url):
            host = target.netloc.rpartition("@")[2]
            raise RedirectError(
                f"a redirect from {source.scheme}://{source.netloc} to {target.scheme}://{host}, "
                "which is not followed because the credential would go there",
                response.status,
            )
        if self.method != "GET" and response.status not in {307, 308}:
            raise RedirectError(f"a redirect of a {self.method}", response.status)
        return self.at(target_url)


@dataclass(frozen=True)
class Response:
    """One HTTP answer, read whole; its body is parsed once.

    :param status: The HTTP status code.
    :param headers: The header fields, names in lower case.
    :param body: The body's bytes.
    :param at: When it was received, in seconds since the epoch.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    at: float = 0.0

    @property
    def reason(self) -> str:
        """Return the code with its standard phrase, such as ``404 Not Found``."""
        try:
            return f"{self.status} {HTTPStatus(self.status).phrase}"
        except ValueError:
            return str(self.status)

    def json(self) -> Any:
        """Return the body as JSON.

        :raises NotJsonError: if it is not JSON.
        """
        value, fault = self._parsed
        if fault:
            raise NotJsonError(fault)
        return value

    @cached_property
    def _parsed(self) -> tuple[Any, str]:
        """The JSON value, and why there is none."""
        try:
            return DECODER.decode(self.body.decode(json.detect_encoding(self.body), "surrogatepass")), ""
        except (ValueError, RecursionError) as error:
            return None, str(error)

    @property
    def location(self) -> str:
        """The link that a redirect leads to, as the server wrote it; empty where there is none."""
        return self.headers.get("location", "").strip()

    @property
    def is_json_object(self) -> bool:
        """Whether the body is a JSON object, as an API answers; a wrong host shows a page instead."""
        try:
            return isinstance(self.json(), dict)
        except NotJsonError:
            return False

    @property
    def retry_after(self) -> float | None:
        """Return the seconds that Retry-After asks to wait, None where it is absent or nonsense.

        Both forms are read, seconds and an HTTP date (RFC 9110, section 10.2.3); an hour is the most that is
        obeyed, and more than a day counts as nonsense.
        """
        value = self.headers.get("retry-after", "").strip()
        try:
            seconds = float(value)
        except ValueError:
            try:
                seconds = parsedate_to_datetime(value).timestamp() - self.at
            except (ValueError, TypeError, OverflowError, IndexError):
                return None
        if not 0 < seconds <= NONSENSE_PAUSE:  # false for what is no number, too
            return None
        return min(seconds, LONGEST_PAUSE)


def follow(request: Request, *, until_away: bool = False) -> Flow[Response]:
    """Send a request and follow redirects within its own origin.

    :param request: The request.
    :param until_away: Whether to return a redirect to another origin; by default it is an error.
    :raises RedirectError: if a redirect leads elsewhere or there are more than five.
    """
    for _ in range(MOST_REDIRECTS + 1):
        response = yield request
        if response.status not in REDIRECTS or (until_away and request.leads_away(response)):
            return response
        request = replace(request.redirected(response), delay=0.0)
    raise RedirectError(f"more than {MOST_REDIRECTS} redirects", response.status)


def is_success(status: int) -> bool:
    """Return whether an HTTP status code is one of success.

    :param status: The code.
    """
    return 200 <= status < 300  # noqa: PLR2004  HTTP's own class of success


def resolved(base_url: str, link: str) -> str:
    """Return the absolute URL of a link, percent-encoded and without its fragment.

    What needs encoding, one HTTP library would encode by itself and the other send as it came.

    :param base_url: The URL that a relative link counts from.
    :param link: The link.
    :raises ValueError: if it is no URL.
    """
    return quote(urldefrag(urljoin(base_url, link)).url, safe=URL_CHARACTERS)


def same_site(source_url: str, target_url: str) -> bool:
    """Return whether a credential for one URL may go to the other: same origin, or its upgrade to https."""
    try:
        source, target = urlsplit(source_url), urlsplit(target_url)
        ports = _port(source), _port(target)
    except ValueError:
        return False
    if target.username or target.password or source.hostname != target.hostname:
        return False
    if source.scheme == target.scheme:
        return ports[0] == ports[1]
    return (source.scheme, target.scheme, ports) == ("http", "https", (80, 443))


def _port(url: SplitResult) -> int | None:
    return url.port or {"http": 80, "https": 443}.get(url.scheme)
