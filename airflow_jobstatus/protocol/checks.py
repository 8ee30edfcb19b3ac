"""Checks the fields of a declaration when it is made; each refusal says what the field may be."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn
from urllib.parse import urlsplit

from airflow_jobstatus.protocol.bounds import LONGEST_BODY, LONGEST_FIELD, LONGEST_TEXT
from airflow_jobstatus.protocol.errors import HIDDEN, InvalidVendorError
from airflow_jobstatus.protocol.expressions import Expression, compiled

ID = "{id}"
ID_WITH_SLASHES = "{+id}"
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A name of a header field or a scheme (RFC 9110, section 5.6.2)."""
FRAMING = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""The header fields by which an HTTP library says how a message is sent; another value breaks each call."""
PARAMETER = re.compile(r"(%[0-9A-Fa-f]{2}|[A-Za-z0-9._~$:@!*-])+")


CODES = range(100, 600)


def refuse(owner: object, name: str, value: object, may_be: str) -> NoReturn:
    """Refuse the value of a field.

    :param owner: The declaration, or the group of it, whose field it is.
    :param name: The field's name.
    :param value: What it holds.
    :param may_be: What it may be, to follow the words "it must be".
    :raises InvalidVendorError: always.
    """
    raise InvalidVendorError(type(owner).__name__, name, value, may_be)


def text(owner: object, name: str) -> None:
    """Refuse a field that is no text on one line."""
    value = getattr(owner, name)
    if not _is_text(value):
        refuse(owner, name, value, "a text on one line that is not empty")


def token(owner: object, name: str) -> None:
    """Refuse a field that cannot name a header field, a parameter or a scheme."""
    value = getattr(owner, name)
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or not TOKEN.fullmatch(value):
        refuse(owner, name, value, "one word of letters, digits and hyphens")


def header(owner: object, name: str) -> None:
    """Refuse a field that cannot name a header field, or names one that says how a message is sent."""
    token(owner, name)
    value = getattr(owner, name)
    if value.lower() in FRAMING:
        refuse(owner, name, value, "the name of a header field that no HTTP library sets itself")


def parameter(owner: object, name: str) -> None:
    """Refuse a field that cannot name a query parameter as it stands in a URL."""
    value = getattr(owner, name)
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or not PARAMETER.fullmatch(value):
        refuse(owner, name, value, "the name of a query parameter, percent-encoded, such as page%5Boffset%5D")


def one_of(owner: object, name: str, choices: tuple[str, ...]) -> None:
    """Refuse a field that is none of the choices."""
    value = getattr(owner, name)
    if value not in choices:
        refuse(owner, name, value, f"one of {', '.join(choices)}")


def instance(owner: object, name: str, kind: type, *, optional: bool = False) -> None:
    """Refuse a field that is not of a class, or None where that is allowed."""
    value = getattr(owner, name)
    if not (isinstance(value, kind) or (optional and value is None)):
        refuse(owner, name, value, f"a {kind.__name__}{' or None' if optional else ''}")


def within(owner: object, name: str, least: float, most: float) -> None:
    """Refuse a field that is no number within its bounds."""
    value = getattr(owner, name)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not least <= value <= most:
        refuse(owner, name, value, f"a number from {least:.2g} to {most:g}")


def number(owner: object, name: str, *, zero: bool = False, whole: bool = False) -> None:
    """Refuse a field that is no finite number above 0, or 0 where that is allowed."""
    value = getattr(owner, name)
    kinds = int if whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds) or not _is_finite(value, zero=zero):
        what = "a whole number" if whole else "a finite number"
        refuse(owner, name, value, f"{what}, {'0 or more' if zero else 'above 0'}")


def url(owner: object, name: str) -> None:
    """Refuse a field that is no absolute URL over HTTP, or holds a credential."""
    value = getattr(owner, name)
    try:
        parts = urlsplit(value if _is_text(value) else "")
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
        good = good and (parts.port or True) and not set(" {}") & set(value)
    except ValueError:
        good = False
    if not good:
        refuse(owner, name, value, "a URL such as https://api.example.com/prefix, without a user")


def base_url(owner: object, name: str) -> None:
    """Refuse a field that no path can be put behind."""
    url(owner, name)
    value = getattr(owner, name)
    if value.endswith("/") or "?" in value or "#" in value:
        refuse(owner, name, value, "a URL without a trailing slash, query or fragment")


def path(owner: object, name: str, *, of_a_job: bool = False) -> None:
    """Refuse a field that is no path below the base URL; that of a job has a place for the job's id."""
    value = getattr(owner, name)
    if not _is_path(value):
        refuse(
            owner,
            name,
            value,
            "a path below the base URL that begins with a slash, such as /jobs, percent-encoded",
        )
    others = _without_ids(value) if of_a_job else value
    if "{" in others or "}" in others:
        names = f" but {ID} and {ID_WITH_SLASHES}" if of_a_job else ""
        refuse(owner, name, value, f"a path with no placeholder{names}")
    if of_a_job and others == value:
        refuse(owner, name, value, f"a path with {ID} where the job's id goes")


TAKEN = ("return_value", "job_id", "job_progress")
"""The keys of XComs that tasks push themselves."""


def xcom_names(owner: object, name: str, names: Iterable[str]) -> None:
    """Refuse names that no XCom of its own may have."""
    for key in names:
        if not key.isidentifier() or key in TAKEN:
            may_be = (
                f"names of letters, digits and underscores, not {', '.join(TAKEN)}: each is an XCom's key"
            )
            refuse(owner, name, key, may_be)


def path_and_body(owner: Any, template: str | None) -> None:
    """Refuse a call of a job that has a place for the job's id in neither path nor body."""
    in_the_path = isinstance(owner.path, str) and _without_ids(owner.path) != owner.path
    path(owner, "path", of_a_job=in_the_path or ID not in (template or ""))


PAGE = f"a URL such as https://app.example.com/jobs/{ID}"
"""What the address of a job's page may be."""


def page(owner: object, name: str) -> None:
    """Refuse a field that is no absolute URL of a page, which may have a place for a job's id."""
    if not is_page(value := getattr(owner, name)):
        refuse(owner, name, value, PAGE)


def is_page(value: object) -> bool:
    """Return whether a value is the absolute URL of a page, which may have a place for a job's id.

    :param value: The value.
    """
    if not isinstance(value, str) or not _is_text(value):
        return False
    whole = _without_ids(value)
    try:
        parts = urlsplit(whole)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False
    return good and urlsplit(value).netloc == parts.netloc and not set("{} ") & set(whole)


def body(owner: object, name: str) -> str | None:
    """Return a field as JSON text, None for None; refuse what is no JSON."""
    value = getattr(owner, name)
    if value is None:
        return None
    try:
        text = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        text = ""
    if not text or len(text) > LONGEST_BODY:
        refuse(owner, name, value, f"a JSON value of at most {LONGEST_BODY} characters")
    return text


def _without_ids(value: str) -> str:
    return value.replace(ID, "").replace(ID_WITH_SLASHES, "")


def codes(owner: object, name: str, *, may_be_empty: bool = True) -> frozenset[int]:
    """Return the HTTP codes of a field; refuse what is none."""
    value = getattr(owner, name)
    found = list(value) if isinstance(value, Iterable) and not isinstance(value, (str, bytes)) else None
    if found is None or not all(map(is_code, found)) or not (found or may_be_empty):
        refuse(owner, name, value, f"a set of HTTP codes, {CODES[0]} to {CODES[-1]}")
    return frozenset(found)


def is_code(value: object) -> bool:
    """Return whether a value is an HTTP code."""
    return isinstance(value, int) and not isinstance(value, bool) and value in CODES


def mapping(owner: object, name: str, kind: type | tuple[type, ...]) -> dict[Any, Any]:
    """Return a copy of a field that maps texts to values of a class; refuse every other."""
    value = getattr(owner, name)
    if not isinstance(value, Mapping):
        refuse(owner, name, value, "a mapping")
    for key, inner in value.items():
        if not isinstance(key, str):
            refuse(owner, name, key, "a mapping whose keys are texts")
        if not isinstance(inner, kind):
            kinds = kind if isinstance(kind, tuple) else (kind,)
            words = " or ".join(one.__name__ for one in kinds)
            refuse(owner, f"{name}[{key!r}]", inner, f"a {words}")
    return dict(value)


def secrets(owner: object, name: str) -> dict[str, str]:
    """Return a copy of a field that maps names to secrets; refuse every other without a word of a value."""
    value = getattr(owner, name)
    if not isinstance(value, Mapping):
        refuse(owner, name, HIDDEN, "a mapping of names to secrets")
    for key, secret in value.items():
        if not isinstance(key, str) or not key.isidentifier() or key in {"login", "password"}:
            refuse(owner, name, key, "a mapping of names of letters and digits, but login and password")
        good = isinstance(secret, str) and secret.strip() and secret.isprintable()
        if not good or len(secret) > LONGEST_FIELD:
            may_be = f"a text on one line that is not empty, of at most {LONGEST_FIELD} characters"
            refuse(owner, f"{name}[{key!r}]", HIDDEN, may_be)
    return dict(value)


def expression(owner: object, name: str, value: object) -> Expression:
    """Return an expression, compiled; refuse what is none."""
    try:
        return compiled(value if isinstance(value, str) else "")
    except ValueError as error:
        refuse(owner, name, value, str(error))


def expressions(
    owner: object, name: str, value: object, *, may_be_empty: bool = False
) -> tuple[Expression, ...]:
    """Return one expression or several, compiled; refuse what is none."""
    several = [value] if isinstance(value, str) else value
    if not isinstance(several, (list, tuple)) or not (several or may_be_empty):
        refuse(owner, name, value, "an expression, or a tuple of expressions of which the first counts")
    return tuple(expression(owner, name, one) for one in several)


def _is_text(value: object) -> bool:
    return (
        isinstance(value, str) and bool(value.strip()) and value.isprintable() and len(value) <= LONGEST_TEXT
    )


def _is_finite(value: float, *, zero: bool) -> bool:
    try:
        return math.isfinite(value) and (value >= 0 if zero else value > 0)
    except OverflowError:  # a whole number beyond every float
        return False


def _is_path(value: object) -> bool:
    if not (_is_text(value) and isinstance(value, str) and value.isascii() and value.startswith("/")):
        return False
    segments = value.partition("?")[0][1:].split("/")
    strange = any(c in value for c in ' \\#"<>^`|')
    return not strange and "" not in segments[:-1] and not {".", ".."} & set(segments)
