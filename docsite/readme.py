"""The README's comparison with ``HttpSensor``, for the guide that says what changes in a DAG."""

from __future__ import annotations

from docsite.page import ROOT


def beside_http_sensor() -> str:
    """Return the table."""
    section = (ROOT / "README.md").read_text().split("## Compared with ", 1)[1]
    return section.split("\n\n")[1]
