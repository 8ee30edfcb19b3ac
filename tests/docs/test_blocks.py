"""Every block of code in the README and the pages can be run, or be read by what it is for."""

from __future__ import annotations

import json
import subprocess
from configparser import ConfigParser
from contextlib import nullcontext
from dataclasses import fields

import pytest
import tomllib
from airflow.sdk import DAG

from airflow_jobstatus.hooks.lookup import find_hook
from airflow_jobstatus.hooks.target import Downloaded
from airflow_jobstatus.provider import OPTIONS
from airflow_jobstatus.vendors import declared
from tests.docs.blocks import BLOCKS, Block, of_language

LANGUAGES = {"ini", "json", "python", "sh", "text", "toml"}
ANSWERS = {"id", "state"}
"""The keys by which an example of an answer is known."""


def each(blocks: list[Block]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("block", blocks, ids=str)


def test_every_block_has_a_language_that_is_checked():
    assert [str(block) for block in BLOCKS if block.language not in LANGUAGES] == []


@each([block for block in of_language("python") if block.name is None or block.name.startswith("dags/")])
def test_code_runs(block):
    names: dict = {"__name__": "page"}
    with nullcontext() if "@dag" in block.text else DAG("of_a_page", schedule=None):
        exec(compile(block.text, str(block), "exec"), names)
    for dag in filter(lambda value: isinstance(value, DAG), names.values()):
        dag.validate()


@each([block for block in of_language("python") if block.name is not None])
def test_a_file_can_be_compiled(block):
    compile(block.text, block.name, "exec")


@each(of_language("python"))
def test_a_dag_that_is_defined_is_made(block):
    assert (
        block.text.count("@dag")
        == sum(line.endswith("()") and not line.startswith((" ", "@")) for line in block.text.splitlines())
        or "def test_" in block.text
    )


@each(of_language("json"))
def test_json_is_a_connection_an_extra_or_an_answer(block, monkeypatch):
    found = json.loads(block.text)
    if "conn_type" in found:
        monkeypatch.setenv("AIRFLOW_CONN_OF_A_PAGE", block.text)
        assert find_hook("of_a_page").api.account.vendor.name
    elif "sha256" in found:
        assert set(found) == {field.name for field in fields(Downloaded)}
    elif "path" in found:
        assert declared(found).path == found["path"]
    else:
        assert found.keys() >= ANSWERS


@each(of_language("ini"))
def test_a_configuration_has_known_options(block):
    read = ConfigParser()
    read.read_string(block.text)
    assert read.sections() == ["jobstatus"]
    assert set(read["jobstatus"]) <= set(OPTIONS)


@each(of_language("toml"))
def test_toml_can_be_read(block):
    assert tomllib.loads(block.text)


@each(of_language("sh"))
def test_a_shell_can_read_it(block):
    subprocess.run(["bash", "-n"], input=block.text, text=True, check=True)
