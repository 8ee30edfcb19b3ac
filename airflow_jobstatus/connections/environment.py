"""What the process's environment says of proxies and certificates; both transports obey it alike."""

from __future__ import annotations

import os

import certifi
from requests.utils import get_environ_proxies, select_proxy

from airflow_jobstatus.connections import values

CA_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


def proxy_for(url: str) -> str | None:
    """Return the proxy that ``HTTPS_PROXY`` and its kin set for a URL, None for none.

    :raises ValueError: if it is no proxy that both transports can use.
    """
    found = (select_proxy(url, get_environ_proxies(url)) or "").strip()
    if not found:
        return None
    try:
        return values.proxy(found if "://" in found else f"http://{found}")
    except ValueError as error:
        # Its text is not shown: it may hold a password.
        raise ValueError(
            f"would go through the proxy that the environment sets (HTTPS_PROXY and its kin), which {error}; "
            "correct it there, set 'proxy' in its extra, or exempt the host with NO_PROXY"
        ) from None


def ca_bundle() -> str:
    """Return the file of CA certificates that the environment sets, else the one of certifi."""
    return next((path for name in CA_BUNDLES if (path := os.environ.get(name))), certifi.where())
