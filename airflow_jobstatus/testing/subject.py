"""What is under contract: a vendor, or a connection that declares one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from airflow_jobstatus.connections.reader import read_account
from airflow_jobstatus.protocol.api import Api
from airflow_jobstatus.protocol.sign_in import needs_login, uses
from airflow_jobstatus.protocol.vendor import Vendor
from airflow_jobstatus.vendors.declared import declared

OTHER = "{OTHER}"
"""Stands in a connection for the host that signs in, where that is another."""
LOOPBACK = {"timeout": 60, "verify": False}
"""The way to the server of a test, which needs no certificates."""
PLANTED = "planted-Key.QQWWEERR00"
"""A password that is known again wherever it turns up."""


@dataclass(frozen=True)
class Subject:
    """A vendor with a connection to it, wherever its API is played.

    :param vendor: The vendor, None where the connection declares it.
    :param connection: The fields of the connection: login, password, extra.
    """

    vendor: Vendor | None
    connection: Mapping[str, Any]

    @property
    def has_other_host(self) -> bool:
        """Return whether signing in goes to a host of its own."""
        return OTHER in json.dumps(self.connection)

    @property
    def planted(self) -> Subject:
        """Return the subject with a password that is known again, where it has one."""
        if not self.connection.get("password"):
            return self
        return replace(self, connection={**self.connection, "password": PLANTED})

    def api(self, url: str, other_url: str) -> Api:
        """Return the vendor's calls with an account where the API is played.

        :param url: The URL of the API.
        :param other_url: The URL of the host that signs in.
        """
        fields = json.loads(json.dumps(dict(self.connection)).replace(OTHER, other_url))
        extra = fields.get("extra") or {}
        extra = json.loads(extra) if isinstance(extra, str) else extra
        vendor = self.vendor or declared(extra)
        given = {name: value for name, value in extra.items() if name not in SURROUNDINGS}
        values = {
            "conn_id": "contract",
            "conn_type": vendor.conn_type,
            "host": url,
            "schema": None,
            "login": fields.get("login") or ("login" if needs_login(vendor.auth) else None),
            "password": fields.get("password"),
            "port": None,
            "extra": json.dumps({**LOOPBACK, **given}),
        }
        return Api(read_account(vendor, SimpleNamespace(**values), others=True))


SURROUNDINGS = frozenset({"timeout", "connect_timeout", "proxy", "ca_bundle", "verify"})
"""What a connection says about the way to the real host."""


def read_subject(vendor: Vendor | None, connection: Path | str | Mapping[str, Any] | None) -> Subject:
    """Return what is under contract.

    :param vendor: The vendor, None where the connection declares it.
    :param connection: The fields of the connection, or the path of a JSON file with them.
    :raises ValueError: if neither is there.
    """
    if isinstance(connection, Mapping):
        return Subject(vendor, connection)
    if connection is not None:
        return Subject(vendor, json.loads(Path(connection).read_text()))
    if vendor is None:
        raise ValueError("contract() takes a vendor, or the connection that declares one")
    return Subject(vendor, {"password": PLANTED} if uses(vendor.auth, "password") else {})
