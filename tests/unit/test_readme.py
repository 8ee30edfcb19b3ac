"""What the README promises in tables is what the code does, and its code for any HTTP job API waits."""

from __future__ import annotations

import json
import re
from pathlib import Path

from airflow_jobstatus.connections.extras import EXTRAS
from airflow_jobstatus.exceptions import outcome_table
from airflow_jobstatus.sandbox import HTTP_JOB_KEY, Sandbox
from tests.support.worker import Worker

README = (Path(__file__).parents[2] / "README.md").read_text()


def table(heading: str) -> list[list[str]]:
    """Give the rows of the table that begins with a heading."""
    lines = README[README.index(f"| {heading}") :].split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_table_of_outcomes_is_that_of_the_exceptions():
    assert outcome_table().strip() in README


def test_each_extra_has_a_row():
    assert [row[0].strip("`") for row in table("extra |")] == [extra.name for extra in EXTRAS]


def section(heading: str) -> str:
    """Give the text below a heading."""
    return README[README.index(f"\n## {heading}\n") :].split("\n## ")[1]


def code(heading: str, language: str) -> str:
    """Give the one block of a language in a section."""
    [block] = re.findall(rf"```{language}\n(.*?)```", section(heading), re.DOTALL)
    return block


def test_any_http_job_api_takes_one_connection_and_one_sensor(monkeypatch):
    shell, python = code("Any HTTP job API", "sh"), code("Any HTTP job API", "python")
    assert len([*filter(None, (shell + python).splitlines())]) <= 15
    name, fields = re.fullmatch(
        r"airflow connections add (\w+) --conn-json '(.*)'\n", shell, re.DOTALL
    ).groups()
    names: dict = {}
    exec(compile(python.replace("\nnightly()", "\nmade = nightly()"), "README.md", "exec"), names)
    sandbox = Sandbox()
    with sandbox.serve() as url:
        connection = {**json.loads(fields), "host": url, "password": HTTP_JOB_KEY}
        monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}", json.dumps(connection))
        wait = names["made"].task_dict["wait"]
        wait.job_id = sandbox.add_job("http_job", seconds=0)
        ended = Worker().run(lambda: wait)
    assert (ended.error, ended.xcoms["return_value"]["state"]) == (None, "succeeded")
    assert ended.xcoms["return_value"]["progress"] == 1
