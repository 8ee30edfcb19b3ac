"""Reads an Airflow connection into an account; says what to set where it cannot."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, Protocol

from airflow_jobstatus.connections.base_url import EXAMPLE, read_base_url
from airflow_jobstatus.connections.environment import ca_bundle, proxy_for
from airflow_jobstatus.connections.extras import read_extras, refuse_unknown
from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.bounds import LARGEST_EXTRA, LONGEST_CREDENTIAL, LONGEST_TEXT
from airflow_jobstatus.protocol.errors import InvalidConnectionError
from airflow_jobstatus.protocol.sign_in import hidden, needs_login, needs_password, uses
from airflow_jobstatus.protocol.vendor import Vendor

LONGEST = {
    "host": LONGEST_TEXT,
    "schema": LONGEST_TEXT,
    "login": LONGEST_CREDENTIAL,
    "password": LONGEST_CREDENTIAL,
}
NO_USE = "leave it out, or declare a sign-in that takes it"


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


class Fields:
    """The fields of an Airflow connection that are read; unlike the connection itself, it shows none of them.

    :param connection: The Airflow connection.
    """

    def __init__(self, connection: ConnectionLike) -> None:
        for name in ConnectionLike.__annotations__:
            setattr(self, name, getattr(connection, name))


def read_account(vendor: Vendor, connection: ConnectionLike, *, others: bool = False) -> Account:
    """Return the account that a connection describes.

    :param vendor: The vendor's declaration.
    :param connection: The Airflow connection.
    :param others: Whether somebody else reads further fields of its extra; False by default: what nobody
        reads is refused.
    :returns: the account, which knows its vendor.
    :raises InvalidConnectionError: saying what to set, if it is of another type, or lacks or mistakes
        something. It repeats nothing that was typed.
    """
    try:
        return _account(vendor, connection, others=others)
    except ValueError as error:
        problem = str(error)
    # Raised from here, it drags along neither the first error nor the values that were read.
    conn_id = connection.conn_id
    del connection
    raise InvalidConnectionError(problem, conn_id)


def _account(vendor: Vendor, connection: ConnectionLike, *, others: bool) -> Account:
    if connection.conn_type != vendor.conn_type:
        raise ValueError(f"is of type {connection.conn_type!r}, not {vendor.conn_type!r}")
    for name, most in LONGEST.items():
        if len(getattr(connection, name) or "") > most:
            raise ValueError(f"has a {name} of more than {most} characters")
    host = _host(vendor, connection.host)
    base_url = read_base_url(vendor, host, connection.port, connection.schema)
    login = _login(vendor, connection.login)
    secret = _secret(vendor, connection.password, login)
    extra = extra_of(connection)
    if not others:
        refuse_unknown(extra)
    extras = read_extras(extra)
    if "proxy" not in extras:
        extras["proxy"] = proxy_for(base_url)
    own = extras.get("ca_bundle")
    extras["ca_bundle"] = own or ca_bundle()
    if not os.access(extras["ca_bundle"], os.R_OK):
        raise ValueError(
            "has a 'ca_bundle' in its extra that is not a readable file"
            if own
            else f"has a CA bundle that cannot be read: the environment sets {extras['ca_bundle']}"
        )
    extras["secrets"] = hidden(vendor.auth)
    return Account(vendor=vendor, base_url=base_url, login=login, secret=secret, **extras)


def _host(vendor: Vendor, host: str | None) -> str | None:
    if not (host or "").strip() and not vendor.base_url:
        raise ValueError(f"has no host: put the URL of the API into the host field; {EXAMPLE}")
    return host


def _login(vendor: Vendor, login: str | None) -> str | None:
    login = (login or "").strip() or None
    if login is None and needs_login(vendor.auth):
        raise ValueError(f"has no {vendor.form.login}: put it into the login field")
    if login and vendor.form.login is None:
        raise ValueError(f"has a login; {vendor.name} takes its {vendor.form.password} as the password")
    if login and not uses(vendor.auth, "login"):
        raise ValueError(f"has a login, which the sign-in of {vendor.name} does not use; {NO_USE}")
    return login


def _secret(vendor: Vendor, password: str | None, login: str | None) -> str:
    secret = (password or "").strip()
    if not secret:
        if not needs_password(vendor.auth, login):
            return ""
        raise ValueError(f"has no {vendor.form.password}: put it into the password field")
    if not uses(vendor.auth, "password"):
        raise ValueError(f"has a password, which the sign-in of {vendor.name} does not use; {NO_USE}")
    if not secret.isascii() or not secret.isprintable():
        raise ValueError(f"has a {vendor.form.password} with a line break or a character outside ASCII")
    return secret


def extra_of(connection: ConnectionLike) -> Mapping[str, Any]:
    """Return the extra of a connection.

    Not by ``extra_dejson``, which makes a blocking call where a trigger must not.
    """
    text = connection.extra or "{}"
    if len(text) > LARGEST_EXTRA:
        raise ValueError(f"has an extra of more than {LARGEST_EXTRA} characters")
    try:
        extra = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"has an extra that is not JSON: {error}") from None
    except (ValueError, RecursionError):
        raise ValueError("has an extra with a number that is too long, or nested too deep") from None
    if not isinstance(extra, dict):
        raise ValueError("has an extra that is not a JSON object")  # noqa: TRY004  a value that was typed
    return extra
