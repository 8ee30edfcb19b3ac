"""The command line says what each command does and what its exit codes mean."""

from __future__ import annotations

import subprocess
import sys

import pytest

from airflow_jobstatus.command.line import COMMANDS, main


def helped(capsys, *arguments) -> str:
    with pytest.raises(SystemExit):
        main([*arguments, "--help"])
    return " ".join(capsys.readouterr().out.split())


def test_the_help_says_what_each_command_does(capsys):
    text = helped(capsys)
    assert [name for name, command in COMMANDS.items() if command.about not in text] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_has_its_exit_codes(capsys, name):
    assert COMMANDS[name].exit_codes in helped(capsys, name)


def test_the_help_imports_no_airflow():
    script = (
        "import sys; from airflow_jobstatus.command.line import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: sys.exit('airflow' in sys.modules or 'rich' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False, capture_output=True).returncode == 0
