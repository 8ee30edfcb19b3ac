"""Makes Markdown of docstrings, which refer to names and end paragraphs before code as Sphinx has it."""

from __future__ import annotations

import re
from typing import Any

import griffe

from docsite.table import ROLE

CODE = re.compile(r"::$", re.MULTILINE)
CONTINUED = re.compile(r"\n +")


class Docstrings(griffe.Extension):
    """Rewrites each docstring as it is read."""

    def on_object(self, *, obj: griffe.Object, **_kwargs: Any) -> None:
        """Rewrite the docstring of a module, a class, a function or an attribute.

        :param obj: Whose docstring.
        """
        if obj.docstring is not None:
            obj.docstring.value = CODE.sub(":", ROLE.sub(r"``\1``", obj.docstring.value))
