"""The blocks of code in the README and the pages."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from docsite.page import PAGES, ROOT

FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One block of code.

    :param page: The page's path in the repository.
    :param line: The line of the page where it begins.
    :param language: Its language.
    :param text: The code.
    """

    page: str
    line: int
    language: str
    text: str

    @property
    def name(self) -> str | None:
        """The file that the first line names, None where it names none."""
        match = re.match(r"# (\S+\.py)\n", self.text)
        return match and match[1]

    @property
    def commands(self) -> Iterator[list[str]]:
        """The commands of a block for a shell, each as its words."""
        command = ""
        for line in self.text.splitlines():
            command += f"{line}\n"
            try:
                words = shlex.split(command, comments=True)
            except ValueError:  # a quotation goes on in the next line
                continue
            command = ""
            if words:
                yield words
        assert not command, f"{self} ends within a quotation"

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def _read() -> Iterator[Block]:
    for path in PAGES:
        text = path.read_text()
        for match in FENCED.finditer(text):
            line = text[: match.start()].count("\n") + 2
            yield Block(str(path.relative_to(ROOT)), line, match[1], match[2])


BLOCKS = tuple(_read())


def of_language(language: str) -> list[Block]:
    """Give every block of a language."""
    return [block for block in BLOCKS if block.language == language]
