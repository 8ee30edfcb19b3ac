"""Each connection in docs/guides/recipes.md reads what its API answers."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from airflow.sdk import Connection

from airflow_jobstatus.testing.answers import read_answers
from airflow_jobstatus.testing.cases import cases_of
from airflow_jobstatus.testing.subject import OTHER, read_subject
from tests.support import openness
from tests.support.fixture import FOLDER

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "guides" / "recipes.md").read_text()
RECIPES = dict(re.findall(r"^`(\w+)\.json`:\n\n```json\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE))
SECTIONS = re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]
INVENTED = {"https://login.microsoftonline.com": OTHER, "management.azure.com": "management.azure.test"}
"""Real hosts, and what stands for them in the answers."""


def answers(api):
    """Give what the API of a recipe answers, with the credential that it asks for."""
    path = FOLDER / "recipes" / "answers" / f"{api}.json"
    if path.exists():
        return json.loads(path.read_text())
    return {**openness.answers(api), "connection": openness.connection(api)["connection"]}


def subject(api):
    """Give a recipe with the credential of the answers, at the hosts of the answers."""
    text = RECIPES[api]
    for real, invented in INVENTED.items():
        text = text.replace(real, invented)
    return read_subject(None, {**json.loads(text), **answers(api)["connection"]})


READINGS = [
    pytest.param(case, id=f"{api}-{case.name}")
    for api in RECIPES
    for case in cases_of(subject(api), *read_answers(answers(api)))
    if case.name.startswith("read-")
]


@pytest.mark.parametrize("case", READINGS)
def test_a_recipe_reads_what_its_api_answers(case):
    case.run()


def test_there_are_fifteen_recipes_each_in_a_section_of_its_own():
    assert len(RECIPES) == len(SECTIONS) == 15


@pytest.mark.parametrize("api", RECIPES)
def test_a_recipe_is_a_connection_that_airflow_takes(api):
    made = Connection.from_json(RECIPES[api], conn_id=api)
    assert made.conn_type == "http_job"
    assert made.host.startswith("https://")
    assert made.extra_dejson["path"].startswith("/")


@pytest.mark.parametrize("api", RECIPES)
def test_a_recipe_names_the_source_of_its_facts(api):
    [section] = [section for section in SECTIONS if f"`{api}.json`" in section]
    urls = re.findall(r"<(https://[^>]+)>", section)
    assert urls
    assert all(url in answers(api)["source"] for url in urls)


def test_the_page_says_that_nothing_was_called_live():
    assert "None of these APIs was called live." in PAGE
