"""Which certificates a transport trusts."""

from __future__ import annotations

import ssl

from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.errors import InvalidConnectionError


def trusted(account: Account) -> ssl.SSLContext | bool:
    """Return the TLS context of an account, False if it checks no certificate.

    It reads some hundred certificates, which takes tens of milliseconds: too long for an event loop.

    :param account: The account.
    :raises InvalidConnectionError: if its CA bundle holds no certificates.
    """
    if not account.verify:
        return False
    try:
        return ssl.create_default_context(cafile=account.ca_bundle)
    except OSError:
        raise InvalidConnectionError(
            f"the CA bundle {account.ca_bundle} of the {account.vendor.name} connection holds no "
            f"certificates that can be read; "
            "fix ca_bundle in its extra, or what the environment sets"
        ) from None
