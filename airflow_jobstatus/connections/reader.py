"""Reads an Airflow connection into an account; says what to set where it cannot."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

from airflow_jobstatus.connections.environment import ca_bundle, proxy_for
from airflow_jobstatus.connections.extras import read_extras
from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.errors import InvalidConnectionError
from airflow_jobstatus.protocol.sign_in import hidden, needs_login, needs_password
from airflow_jobstatus.protocol.vendor import Vendor

EXAMPLE = "it must look like https://api.example.com/prefix"


class ConnectionLike(Protocol):
    """The fields of an Airflow connection that are read."""

    conn_id: str
    conn_type: str
    host: str | None
    schema: str | None
    login: str | None
    password: str | None
    port: int | None
    extra: str | None


def read_account(vendor: Vendor, connection: ConnectionLike) -> Account:
    """Return the account that a connection describes.

    :param vendor: The vendor's declaration.
    :param connection: The Airflow connection.
    :returns: the account, which knows its vendor.
    :raises InvalidConnectionError: saying what to set, if it is of another type, or lacks or mistakes
        something.
    """
    try:
        if connection.conn_type != vendor.conn_type:
            raise ValueError(f"is of type {connection.conn_type!r}, not {vendor.conn_type!r}")  # noqa: TRY301
        host = _host(vendor, connection.host)
        base_url = read_base_url(vendor, host, connection.port, connection.schema)
        login = _login(vendor, connection.login)
        secret = _secret(vendor, connection.password, login)
        if login and vendor.form.login is None:
            raise ValueError(f"has a login; {vendor.name} takes its {vendor.form.password} as the password")  # noqa: TRY301
        extras = read_extras(extra_of(connection))
        extras.setdefault("proxy", proxy_for(base_url))
        extras["ca_bundle"] = _readable(extras.get("ca_bundle") or ca_bundle())
        extras["secrets"] = hidden(vendor.auth)
        return Account(vendor=vendor, base_url=base_url, login=login, secret=secret, **extras)
    except ValueError as error:
        raise InvalidConnectionError(f"connection {connection.conn_id!r} {error}") from error


def read_base_url(
    vendor: Vendor, host: str | None, port: int | None = None, schema: str | None = None
) -> str:
    """Return the one right base URL of a host given with or without scheme, port, path and trailing slash.

    The vendor's own host without a path gets the vendor's path; https is assumed where nothing is said.

    :param vendor: The vendor's declaration.
    :param host: The connection's host, empty for the vendor's own.
    :param port: The connection's port.
    :param schema: The connection's schema, ``http`` or ``https``.
    :raises ValueError: if that is no URL that can be called.
    """
    text = (host or "").strip() or vendor.base_url
    if "://" not in text:
        text = f"{(schema or 'https').strip().lower()}://{text}"
    try:
        url = urlsplit(text)
        given_port, name = url.port, (url.hostname or "").encode("idna").decode()
    except ValueError:
        # Its text is not shown: it may hold a secret that was typed into the wrong field.
        raise ValueError(f"has a host that is no URL; {EXAMPLE}") from None
    if url.username is not None or url.password is not None:
        raise ValueError("has a user or password in its host; the password field is the place for the secret")
    if url.scheme not in {"http", "https"}:
        raise ValueError(f"has the scheme {url.scheme!r}; it must be http or https")
    if (
        not name
        or url.query
        or url.fragment
        or any(not c.isprintable() or c.isspace() or c == "\\" for c in text)
    ):
        raise ValueError(f"has a host that cannot be called; {EXAMPLE}")
    if given_port is not None and port and given_port != port:
        raise ValueError(f"has port {given_port} in its host and port {port} beside it")
    number = (port or None) if given_port is None else given_port
    if number is not None and not 0 < number < 65536:  # noqa: PLR2004  TCP's ports
        raise ValueError(f"has port {number}; it must be 1 to 65535")
    path = quote(url.path.rstrip("/"), safe="%/:@!$&'()*+,;=~")
    own = urlsplit(vendor.base_url)
    if name == own.hostname and not path:
        path = own.path
    if ":" in name:
        name = f"[{name}]"
    suffix = "" if number in {None, {"http": 80, "https": 443}[url.scheme]} else f":{number}"
    return f"{url.scheme}://{name}{suffix}{path}"


def _host(vendor: Vendor, host: str | None) -> str | None:
    if not (host or "").strip() and not vendor.base_url:
        raise ValueError(f"has no host: put the URL of the API into the host field; {EXAMPLE}")
    return host


def _login(vendor: Vendor, login: str | None) -> str | None:
    login = (login or "").strip() or None
    if login is None and needs_login(vendor.auth):
        raise ValueError(f"has no {vendor.form.login}: put it into the login field")
    return login


def _secret(vendor: Vendor, password: str | None, login: str | None) -> str:
    secret = (password or "").strip()
    if not secret:
        if not needs_password(vendor.auth, login):
            return ""
        raise ValueError(f"has no {vendor.form.password}: put it into the password field")
    if not secret.isascii() or not secret.isprintable():
        raise ValueError(f"has a {vendor.form.password} with a line break or a character outside ASCII")
    return secret


def extra_of(connection: ConnectionLike) -> Mapping[str, Any]:
    """Return the extra of a connection.

    Not by ``extra_dejson``, which makes a blocking call where a trigger must not.
    """
    try:
        extra = json.loads(connection.extra or "{}")
    except ValueError as error:
        raise ValueError(f"has an extra that is no JSON: {error}") from error
    if not isinstance(extra, dict):
        raise ValueError("has an extra that is no JSON object")  # noqa: TRY004  a value that was typed
    return extra


def _readable(path: str) -> str:
    if not os.access(path, os.R_OK):
        raise ValueError(f"has a CA bundle that cannot be read: {path}")
    return path
