"""Finds the vendor's words in a body: what it says to people of an error, and nothing else."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Any

from airflow_jobstatus.protocol.bounds import (
    DEEPEST_WORDS,
    LONGEST_SAID,
    MOST_SEARCHED,
    MOST_SECRETS,
    MOST_WORDS,
)
from airflow_jobstatus.protocol.text import Secrets

KEYS = (
    "title",
    "error",
    "errors",
    "summary",
    "detail",
    "details",
    "message",
    "msg",
    "description",
    "errordescription",
    "errormessage",
    "errormessages",
    "errorsummary",
    "messages",
    "reason",
    "failurereason",
    "cause",
    "usermessage",
    "faultstring",
    "type",
    "code",
    "errorcode",
    "value",
)
"""The keys whose texts are meant for people, in the order in which they read best; case does not count."""
FRAMES = frozenset({"data", "response", "result", "body", "status", "meta", "extensions"})
"""Keys that frame an error, but other things as often: below them fewer keys count, but for an error's."""
EVERYWHERE = frozenset(KEYS) - {"value"}
"""Those that count wherever an error is; ``value`` counts below a message alone, as OData has it."""
FRAMED = EVERYWHERE - {"title", "summary", "description", "type", "code"}
TROUBLE = ("error", "fail", "fault", "problem", "cause", "exception")
"""What a key that holds an error has in its name."""
SECRET = (
    "secret",
    "token",
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "authorization",
    "apikey",
    "accesskey",
    "privatekey",
    "signature",
    "credential",
    "cookie",
    "sessionid",
    "jwt",
)
"""What a key that holds a secret has in its name."""
SHORTEST_SECRET = 4
SHORTEST_NUMBER, LONGEST_NUMBER = 10**7, 10**100
"""Numbers of eight digits and more may be secrets; shorter ones count or last."""


def words_of(body: object) -> list[tuple[str, str]]:
    """Return the texts in which a body says what is wrong, each once, with what joins it to the last.

    :param body: The JSON value, or a part of it.
    """
    found: dict[str, tuple[str, str]] = {}
    for joint, text in _texts(body, DEEPEST_WORDS, EVERYWHERE, left=iter(range(MOST_SEARCHED))):
        found.setdefault(plain(text), (joint, text))
    readable = {key: pair for key, pair in found.items() if "://" not in pair[1] or " " in pair[1]}
    return list((readable or found).values())  # a type is often a URL, which says nothing beside other words


def plain(text: str) -> str:
    """Return a text as it is compared with others: letters and digits alone, so ``NOT_FOUND`` is not found.

    :param text: The text.
    """
    return "".join(filter(str.isalnum, text)).casefold()


def secrets_of(body: object) -> set[str]:
    """Return the texts that stand under a key such as ``secret``, ``token`` or ``password``.

    :param body: The JSON value.
    """
    found: set[str] = set()
    left: deque[tuple[Any, bool]] = deque([(body, False)])
    seen = 0
    while left and seen < MOST_SEARCHED and len(found) < MOST_SECRETS:
        value, hidden = left.popleft()  # what lies near the top first, however long a list is
        seen += 1
        if isinstance(value, dict):
            within = islice(value.items(), MOST_SEARCHED - seen)
            left.extend((inner, hidden or _is_secret(key)) for key, inner in within)
        elif isinstance(value, list):
            left.extend((inner, hidden) for inner in value[: MOST_SEARCHED // 10])
        elif hidden and isinstance(value, str) and SHORTEST_SECRET <= len(value) <= LONGEST_SAID:
            found.add(value)
        elif hidden and isinstance(value, int) and SHORTEST_NUMBER <= abs(value) < LONGEST_NUMBER:
            found.add(str(value))
    return found


def said(secrets: Secrets, body: object, *, but: str = "") -> str:
    """Return the vendor's words on one line, as they may be shown; empty if there are none.

    :param secrets: What must not be shown.
    :param body: The JSON value, or a part of it.
    :param but: What is said already: an HTTP code and its phrase.
    """
    code, _, phrase = but.partition(" ")
    known = {plain(but), plain(code), plain(phrase)} if but else set()
    shown = ""
    for joint, text in words_of(body):
        if plain(text) not in known:
            shown += (joint if shown else "") + secrets.redact(text)
    return secrets.ours(shown)


def _texts(
    value: object, depth: int, keys: frozenset[str], joint: str = ": ", *, left: Iterator[int]
) -> Iterator[tuple[str, str]]:
    """Yield the texts under the keys, those of an inner value after those beside it.

    :param left: Has an item for each value that may still be searched.
    """
    if isinstance(value, list):
        for entry in value[:MOST_WORDS]:
            if isinstance(entry, dict):  # no API says what is wrong in a list within a list
                yield from _texts(entry, depth, keys, "; ", left=left)
    if not isinstance(value, dict) or depth <= 0:
        return
    by_name = _by_name(value, left)
    for name in KEYS:
        for text in _beside(by_name.get(name) if name in keys else None):
            yield joint, text
            joint = "; " if isinstance(by_name[name], list) else ": "
    for name, inner in by_name.items():
        below = _keys_below(name, keys, framed=depth == DEEPEST_WORDS)
        if below and isinstance(inner, (dict, list)):
            yield from _texts(inner, depth - 1, below, joint, left=left)


def _by_name(value: dict[str, Any], left: Iterator[int]) -> dict[str, Any]:
    """Return what an object holds by the plain names; of two of one name the first that holds something."""
    by_name: dict[str, Any] = {}
    for _, (key, inner) in zip(left, value.items(), strict=False):
        if by_name.get(name := _name(key)) in (None, "", [], {}):
            by_name[name] = inner
    return by_name


def _keys_below(name: str, keys: frozenset[str], *, framed: bool) -> frozenset[str]:
    """Return which keys count below a key, none where it holds no error."""
    if name == "message":
        return frozenset(KEYS)
    if name in EVERYWHERE or any(part in name for part in TROUBLE):
        return EVERYWHERE
    if name not in FRAMES:
        return frozenset()
    return keys & FRAMED if framed else keys


def _beside(value: object) -> Iterator[str]:
    for text in value[:MOST_WORDS] if isinstance(value, list) else (value,):
        if isinstance(text, str) and (shown := text[: LONGEST_SAID + 1].strip()).strip(" ."):
            yield shown


def _name(key: str) -> str:
    return "".join(c for c in key[:40] if c.isalnum()).lower()


def _is_secret(key: str) -> bool:
    name = _name(key)
    return any(part in name for part in SECRET)
