"""What the README promises in tables is what the code does."""

from __future__ import annotations

from pathlib import Path

from airflow_jobstatus.connections.extras import EXTRAS
from airflow_jobstatus.exceptions import outcome_table

README = (Path(__file__).parents[2] / "README.md").read_text()


def table(heading: str) -> list[list[str]]:
    """Give the rows of the table that begins with a heading."""
    lines = README[README.index(f"| {heading}") :].split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_table_of_outcomes_is_that_of_the_exceptions():
    assert outcome_table().strip() in README


def test_each_extra_has_a_row():
    assert [row[0].strip("`") for row in table("extra |")] == [extra.name for extra in EXTRAS]
