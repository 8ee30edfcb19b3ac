"""The README is short, and its connection and its DAG wait for a job of one's own API."""

from __future__ import annotations

import json
import re
from pathlib import Path

from airflow_jobstatus import __version__
from airflow_jobstatus.sandbox import HTTP_JOB_KEY, Sandbox
from tests.support.worker import Worker

README = (Path(__file__).parents[2] / "README.md").read_text()
LONGEST = 110


def section(heading: str) -> str:
    """Give the text below a heading."""
    return re.split(r"^#+ ", README.split(f"# {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def code(heading: str, language: str) -> str:
    """Give the one block of a language in a section."""
    [block] = re.findall(rf"```{language}\n(.*?)```", section(heading), re.DOTALL)
    return block


def test_it_is_read_in_a_few_minutes():
    assert len(README.splitlines()) <= LONGEST


def test_its_wheel_is_of_this_release():
    assert f"airflow_provider_jobstatus-{__version__}-" in README


def test_any_http_job_api_takes_one_connection_and_one_sensor(monkeypatch):
    shell, python = code("Any HTTP job API", "sh"), code("Wait", "python")
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
