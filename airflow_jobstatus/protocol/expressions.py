"""Finds values in a JSON body: an expression is compiled once and evaluated at every poll.

The language is JMESPath (https://jmespath.org). Names joined by dots, with ``[]`` for each entry of a list
and ``@`` for the whole value, take a walk of our own, which costs a tenth. The library ``jmespath`` evaluates
all others; it is imported when the first of them is compiled. Nothing but :func:`compiled` knows which walk
an expression takes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from airflow_jobstatus.protocol.bounds import DEEPEST_EXPRESSION, LONGEST_EXPRESSION, MOST_ENTRIES

WHOLE = "@"
"""The expression for the whole value."""
PATH = re.compile(r"(@|[A-Za-z_]\w*)(\[\])?(\.[A-Za-z_]\w*(\[\])?)*", re.ASCII)
MAY_BE = "names joined by dots, such as data.status, or another JMESPath expression; @ stands for the whole"
NOTHING = (ValueError, TypeError, ArithmeticError, LookupError, AttributeError, RecursionError)
"""What a function of JMESPath raises that meets a type it does not take."""
First = Callable[[Any], Any]
All = Callable[[Any], list[Any]]


@dataclass(frozen=True)
class Expression:
    """Where a value stands in a JSON body; compared and shown by its text.

    :param text: The expression as it was declared.
    :param first: Returns the first value there, None if there is nothing. It never raises.
    :param all: Returns every value there but nulls, the first hundred of many, an empty list if there is
        nothing. It never raises.
    :param whole: Returns what JMESPath returns: for ``errors[].message`` the list, all of it. It never
        raises.
    :param plain: Whether it takes the quick walk.
    """

    text: str
    first: First = field(repr=False, compare=False)
    all: All = field(repr=False, compare=False)
    whole: First = field(repr=False, compare=False)
    plain: bool = field(default=True, repr=False, compare=False)

    def __str__(self) -> str:
        return self.text


def is_true(value: object) -> bool:
    """Return whether a value is true to JMESPath: null, false and what is empty are not, 0 is.

    :param value: The JSON value.
    """
    return bool(value) or (isinstance(value, (int, float)) and not isinstance(value, bool))


@lru_cache(maxsize=1024)
def compiled(text: str) -> Expression:
    """Return an expression that is ready to be evaluated.

    :param text: The expression: ``status``, ``errors[].message``, ``@`` or any other of JMESPath.
    :raises ValueError: if it is no such expression; the message says what it may be.
    """
    if not PATH.fullmatch(text):
        return _general(text)
    head, *tails = map(_walk, text.split("[]"))
    if not tails:
        return Expression(text, head, lambda value: [] if (found := head(value)) is None else [found], head)

    def find(value: Any, most: int | None = MOST_ENTRIES) -> list[Any] | None:
        entries: Any = head(value)
        for tail in tails:
            if not isinstance(entries, list):
                return None
            found: list[Any] = []
            for entry in entries[:most]:  # a list in the list is opened too, one level deep, as in JMESPath
                if isinstance(entry, list):
                    found += map(tail, entry[:most])
                else:
                    found.append(tail(entry))
            entries = [inner for inner in found if inner is not None][:most]
        return entries if isinstance(entries, list) else None

    return Expression(
        text,
        first=lambda value: next(iter(find(value) or ()), None),
        all=lambda value: find(value) or [],
        whole=lambda value: find(value, None),
    )


def _general(text: str) -> Expression:
    """Return an expression that the library evaluates."""
    if not text.strip():
        raise ValueError(MAY_BE)
    if len(text) > LONGEST_EXPRESSION or _depth(text) > DEEPEST_EXPRESSION:
        raise ValueError(
            f"{MAY_BE}; of at most {LONGEST_EXPRESSION} characters and {DEEPEST_EXPRESSION} open brackets"
        )
    import jmespath  # noqa: PLC0415  a DAG is parsed without it

    try:
        parsed = jmespath.compile(text).parsed
    except NOTHING as error:
        raise ValueError(f"{MAY_BE} ({_where(error)})") from None  # the library's text repeats the expression
    if problem := _misused(parsed):
        raise ValueError(f"{MAY_BE} ({problem})")

    evaluate = _interpreter().visit

    def whole(value: Any) -> Any:
        try:
            return evaluate(parsed, value)
        except NOTHING:
            return None

    def every(value: Any) -> list[Any]:
        found = whole(value)
        if isinstance(found, list):
            return [entry for entry in found if entry is not None][:MOST_ENTRIES]
        return [] if found is None else [found]

    return Expression(text, whole, every, whole, plain=False)


def _where(error: BaseException) -> str:
    """Return where the library stopped reading an expression."""
    place = getattr(error, "lex_position", None)
    return "it cannot be read" if place is None else f"it cannot be read at character {place + 1}"


def _misused(parsed: Any) -> str | None:
    """Return what is wrong with a function in an expression; the library says so in each evaluation only."""
    from jmespath.functions import Functions  # noqa: PLC0415  a DAG is parsed without it

    left = [parsed]
    while left:
        node = left.pop()
        children = node["children"]
        left += [child for child in children if isinstance(child, dict)]
        if node["type"] != "function_expression":
            continue
        known = Functions.FUNCTION_TABLE.get(node["value"])
        if known is None:
            return "there is no function of that name"
        signature = known["signature"]
        variadic = bool(signature) and bool(signature[-1].get("variadic"))
        if len(children) < len(signature) or (len(children) > len(signature) and not variadic):
            return f"{node['value']} takes {len(signature)} arguments{' or more' if variadic else ''}"
    return None


@cache
def _interpreter() -> Any:
    """Return one interpreter of the library's for all; ``search`` would make one for each evaluation."""
    from jmespath.visitor import TreeInterpreter  # noqa: PLC0415  a DAG is parsed without it

    return TreeInterpreter()


def _depth(text: str) -> int:
    deepest = depth = 0
    for c in text:
        if c in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif c in ")]}":
            depth -= 1
    return deepest


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
