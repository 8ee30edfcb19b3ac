"""One account at a vendor: where to call, with what credential, and how."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from airflow_jobstatus import __version__
from airflow_jobstatus.protocol.bounds import SHORTEST_PART
from airflow_jobstatus.protocol.errors import InvalidJobIdError
from airflow_jobstatus.protocol.http import Request
from airflow_jobstatus.protocol.job import JobState
from airflow_jobstatus.protocol.text import Secrets
from airflow_jobstatus.protocol.vendor import Vendor, fill

HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
    "User-Agent": f"airflow-provider-jobstatus/{__version__}",
}

HARMLESS = frozenset({"accept", "accept-charset", "accept-language", "content-type", "prefer", "user-agent"})
"""Header fields that hold no secret, whoever sets them; their values may well stand in a result."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """What a connection says, read and checked; its representation shows no credential.

    :param vendor: The vendor's declaration; what waits asks the account for it.
    :param base_url: Scheme, host, port and path prefix, without a trailing slash.
    :param login: The client id, None for vendors whose credential is a key alone.
    :param secret: The API key, client secret or ready token; empty for an API that is open.
    :param secrets: Further secrets of the connection, which must not be shown either.
    :param headers: Header fields to send with every request.
    :param timeout: The most seconds that one request may take in all.
    :param connect_timeout: The most seconds that connecting may take.
    :param verify: Whether to check the server's certificate.
    :param ca_bundle: The file of CA certificates to check against.
    :param proxy: The URL of the proxy to go through, None for none.
    :param requests_per_second: How many requests a triggerer may make for this account, None for the
        vendor's own limit.
    :param states: What words of the vendor mean, beside those that the vendor's declaration knows.
    :param console: The URL of a job's page for people, ``{id}`` standing for its id; None for the vendor's.
    """

    vendor: Vendor
    base_url: str
    login: str | None = None
    secret: str = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: float = 30.0
    connect_timeout: float = 10.0
    verify: bool = True
    ca_bundle: str
    proxy: str | None = field(default=None, repr=False)
    requests_per_second: float | None = None
    states: Mapping[str, JobState] = field(default_factory=dict)
    console: str | None = None

    def request(self, method: str, path: str) -> Request:
        """Return an unsigned request to this account's API.

        :param method: The HTTP method.
        :param path: The path below the base URL, percent-encoded.
        """
        return Request(method, self.base_url + path, HEADERS).with_headers(self.headers)

    def page_of(self, job_id: str) -> str | None:
        """Return the URL of a job's page for people, None where there is none.

        :param job_id: The job's id.
        """
        console = self.console or self.vendor.console
        try:
            return None if console is None else fill(console, job_id)
        except InvalidJobIdError:
            return None

    @cached_property
    def hidden(self) -> Secrets:
        """What must not be shown of this account; shown itself, it shows nothing."""
        words = [self.secret, *self.secrets]
        words += (
            text
            for name, text in self.headers.items()
            if len(text) >= SHORTEST_PART and name.lower() not in HARMLESS
        )
        if self.login:
            words.append(f"{self.login}:{self.secret}")
        if self.proxy and "@" in self.proxy:
            login = self.proxy.rpartition("@")[0].rpartition("//")[2]
            words += [login, login.partition(":")[2]]
        return Secrets(words)

    def redact(self, text: str, also: Iterable[str] = ()) -> str:
        """Return a text decoded, without invisible characters, and with every credential replaced.

        :param text: The text.
        :param also: Further secrets, such as a token that the credential was exchanged for.
        """
        return (self.hidden | also).redact(text)
