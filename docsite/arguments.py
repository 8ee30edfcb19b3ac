"""The arguments of a class as a table, out of its docstring."""

from __future__ import annotations

import inspect
import re
from collections.abc import Collection

from docsite.table import prose, table

PARAM = re.compile(r"^:param (\w+): (.*?)(?=^:|\Z)", re.DOTALL | re.MULTILINE)


def described(of: object) -> dict[str, str]:
    """Return what a docstring says of each argument.

    :param of: A class or a function.
    """
    return {match[1]: prose(match[2]) for match in PARAM.finditer(inspect.getdoc(of) or "")}


def arguments(of: object, without: Collection[str] = ()) -> str:
    """Return the table of the arguments of a class.

    :param of: The class.
    :param without: Arguments that the page has elsewhere.
    """
    rows = [(f"`{name}`", text) for name, text in described(of).items() if name not in without]
    return table(("argument", "meaning"), rows)
