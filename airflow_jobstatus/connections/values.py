"""Reads the values of a connection's extra, each within its bounds; no refusal repeats what was typed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isfinite, nan
from urllib.parse import unquote, urlsplit

from airflow_jobstatus.protocol.bounds import (
    FEWEST_REQUESTS,
    LONGEST_CALL,
    LONGEST_FIELD,
    LONGEST_TEXT,
    MOST_REQUESTS,
    SHORTEST_CALL,
)
from airflow_jobstatus.protocol.checks import FRAMING, PAGE, is_page
from airflow_jobstatus.protocol.job import JobState
from airflow_jobstatus.protocol.vendor import normal

MASK = "***"
"""What Airflow shows in place of a secret."""
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


def rate(value: object) -> float:
    """Return how many requests a second are meant; raise ValueError with what they may be."""
    return _number(value, RATES, "requests per second")


def seconds(value: object) -> float:
    """Return a time limit in seconds; raise ValueError with what it may be."""
    return _number(value, SECONDS, "seconds")


def truth(value: object) -> bool:
    """Return a truth value, given as one or as a word; raise ValueError if it is none."""
    if isinstance(value, bool):
        return value
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    word = str(value).strip().lower()
    if word not in words:
        raise ValueError("must be true or false")
    return words[word]


def text(value: object) -> str:
    """Return a text without the blanks around it; raise ValueError if it is none, or too long."""
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise ValueError(f"must be a text of at most {LONGEST_TEXT} characters")
    return value.strip()


def proxy(value: object) -> str:
    """Return the URL of an HTTP proxy; raise ValueError with what it may be."""
    given = text(value)
    try:
        url = urlsplit(given)
        sound = url.scheme in {"http", "https"} and bool(url.hostname) and (url.port or True)
        user, password = (None if part is None else unquote(part) for part in (url.username, url.password))
        f"{user}:{password}".encode("latin-1")
    except ValueError:
        sound = False
    if not sound:
        raise ValueError("must be a URL such as http://proxy.example.com:3128")
    if (user or password) and (not user or not password or ":" in user):
        raise ValueError("must have a user without a colon and a password, or neither")
    return given


def page(value: object) -> str:
    """Return the URL of a job's page; raise ValueError with what it may be."""
    given = text(value)
    if not is_page(given):
        raise ValueError(f"must be {PAGE}")
    return given


def _mapping(value: object) -> Mapping[str, str]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise ValueError("must be a JSON object") from None
    if not isinstance(value, dict) or not all(isinstance(inner, str) for inner in value.values()):
        raise ValueError("must be a JSON object of texts")
    return value


def headers(value: object) -> Mapping[str, str]:
    """Return header fields by name; raise ValueError with the place of one that cannot be sent."""
    given = _mapping(value)
    if len({name.lower() for name in given}) < len(given):
        raise ValueError("has the same header field twice, in different letter case")
    for place, (name, field) in enumerate(given.items(), 1):
        if len(name) + len(field) > LONGEST_FIELD:
            raise ValueError(f"has an entry ({place}) of more than {LONGEST_FIELD} characters")
        if not name.replace("-", "").replace("_", "").isalnum() or not name.isascii():
            raise ValueError(f"has an entry ({place}) whose name cannot be that of a header field")
        if name.lower() in FRAMING:
            raise ValueError(f"has an entry ({place}) that the HTTP library sets itself; leave it out")
        if not field.isprintable() or not field.isascii():
            raise ValueError(f"has an entry ({place}) with a line break or another unprintable character")
        if field.strip() == MASK:
            raise ValueError(f"has an entry ({place}) that is Airflow's mask for a secret; type it anew")
    return {name: field.strip() for name, field in given.items()}


def states(value: object) -> Mapping[str, JobState]:
    """Return the states that words mean; raise ValueError if there are others, or a word is none."""
    given = _mapping(value)
    words = {normal(word): state.strip().lower() for word, state in given.items()}
    if "" in words or len(words) < len(given):
        raise ValueError("has an empty word, or the same word twice in different letter case")
    known = [state.value for state in JobState]
    if any(state not in known for state in words.values()):
        raise ValueError(f"must be a JSON object that gives words one of the states {', '.join(known)}")
    return {word: JobState(state) for word, state in words.items()}
