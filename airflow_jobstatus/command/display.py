"""Shows a wait on a terminal: a bar below the news where rich is installed, else the news alone."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol

from airflow_jobstatus.protocol.job import Job
from airflow_jobstatus.waiting.description import describe_records

if TYPE_CHECKING:
    from rich.progress import Progress


class Display(Protocol):
    """Shows one wait."""

    def say(self, level: int, event: str, **fields: Any) -> None:
        """Show a piece of news."""

    def show(self, job: Job | None) -> None:
        """Show how far the job is, None where it was never seen."""


class Lines:
    """Prints each piece of news as a line."""

    def say(self, level: int, event: str, **fields: Any) -> None:  # noqa: ARG002  as a log takes it
        """Print a piece of news."""
        print(event, flush=True)  # noqa: T201  a command's output

    def show(self, job: Job | None) -> None:
        """Print nothing: what is worth a line is news."""


class Bar:
    """Draws a bar with rich, the news above it.

    :param progress: rich's display, which is live.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("waiting for the first answer", total=None, records="")

    def say(self, level: int, event: str, **fields: Any) -> None:  # noqa: ARG002  as a log takes it
        """Print a piece of news above the bar."""
        self._progress.console.print(event, markup=False, highlight=False, soft_wrap=True)

    def show(self, job: Job | None) -> None:
        """Move the bar; one without an end moves to and fro where the job shows no progress."""
        if job is not None:
            share = job.progress
            self._progress.update(
                self._task,
                description=job.status,
                total=None if share is None else 1.0,
                completed=share or 0.0,
                records=describe_records(job),
            )


@contextmanager
def display() -> Iterator[Display]:
    """Give a bar on a terminal where rich is installed, else lines; Ctrl-C leaves the terminal as it was."""
    if not sys.stdout.isatty() or find_spec("rich") is None:
        yield Lines()
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415  optional

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[records]}", markup=False),
        TimeElapsedColumn(),
    )
    with Progress(*columns, transient=True) as progress:
        yield Bar(progress)
