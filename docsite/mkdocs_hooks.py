"""What MkDocs calls while it builds the site: nothing of it may come from the net."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError

LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src", "audio": "src"}
"""The tags that make a browser load something, with the attribute that says what."""
NO_LOAD = frozenset({"canonical", "next", "prev", "author", "license"})
"""Relations of a link that load nothing."""
OF_CSS = re.compile(r"(?:url\(|@import\s+)[\"']?((?:https?:)?//[^\"')\s]+)")


class Loads(HTMLParser):
    """Finds what a page loads from elsewhere.

    :param html: The page.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag loads."""
        of = dict(attrs)
        url = of.get(LOADED.get(tag, ""))
        if tag == "link" and not NO_LOAD & set((of.get("rel") or "").split()):
            url = of.get("href")
        if url and re.match(r"(?:https?:)?//", url):
            self.found.append(url)


def loads(site: Path) -> Iterator[tuple[Path, str]]:
    """Yield every file of a site that loads something from the net, and what.

    :param site: The folder of the site.
    """
    for path in sorted(site.rglob("*.html")):
        yield from ((path, url) for url in Loads(path.read_text()).found)
    for path in sorted(site.rglob("*.css")):
        yield from ((path, url) for url in OF_CSS.findall(path.read_text()))


def on_post_build(config: Any) -> None:
    """Fail where the site would load something from the net.

    :param config: MkDocs' configuration.
    :raises PluginError: naming the files, and what they would load.
    """
    if found := [f"{path}: {url}" for path, url in loads(Path(config["site_dir"]))]:
        raise PluginError("The site works offline, but these would not:\n" + "\n".join(found))
