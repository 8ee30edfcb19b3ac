"""The fields that a connection's extra may have: one declaration, read here and shown in the form."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from math import isfinite, nan
from typing import Any
from urllib.parse import urlsplit

from airflow_jobstatus.protocol.bounds import FEWEST_REQUESTS, LONGEST_CALL, MOST_REQUESTS, SHORTEST_CALL
from airflow_jobstatus.protocol.checks import PAGE, is_page
from airflow_jobstatus.protocol.job import JobState
from airflow_jobstatus.protocol.vendor import normal

LONGEST_NAME = 100
"""How much of an unknown field's name is compared with those that are known."""
MASK = "***"
"""What Airflow shows in place of a secret."""


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


SECONDS = (SHORTEST_CALL, LONGEST_CALL)
RATES = (FEWEST_REQUESTS, MOST_REQUESTS)


def _number(value: object, bounds: tuple[float, float], unit: str) -> float:
    least, most = bounds
    try:
        number = float(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else nan
    except (ValueError, OverflowError):
        number = nan
    if not number > 0 or not isfinite(number):
        raise ValueError(f"must be a number above 0, {unit} from {least:.2g} to {most:g}")
    if not least <= number <= most:
        raise ValueError(f"must be a number of {unit} from {least:.2g} to {most:g}")
    return number


def _rate(value: object) -> float:
    return _number(value, RATES, "requests per second")


def _seconds(value: object) -> float:
    return _number(value, SECONDS, "seconds")


def _truth(value: object) -> bool:
    if isinstance(value, bool):
        return value
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    word = str(value).strip().lower()
    if word not in words:
        raise ValueError("must be true or false")
    return words[word]


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a text")  # noqa: TRY004  the caller reports values, not types
    return value.strip()


def read_proxy(value: object) -> str:
    """Return the URL of an HTTP proxy; raise ValueError with a reason if it is none."""
    text = _text(value)
    try:
        url = urlsplit(text)
        sound = url.scheme in {"http", "https"} and bool(url.hostname) and (url.port or True)
    except ValueError:
        sound = False
    if not sound:
        raise ValueError("must be a URL such as http://proxy.example.com:3128")
    return text


def _page(value: object) -> str:
    text = _text(value)
    if not is_page(text):
        raise ValueError(f"must be {PAGE}")
    return text


def _mapping(value: object) -> Mapping[str, str]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise ValueError("must be a JSON object") from None
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise ValueError("must be a JSON object of texts")
    return value


def _headers(value: object) -> Mapping[str, str]:
    headers = _mapping(value)
    if len({name.lower() for name in headers}) < len(headers):
        raise ValueError("has the same header field twice, in different letter case")
    for place, (name, text) in enumerate(headers.items(), 1):
        if not name.replace("-", "").replace("_", "").isalnum() or not name.isascii():
            raise ValueError(f"has an entry ({place}) whose name cannot be that of a header field")
        if not text.isprintable() or not text.isascii():
            raise ValueError(f"has an entry ({place}) with a line break or another unprintable character")
        if text.strip() == MASK:
            raise ValueError(f"has an entry ({place}) that is Airflow's mask for a secret; type it anew")
    return {name: text.strip() for name, text in headers.items()}


def _states(value: object) -> Mapping[str, JobState]:
    given = _mapping(value)
    states = {normal(word): state.strip().lower() for word, state in given.items()}
    if "" in states or len(states) < len(given):
        raise ValueError("has an empty word, or the same word twice in different letter case")
    known = [state.value for state in JobState]
    if any(state not in known for state in states.values()):
        raise ValueError(f"must be a JSON object that gives words one of the states {', '.join(known)}")
    return {word: JobState(state) for word, state in states.items()}


EXTRAS = (
    Extra(
        name="timeout",
        label="Timeout",
        description="How long one request may take, in seconds; of a download, how long 64 KiB may take.",
        type="number",
        bounds=SECONDS,
        default=30,
        read=_seconds,
    ),
    Extra(
        name="connect_timeout",
        label="Connect timeout",
        description="How long connecting may take, in seconds.",
        type="number",
        bounds=SECONDS,
        default=10,
        read=_seconds,
    ),
    Extra(
        name="verify",
        label="Verify TLS",
        description="Whether to check the server's certificate.",
        type="boolean",
        default=True,
        read=_truth,
    ),
    Extra(
        name="ca_bundle",
        label="CA bundle",
        description="A file of CA certificates to trust instead of the usual ones.",
        type="string",
        example="/etc/ssl/certs/ca-certificates.crt",
        read=_text,
    ),
    Extra(
        name="proxy",
        label="Proxy",
        description="The URL of an HTTP proxy, such as http://proxy.example.com:3128; by default that of the "
        "environment.",
        type="string",
        secret=True,
        read=read_proxy,
    ),
    Extra(
        name="headers",
        label="Headers",
        description='Header fields to send with every request: {"X-Tenant": "acme"}. Airflow shows them to '
        "whoever may read connections.",
        type="object",
        read=_headers,
    ),
    Extra(
        name="secret_headers",
        label="Secret headers",
        description='Header fields whose values Airflow masks once they are saved: {"X-Gateway-Key": "..."}.',
        type="object",
        read=_headers,
    ),
    Extra(
        name="requests_per_second",
        label="Requests per second",
        description="How many requests per second a triggerer may make with this account; by default 20, or "
        "what the vendor allows.",
        type="number",
        bounds=RATES,
        read=_rate,
    ),
    Extra(
        name="console",
        label="Job page",
        description="The URL of a job's web page, {id} standing for the job's id; Airflow links to it.",
        type="string",
        example="https://app.example.com/jobs/{id}",
        read=_page,
    ),
    Extra(
        name="states",
        label="Status words",
        description='What other status words mean: {"PAUSED": "failed"}. The states are pending, running, '
        "succeeded, failed and cancelled.",
        type="object",
        read=_states,
    ),
)


def read_extras(extra: Mapping[str, Any]) -> dict[str, Any]:
    """Return the declared fields of a connection's extra, read and checked; others are left alone.

    What ``secret_headers`` holds is among the ``headers``.

    :param extra: The extra as a mapping.
    :raises ValueError: naming the field and what it must be.
    """
    values = {}
    for field in EXTRAS:
        value = extra.get(field.name)
        if isinstance(value, str):
            value = value.strip()
        if value is None or value in ("", {}):
            value = field.default
        if value is None:
            continue
        try:
            values[field.name] = field.read(value)
        except ValueError as error:
            raise ValueError(f"{field.name!r} in its extra {error}") from None
    if secret := values.pop("secret_headers", {}):
        values["headers"] = _joined(values.get("headers", {}), secret)
    return values


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
