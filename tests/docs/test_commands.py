"""Every command in the README and the pages is one that there is, with options that it takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import pytest
from airflow.cli import cli_parser

from airflow_jobstatus import __version__
from airflow_jobstatus.command import line
from airflow_jobstatus.hooks.lookup import find_hook
from airflow_jobstatus.sandbox import __main__ as sandbox
from docsite.page import ROOT
from tests.docs.blocks import of_language

MAKEFILE = (ROOT / "Makefile").read_text()
WHEEL = f"dist/airflow_provider_jobstatus-{__version__}-py3-none-any.whl"
INSTALLABLE = {".", ".[testing]", ".[watch]", WHEEL, "../airflow-provider-jobstatus"}
MAINS: dict[str, Callable[[list[str]], object]] = {
    "airflow_jobstatus": line.main,
    "airflow_jobstatus.sandbox": sandbox.main,
}
SETTING = re.compile(r"AIRFLOW_HOME|AIRFLOW__[A-Z_]+__[A-Z_]+")
COMMANDS = [
    pytest.param(words, id=f"{block} {' '.join(words)[:40]}")
    for block in of_language("sh")
    for words in block.commands
]


def check_connection(conn_id: str, fields: str, monkeypatch) -> None:
    """Read a connection as a wait does, unless it is in a file."""
    if fields.startswith("$("):
        return
    monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", fields)
    assert find_hook(conn_id).api.account.base_url.startswith("https://")


def check_assignments(assignments: Sequence[str], monkeypatch) -> None:
    """See that variables of the environment are Airflow's, and read those that are connections."""
    for assignment in assignments:
        name, _, value = assignment.partition("=")
        if conn_id := re.fullmatch(r"AIRFLOW_CONN_(\w+)", name):
            check_connection(conn_id[1].lower(), value, monkeypatch)
        else:
            assert SETTING.fullmatch(name)


def check_options(main: Callable[[list[str]], object], words: Sequence[str], capsys) -> None:
    """See that the help of a command names each option."""
    with pytest.raises(SystemExit) as ended:
        main([*(word for word in words[:1] if not word.startswith("-")), "--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert [word for word in words if word.startswith("--") and word not in shown] == []


def check_target(target: str, variables: Sequence[str]) -> None:
    """See that make knows a target, and the variables that are set for it."""
    assert re.search(rf"^{target}:.*## ", MAKEFILE, re.MULTILINE)
    for variable in variables:
        assert re.search(rf"^{variable.partition('=')[0]} \?=", MAKEFILE, re.MULTILINE)


@pytest.mark.parametrize("words", COMMANDS)
def test_a_command_is_one_that_there_is(words, monkeypatch, capsys):
    match words:
        case ["airflow", "connections", "add", conn_id, "--conn-json", fields]:
            cli_parser.get_parser().parse_args(words[1:])
            check_connection(conn_id, fields, monkeypatch)
        case ["airflow", *arguments]:
            cli_parser.get_parser().parse_args(arguments)
        case ["export", *assignments]:
            check_assignments(assignments, monkeypatch)
        case ["python", "-m", "pytest", name]:
            assert name in {block.name for block in of_language("python")}
        case ["python", "-m", module, *arguments]:
            check_options(MAINS[module], arguments, capsys)
        case ["make", target, *variables]:
            check_target(target, variables)
        case ["pip", "install", *_, what]:
            assert what in INSTALLABLE
        case ["curl", *_, url]:
            assert url.startswith("http://127.0.0.1:")
        case _:
            assert words in (["python3", "-m", "venv", "venv"], [".", "venv/bin/activate"])
