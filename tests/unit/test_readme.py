"""What the README promises in tables is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from airflow_jobstatus.connections.extras import EXTRAS
from tests.support.outcomes import CASES

README = (Path(__file__).parents[2] / "README.md").read_text()


def table(heading: str) -> list[list[str]]:
    """Give the rows of the table that begins with a heading."""
    lines = README[README.index(f"| {heading}") :].split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


RAISED = {
    ending.strip(): re.search(r"`(\w+)`", row[1])[1] if "`" in row[1] else None
    for row in table("outcome")
    for ending in re.sub(r"\(.*\)", "", row[0]).split(",")
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_each_outcome_raises_what_the_readme_says(case):
    raised = RAISED[case.ending.replace("too_many_failed", "too many failed records").replace("_", " ")]
    assert raised == (case.raises and case.raises.__name__)


def test_each_extra_has_a_row():
    assert [row[0].strip("`") for row in table("extra |")] == [extra.name for extra in EXTRAS]
