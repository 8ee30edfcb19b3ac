"""The command line: which command, with which options; errors and Ctrl-C end it with one line."""

from __future__ import annotations

import argparse
import sys

from airflow_jobstatus.command.poll import POLL
from airflow_jobstatus.command.read import READ
from airflow_jobstatus.command.watch import WATCH
from airflow_jobstatus.protocol.errors import JobStatusError

COMMANDS = {"read": READ, "poll": POLL, "watch": WATCH}
INTERRUPTED = 130
"""The exit code of a process that Ctrl-C ended, by custom."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit code.

    :param arguments: The arguments; those of the command line by default.
    """
    given = sys.argv[1:] if arguments is None else arguments
    options = _parser(given).parse_args(given)
    command = COMMANDS[options.command]
    try:
        return command.run(options)
    except (JobStatusError, OSError, ValueError) as error:
        print(error, file=sys.stderr)  # noqa: T201  a command's output
        return command.after_error
    except KeyboardInterrupt:
        print("Stopped by Ctrl-C. The job itself goes on.", file=sys.stderr)  # noqa: T201
        return INTERRUPTED


def _parser(given: list[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m airflow_jobstatus",
        description="Ask for a job by hand, without a DAG. No command prints a password, a key or a token.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        about = command.about
        own = commands.add_parser(
            name,
            help=about,
            description=f"{about[0].upper()}{about[1:]}.",
            epilog=command.exit_codes,
            allow_abbrev=False,
        )
        command.add_options(own, given)
    return parser
