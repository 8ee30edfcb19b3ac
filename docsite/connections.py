"""The connection types, and the fields of their extras, as tables."""

from __future__ import annotations

from collections.abc import Iterable

from airflow_jobstatus.connections.declaration import DECLARATION
from airflow_jobstatus.connections.extras import EXTRAS
from airflow_jobstatus.provider import HOOKS
from airflow_jobstatus.vendors.extra.vocabulary import WORDS
from docsite.table import table


def types() -> str:
    """Return the table of the connection types."""
    rows = [
        (
            f"`{vendor.conn_type}`",
            f"`{vendor.base_url}`" if vendor.base_url else "none: give the URL of your API",
            _label(vendor.form.login),
            _label(vendor.form.password),
        )
        for vendor in HOOKS.values()
    ]
    return table(("type", "host, by default", "login", "password"), rows)


def abilities() -> str:
    """Return the table of what the API of each shipped vendor can do for a wait."""
    vendors = [vendor for vendor in HOOKS.values() if vendor.base_url]
    rows = [
        ("counters", [_names(vendor.records.counters) for vendor in vendors]),
        ("submits a job", [_yes(vendor.submit) for vendor in vendors]),
        (
            "recognises a repeated submission",
            [_yes(vendor.submit and vendor.submit.idempotency_header) for vendor in vendors],
        ),
        ("cancels a job", [_yes(vendor.cancel) for vendor in vendors]),
        ("results", [_names(vendor.results.formats if vendor.results else ()) for vendor in vendors]),
        ("lists jobs, so that one poll replaces many", [_yes(vendor.listing) for vendor in vendors]),
        ("least time between two polls of a job", [f"{vendor.min_interval:g} s" for vendor in vendors]),
        ("how long a new job may be unknown (404)", [f"{vendor.lag:g} s" for vendor in vendors]),
    ]
    heads = ("the API", *(vendor.name for vendor in vendors))
    return table(heads, [(fact, *cells) for fact, cells in rows])


def extras() -> str:
    """Return the table of the fields that the extra of every connection may have."""
    rows = [
        (
            f"`{extra.name}`",
            _code(extra.description),
            "" if extra.default is None else f"`{str(extra.default).lower()}`",
        )
        for extra in EXTRAS
    ]
    return table(("extra", "meaning", "default"), rows)


def declaration() -> str:
    """Return the table of the fields that declare an API in a connection of type ``http_job``."""
    rows = [
        (f"`{field.name}`", _code(field.description), f"`{field.example}`" if field.example else "")
        for field in DECLARATION
    ]
    return table(("field", "meaning", "for example"), rows)


def vocabulary() -> str:
    """Return the table of the status words that need no explanation."""
    rows = [(f"`{state}`", ", ".join(" ".join(words.split()).split("; "))) for state, words in WORDS.items()]
    return table(("state", "status words"), rows)


def _yes(has: object) -> str:
    return "yes" if has else "no"


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"


def _label(text: str | None) -> str:
    """Return the label of a field within a sentence."""
    return "none" if text is None else text if text[:2].isupper() else f"{text[0].lower()}{text[1:]}"


def _code(text: str) -> str:
    """Return a help text with its JSON and its places as code."""
    marked, depth, start = "", 0, 0
    for at, letter in enumerate(text):
        if letter == "{":
            depth += 1
            start = at if depth == 1 else start
        elif letter == "}":
            depth -= 1
            marked += f"`{text[start : at + 1]}`" if depth == 0 else ""
        elif depth == 0:
            marked += letter
    return marked
