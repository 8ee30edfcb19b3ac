"""The commands of ``python -m airflow_jobstatus`` as a table."""

from __future__ import annotations

from airflow_jobstatus.command.line import COMMANDS
from docsite.table import table


def commands() -> str:
    """Return the table of the commands, with their exit codes."""
    rows = [
        (f"`{name}`", command.about, command.exit_codes.removeprefix("Exit code: ").removesuffix("."))
        for name, command in COMMANDS.items()
    ]
    return table(("command", "what it does", "exit codes"), rows)
