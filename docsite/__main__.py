"""Writes the generated parts into the pages: ``python -m docsite``; with ``--check`` it only compares."""

from __future__ import annotations

import sys

from docsite.page import PAGES, Page
from docsite.parts import PARTS


def main(arguments: list[str]) -> int:
    """Bring every page up to date; return 1 if one was not, and was only to be checked.

    :param arguments: The command line without the program's name.
    """
    stale = [page for page in map(Page, PAGES) if page.text != page.filled(PARTS)]
    for page in stale:
        sys.stdout.write(f"{page.path}\n")
        if "--check" not in arguments:
            page.path.write_text(page.filled(PARTS))
    return int("--check" in arguments and bool(stale))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
