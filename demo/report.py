"""Shows what became of the waits."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.table import Table

from demo.wait import Wait

WIDE = 154
"""Columns of a terminal from which on each fact has a column of its own."""
LAYOUTS = {
    True: (
        ("task",),
        ("vendor",),
        ("job",),
        ("final state",),
        ("counters",),
        ("seconds\nwaited",),
        ("ok",),
    ),
    False: (
        ("task", "vendor", "job"),
        ("final state", "counters"),
        ("seconds\nwaited",),
        ("ok",),
    ),
}
"""Which facts share a column, by whether the terminal is wide."""


def tabulate(waits: Sequence[Wait], width: int) -> Table:
    """Return a table with a row for each wait.

    :param waits: The waits.
    :param width: Columns of the terminal.
    """
    layout = LAYOUTS[width >= WIDE]
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, show_lines=True, padding=(0, 1, 0, 0))
    for facts in layout:
        table.add_column(", ".join(facts), justify="right" if "seconds\nwaited" in facts else "left")
    for wait in waits:
        of_wait = _facts(wait)
        table.add_row(*("\n".join(of_wait[fact] for fact in facts) for facts in layout))
    return table


def _facts(wait: Wait) -> dict[str, str]:
    job = wait.job
    return {
        "task": wait.name,
        "vendor": job.get("vendor", "-"),
        "job": job.get("id", "-"),
        "final state": f"{job['state']} ({job['status']})" if job else f"task {wait.task['state']}",
        "counters": "\n".join(f"{name} {count}" for name, count in wait.counters.items()) or "-",
        "seconds\nwaited": "-" if wait.seconds is None else f"{wait.seconds:.1f}",
        "ok": "NO" if wait.faults() else "yes",
    }
