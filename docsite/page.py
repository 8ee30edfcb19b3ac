"""One page of Markdown, with marks around what is generated."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = (ROOT / "README.md", *sorted(DOCS.rglob("*.md")))
MARKED = re.compile(r"^<!-- generated: ([\w-]+) -->\n(.*?)^<!-- end -->$", re.DOTALL | re.MULTILINE)


class Page:
    """A page of Markdown.

    :param path: Its file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_text()

    @property
    def parts(self) -> list[str]:
        """The names of the generated parts, in the order of the page."""
        return [match[1] for match in MARKED.finditer(self.text)]

    def filled(self, parts: Mapping[str, Callable[[], str]]) -> str:
        """Return the text with each generated part as it is made now.

        :param parts: What makes each part, by its name.
        :raises KeyError: if a mark names a part that nobody makes.
        """
        return MARKED.sub(
            lambda match: f"<!-- generated: {match[1]} -->\n\n{parts[match[1]]().strip()}\n\n<!-- end -->",
            self.text,
        )
