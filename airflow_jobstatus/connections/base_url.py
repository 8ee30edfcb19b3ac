"""Reads where the API is out of a connection's host, port and schema, however they were typed."""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from urllib.parse import quote, unquote, urlsplit

from airflow_jobstatus.protocol.vendor import Vendor

EXAMPLE = "it must look like https://api.example.com/prefix"
SCHEMES = {"http": 80, "https": 443}
NAME = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]*:[0-9a-f:.]*")
"""A host's name as it is looked up, or an IPv6 address."""
FOREIGN = frozenset(
    {"file", "ftp", "ftps", "grpc", "jdbc", "mysql", "odbc", "postgres", "postgresql", "redis", "s3", "sftp"}
    | {"socks", "socks4", "socks5", "ssh", "tcp", "udp", "unix", "ws", "wss"}
)
"""Schemes that are surely meant as such, and that no HTTP library can call."""
SAFE = "%/:@!$&'()*+,;=~"


def read_base_url(
    vendor: Vendor, host: str | None, port: int | None = None, schema: str | None = None
) -> str:
    """Return the one right base URL of a host given with or without scheme, port, path and trailing slash.

    The vendor's own host without a path gets the vendor's path; https is assumed where nothing is said.

    :param vendor: The vendor's declaration.
    :param host: The connection's host, empty for the vendor's own; an IPv6 address needs no brackets.
    :param port: The connection's port.
    :param schema: The connection's schema: ``http``, ``https``, or a path prefix such as ``v1``.
    :raises ValueError: if that is no URL that can be called; it repeats nothing that was typed.
    """
    scheme, prefix = _schema(schema)
    text = (host or "").strip() or vendor.base_url
    given, mark, rest = text.partition("://")
    if not mark:
        given, rest = scheme or "https", text
    if given.lower() not in SCHEMES or rest.lower().startswith(("http:/", "https:/")):
        raise ValueError("has a scheme in its host that cannot be called; it must be http or https")
    if scheme and given.lower() != scheme and (host or "").strip():
        raise ValueError("has a scheme in its host and another in its schema; leave one of them out")
    text = f"{scheme or given.lower()}://{_bracketed(rest)}"
    try:
        url = urlsplit(text)
        given_port, name = url.port, (url.hostname or "").encode("idna").decode()
    except ValueError:
        # Its text is not shown: it may hold a secret that was typed into the wrong field.
        raise ValueError(f"has a host that is not a URL; {EXAMPLE}") from None
    if url.username is not None or url.password is not None:
        raise ValueError("has a user or password in its host; the password field is the place for the secret")
    if not NAME.fullmatch(name) or url.query or url.fragment or not _is_clean(text):
        raise ValueError(f"has a host that cannot be called; {EXAMPLE}")
    number = _port(given_port, port)
    path = quote(url.path.rstrip("/"), safe=SAFE)
    if {".", ".."} & set(unquote(path).split("/")):  # one HTTP library would resolve them, the other not
        raise ValueError("has a path in its host with a segment . or ..; write it without")
    if prefix and not path.endswith(prefix):
        path += prefix
    own = urlsplit(vendor.base_url)
    if name == own.hostname and not path:
        path = own.path
    suffix = "" if number in {None, SCHEMES[url.scheme]} else f":{number}"
    return f"{url.scheme}://{bracketed(name)}{suffix}{path}"


def bracketed(name: str) -> str:
    """Return a host's name as it stands in a URL: an IPv6 address in brackets."""
    return f"[{name}]" if ":" in name else name


def _schema(schema: str | None) -> tuple[str | None, str]:
    """Return the scheme and the path prefix that a connection's schema says; it may say neither."""
    text = (schema or "").strip()
    word = text.lower().removesuffix("://").removesuffix(":")
    if word in SCHEMES:
        return word, ""
    segments = text.strip("/").split("/")
    strange = "://" in text or not _is_clean(text) or any(c in text for c in "?#:@")
    if word in FOREIGN or strange or {".", ".."} & set(segments) or (text and "" in segments):
        raise ValueError("has a schema that cannot be used; it must be http, https or a path such as v1")
    return None, f"/{quote(text.strip('/'), safe=SAFE)}" if text else ""


def _bracketed(rest: str) -> str:
    """Return what follows the scheme, with brackets around an IPv6 address that has none."""
    name, slash, path = rest.partition("/")
    try:
        IPv6Address(name.strip())
    except ValueError:
        return rest
    return f"[{name.strip()}]{slash}{path}"


def _port(given: int | None, beside: int | None) -> int | None:
    if given is not None and beside and given != beside:
        raise ValueError("has a port in its host and another beside it")
    number = (beside or None) if given is None else given
    if number is not None and not 0 < number < 65536:  # noqa: PLR2004  TCP's ports
        raise ValueError("has a port that does not exist; it must be 1 to 65535")
    return number


def _is_clean(text: str) -> bool:
    return text.isprintable() and not any(c.isspace() or c == "\\" for c in text)
