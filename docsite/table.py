"""A table in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

ROLE = re.compile(r":\w+:`~?(?:[\w.]*\.)?(\w+)`")
"""A reference as docstrings have it, such as ``:meth:`to_dict```."""


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table.

    :param heads: The head of each column.
    :param rows: The cells of each row.
    """
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in lines)


def prose(docstring: str) -> str:
    """Return a part of a docstring as one line of Markdown.

    :param docstring: The part.
    """
    return " ".join(ROLE.sub(r"`\1`", docstring).replace("``", "`").split())
