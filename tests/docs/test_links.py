"""Links of the pages that are no part of the site lead somewhere; the site's own build checks the others."""

from __future__ import annotations

import re

import pytest

from docsite.mkdocs_hooks import Loads, loads
from docsite.page import ROOT

LINK = re.compile(r"\[[^\]]*\]\((?!https?://)([^)#\s]*)(?:#([\w-]+))?\)")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
FILE = re.compile(r"`([\w/]+\.py)`")


def anchors(markdown: str) -> set[str]:
    """Give the anchors of a page's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.*)$", CODE.sub("", markdown), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).strip().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"])
def test_a_link_leads_to_a_file_and_a_heading(name):
    for path, anchor in LINK.findall(CODE.sub("", (ROOT / name).read_text())):
        target = ROOT / (path or name)
        assert target.exists(), path
        assert not anchor or anchor in anchors(target.read_text()), f"{path}#{anchor}"


@pytest.mark.parametrize("name", ["docs/behind/architecture.md", "docs/pictures/poll.svg"])
def test_each_file_that_is_named_is_there(name):
    text = (ROOT / name).read_text()
    named = FILE.findall(text) or re.findall(r">([\w/]+\.py)<", text)
    assert named
    assert [path for path in named if not (ROOT / "airflow_jobstatus" / path).is_file()] == []


def test_each_example_is_named_in_a_page_and_there_is_no_other():
    named = {name for path in ROOT.glob("docs/**/*.md") for name in FILE.findall(path.read_text())}
    examples = {name for name in named if name.startswith("example_dags/")}
    assert examples == {str(path.relative_to(ROOT)) for path in ROOT.glob("example_dags/*.py")}


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ('<script src="https://cdn.example.com/a.js"></script>', ["https://cdn.example.com/a.js"]),
        ('<link rel="stylesheet" href="//fonts.example.com/b.css">', ["//fonts.example.com/b.css"]),
        ('<link rel="canonical" href="https://docs.example.com/">', []),
        ('<a href="https://example.com">a link</a><script src="assets/a.js"></script>', []),
    ],
)
def test_what_a_page_would_load_from_the_net_is_found(html, found):
    assert Loads(html).found == found


def test_what_a_style_sheet_would_load_from_the_net_is_found(tmp_path):
    (tmp_path / "a.css").write_text("@font-face { src: url('https://fonts.example.com/a.woff2') }")
    assert [url for _, url in loads(tmp_path)] == ["https://fonts.example.com/a.woff2"]
