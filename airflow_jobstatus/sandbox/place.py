"""Where values stand in an answer: names joined by dots, as the declarations of most APIs have them."""

from __future__ import annotations

import re
from typing import Any

WHOLE = "@"
PLAIN = re.compile(r"(@|[A-Za-z_]\w*)(\[\])?(\.[A-Za-z_]\w*(\[\])?)*", re.ASCII)
"""Names joined by dots, with ``[]`` for each entry of a list and ``@`` for the whole."""


def is_plain(expression: str) -> bool:
    """Return whether a value can be placed where an expression points.

    :param expression: A JMESPath expression.
    """
    return PLAIN.fullmatch(expression) is not None


def first_place(expression: str) -> str:
    """Return where a value is found first: of ``a || b`` it is ``a``; another expression stays as it is.

    :param expression: A JMESPath expression.
    """
    first = expression.partition("||")[0].strip()
    return first if is_plain(first) else expression


def proven(expression: str) -> tuple[str | None, str]:
    """Return what proves that a body is a job, and where the job stands: of ``id && @`` they are two.

    :param expression: A JMESPath expression.
    """
    proof, _, root = (part.strip() for part in expression.partition("&&"))
    return (proof, root) if root == WHOLE and is_plain(proof) else (None, expression)


def joined(root: str, expression: str) -> str:
    """Return an expression below a root.

    :param root: A plain expression.
    :param expression: Another, which counts from there.
    """
    below = expression.removeprefix(WHOLE).removeprefix(".")
    if root == WHOLE:
        return below or WHOLE
    return f"{root}.{below}" if below else root


def place(body: dict[str, Any], expression: str, value: Any) -> bool:
    """Put a value where an expression points, and return whether that is possible.

    A list that it leads through gets one entry. What stands in the way stays.

    :param body: The answer, which is changed.
    :param expression: A plain expression below the whole.
    :param value: The value.
    """
    steps = expression.split(".")
    here: Any = body
    for step in steps[:-1]:
        name = step.removesuffix("[]")
        inner = here.setdefault(name, [{}] if step.endswith("[]") else {})
        here = inner[0] if isinstance(inner, list) and inner else inner
        if not isinstance(here, dict):
            return False
    last = steps[-1]
    name = last.removesuffix("[]")
    if name == WHOLE or isinstance(here.get(name), (dict, list)):
        return False
    here[name] = [value] if last.endswith("[]") else value
    return True
