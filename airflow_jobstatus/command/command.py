"""What the command line has to know of a command."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Command:
    """One command of ``python -m airflow_jobstatus``.

    :param about: What it does, for people.
    :param exit_codes: What its exit codes mean, for people.
    :param after_error: Its exit code where an error was told in place of a job.
    :param add_options: Adds its options to its parser; it is given the arguments of the command line.
    :param run: Does it, with the options, and returns the exit code.
    """

    about: str
    exit_codes: str
    after_error: int
    add_options: Callable[[argparse.ArgumentParser, list[str]], None]
    run: Callable[[argparse.Namespace], int]
