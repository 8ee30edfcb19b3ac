"""The release is named the same everywhere."""

from __future__ import annotations

import re
from pathlib import Path

from airflow_jobstatus import __version__

ROOT = Path(__file__).parents[2]
CHANGELOG = (ROOT / "CHANGELOG.md").read_text()


def test_the_newest_dated_section_of_the_changelog_is_of_this_release():
    assert re.findall(r"^## \[([\d.]+)\] - \d{4}-\d\d-\d\d$", CHANGELOG, re.MULTILINE)[0] == __version__


def test_what_comes_next_has_a_section():
    assert "\n## [Unreleased]\n" in CHANGELOG


def test_the_forms_of_this_release_are_kept():
    assert (ROOT / "tests" / "golden" / f"{__version__}.json").is_file()


def test_the_release_gets_security_fixes():
    minor = ".".join(__version__.split(".")[:2])
    assert re.search(rf"^\| {re.escape(minor)} \| yes \|$", (ROOT / "SECURITY.md").read_text(), re.MULTILINE)
