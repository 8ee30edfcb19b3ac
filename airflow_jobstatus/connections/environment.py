"""What the process's environment says of proxies and certificates; both transports obey it alike."""

from __future__ import annotations

import os

import certifi
from requests.utils import get_environ_proxies, select_proxy

CA_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


def proxy_for(url: str) -> str | None:
    """Return the proxy that ``HTTPS_PROXY`` and its kin set for a URL, None for none."""
    proxy = select_proxy(url, get_environ_proxies(url))
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"


def ca_bundle() -> str:
    """Return the file of CA certificates that the environment sets, else the one of certifi."""
    return next((path for name in CA_BUNDLES if (path := os.environ.get(name))), certifi.where())
