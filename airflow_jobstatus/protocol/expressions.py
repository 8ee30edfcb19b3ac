"""Finds values in a JSON body: an expression is compiled once and evaluated at every poll.

The language is a part of JMESPath, with the same meaning: names joined by dots, ``[]`` for each entry of a
list, ``@`` for the whole value. Nothing but :func:`compiled` knows which walk an expression takes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from airflow_jobstatus.protocol.bounds import MOST_ENTRIES

WHOLE = "@"
"""The expression for the whole value."""
PATH = re.compile(r"(@|[A-Za-z_]\w*)(\[\])?(\.[A-Za-z_]\w*(\[\])?)*", re.ASCII)
MAY_BE = "names joined by dots, such as data.status; name[] stands for each entry of a list, @ for the whole"
First = Callable[[Any], Any]


@dataclass(frozen=True)
class Expression:
    """Where a value stands in a JSON body; compared and shown by its text.

    :param text: The expression as it was declared.
    :param first: Returns the first value there, None if there is nothing. It never raises.
    :param all: Returns every value there but nulls, an empty list if there is nothing. It never raises.
    """

    text: str
    first: First = field(repr=False, compare=False)
    all: Callable[[Any], list[Any]] = field(repr=False, compare=False)

    def __str__(self) -> str:
        return self.text


@lru_cache(maxsize=1024)
def compiled(text: str) -> Expression:
    """Return an expression that is ready to be evaluated.

    :param text: The expression: ``status``, ``data.status``, ``errors[].message`` or ``@``.
    :raises ValueError: if it is no such expression; the message says what it may be.
    """
    if not PATH.fullmatch(text):
        raise ValueError(MAY_BE)
    head, *tails = map(_walk, text.split("[]"))
    if not tails:
        return Expression(text, head, lambda value: [] if (found := head(value)) is None else [found])

    def find(value: Any) -> list[Any]:
        found: list[Any] = []
        entries = head(value)
        for tail in tails:
            if not isinstance(entries, list):
                return []
            found = []
            for entry in entries[:MOST_ENTRIES]:
                # A list in the list is opened too, one level deep, as in JMESPath.
                if isinstance(entry, list):
                    found += map(tail, entry[:MOST_ENTRIES])
                else:
                    found.append(tail(entry))
            entries = found = [inner for inner in found if inner is not None][:MOST_ENTRIES]
        return found

    return Expression(text, lambda value: next(iter(find(value)), None), find)


def _walk(path: str) -> First:
    """Return the walk along names alone; it costs a fraction of a general JMESPath."""
    keys = tuple(key for key in path.split(".") if key not in {"", WHOLE})

    if len(keys) == 1:
        [only] = keys
        return lambda value: value.get(only) if isinstance(value, dict) else None

    def first(value: Any) -> Any:
        for key in keys:
            if not isinstance(value, dict):
                return None
            value = value.get(key)
        return value

    return first
