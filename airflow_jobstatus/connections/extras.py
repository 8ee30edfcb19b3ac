"""The fields that a connection's extra may have: one declaration, read here and shown in the form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from airflow_jobstatus.connections import values

LONGEST_NAME = 100
"""How much of an unknown field's name is compared with those that are known."""


@dataclass(frozen=True, kw_only=True)
class Extra:
    """One field of a connection's extra.

    :param name: The key in the extra.
    :param label: The label in the form.
    :param description: The help text in the form.
    :param type: The JSON type in the form; an object gets a JSON editor.
    :param bounds: The least and the most that a number may be.
    :param example: What a text may be.
    :param default: What an absent or empty field means.
    :param secret: Whether the form hides what is typed.
    :param read: Turns the value into what the account holds; raises ValueError with a reason.
    """

    name: str
    label: str
    description: str
    type: str
    bounds: tuple[float, float] | None = None
    example: str | None = None
    default: Any = None
    secret: bool = False
    read: Callable[[Any], Any]

    @property
    def schema(self) -> Mapping[str, Any]:
        """The JSON schema of the field, by which Airflow chooses how it is typed."""
        facts = {
            "default": self.default,
            "format": "password" if self.secret else None,
            "minimum": self.bounds and self.bounds[0],
            "maximum": self.bounds and self.bounds[1],
            "examples": self.example and [self.example],
        }
        known = {name: fact for name, fact in facts.items() if fact is not None}
        return {"type": [self.type, "null"], **known}


EXTRAS = (
    Extra(
        name="timeout",
        label="Timeout",
        description="How long one request may take, in seconds; of a download, how long 64 KiB may take.",
        type="number",
        bounds=values.SECONDS,
        default=30,
        read=values.seconds,
    ),
    Extra(
        name="connect_timeout",
        label="Connect timeout",
        description="How long connecting may take, in seconds.",
        type="number",
        bounds=values.SECONDS,
        default=10,
        read=values.seconds,
    ),
    Extra(
        name="verify",
        label="Verify TLS",
        description="Whether to check the server's certificate.",
        type="boolean",
        default=True,
        read=values.truth,
    ),
    Extra(
        name="ca_bundle",
        label="CA bundle",
        description="A file of CA certificates to trust instead of the usual ones.",
        type="string",
        example="/etc/ssl/certs/ca-certificates.crt",
        read=values.text,
    ),
    Extra(
        name="proxy",
        label="Proxy",
        description="The URL of an HTTP proxy, such as http://proxy.example.com:3128; by default that of the "
        "environment.",
        type="string",
        secret=True,
        read=values.proxy,
    ),
    Extra(
        name="headers",
        label="Headers",
        description='Header fields to send with every request: {"X-Tenant": "acme"}. Airflow shows them to '
        "whoever may read connections.",
        type="object",
        read=values.headers,
    ),
    Extra(
        name="secret_headers",
        label="Secret headers",
        description='Header fields whose values Airflow masks once they are saved: {"X-Gateway-Key": "..."}.',
        type="object",
        read=values.headers,
    ),
    Extra(
        name="requests_per_second",
        label="Requests per second",
        description="How many requests per second a triggerer may make with this account; by default 20, or "
        "what the vendor allows.",
        type="number",
        bounds=values.RATES,
        read=values.rate,
    ),
    Extra(
        name="console",
        label="Job page",
        description="The URL of a job's web page, {id} standing for the job's id; Airflow links to it.",
        type="string",
        example="https://app.example.com/jobs/{id}",
        read=values.page,
    ),
    Extra(
        name="states",
        label="Status words",
        description='What other status words mean: {"PAUSED": "failed"}. The states are pending, running, '
        "succeeded, failed and cancelled.",
        type="object",
        read=values.states,
    ),
)


def read_extras(extra: Mapping[str, Any]) -> dict[str, Any]:
    """Return the declared fields of a connection's extra, read and checked; others are left alone.

    What ``secret_headers`` holds is among the ``headers``.

    :param extra: The extra as a mapping.
    :raises ValueError: naming the field and what it must be.
    """
    found: dict[str, Any] = {}
    for field in EXTRAS:
        value = extra.get(field.name)
        if isinstance(value, str):
            value = value.strip()
        if value is None or value in ("", {}):
            value = field.default
        if value is None:
            continue
        try:
            found[field.name] = field.read(value)
        except ValueError as error:
            raise ValueError(f"{field.name!r} in its extra {error}") from None
    if secret := found.pop("secret_headers", {}):
        found["headers"] = _joined(found.get("headers", {}), secret)
    return found


def _joined(headers: Mapping[str, str], secret: Mapping[str, str]) -> Mapping[str, str]:
    names = {name.lower() for name in headers}
    for place, name in enumerate(secret, 1):
        if name.lower() in names:
            raise ValueError(
                f"'secret_headers' in its extra has an entry ({place}) that 'headers' has too; leave one out"
            )
    return {**headers, **secret}


def refuse_unknown(extra: Mapping[str, Any], further: Iterable[str] = ()) -> None:
    """Refuse a field that nobody reads; those that begin with an underscore are Airflow's own, or notes.

    :param extra: The extra as a mapping.
    :param further: The names of fields beside those of every connection; none by default.
    :raises ValueError: naming the field that it is likely to be; the name that was typed is not repeated.
    """
    known = list(dict.fromkeys((*further, *(field.name for field in EXTRAS))))
    for place, name in enumerate(extra, 1):
        if name in known or name.startswith("_"):
            continue
        bare = name[-LONGEST_NAME:].rpartition("__")[2].strip().lower().replace("-", "_").replace(" ", "_")
        if near := get_close_matches(bare, known, n=1):
            raise ValueError(f"has a field in its extra (number {place}) that nobody reads; use {near[0]!r}")
        raise ValueError(
            f"has a field in its extra (number {place}) that nobody reads; there are {', '.join(known)}, and "
            "a note may begin with an underscore"
        )
