"""The tables of the report, in Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.figures import Figures, figures_of, of, select
from benchmarks.plan import FLOOR
from benchmarks.processes import Record

NONE = "-"


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; all columns but the first are aligned to the right.

    :param head: The columns' titles.
    :param rows: The cells.
    """
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def scale(
    records: Sequence[Record], waiters: int, *, tls: bool = False, study: str = "scale", base: str = FLOOR
) -> str | None:
    """Return the comparison of a study's peers at one number of waiters, None where it was not measured.

    :param records: All records.
    :param waiters: The number of waiters.
    :param tls: Whether over TLS.
    :param study: The study.
    :param base: The peer whose figures the others are multiples of.
    """
    rows = [figures_of(record) for record in select(records, study, waiters=waiters, tls=tls)]
    if not rows:
        return None
    floor = of(rows, base)
    head = (
        "who waits",
        "CPU per poll",
        "CPU per job",
        "requests per job",
        "connections per job",
        "lag p50 / p99",
        "loop lag p99",
        "memory per waiter",
        "lost",
    )
    return markdown(head, [_scale_row(row, floor) for row in rows])


def _scale_row(row: Figures, floor: Figures | None) -> list[str]:
    return [
        row.peer,
        against(row.cpu_per_request, floor.cpu_per_request if floor else None, "ms", 1000),
        against(row.cpu_per_job, floor.cpu_per_job if floor else None, "ms", 1000),
        number(row.requests_per_job),
        number(row.connections_per_job),
        f"{number(row.lag_p50)} / {number(row.lag_p99)} s",
        number(row.loop_lag_p99, 1000, " ms"),
        number(row.kib_per_waiter, 1, " KiB"),
        NONE if row.lost is None else str(row.lost),
    ]


def limited(records: Sequence[Record], fault: str) -> str | None:
    """Return how the peers fare with an API that is limited, None where that was not measured."""
    rows = [figures_of(record) for record in select(records, "limited", fault=fault)]
    if not rows:
        return None
    head = ("who waits", "lost", "lag p50 / p95", "requests", "429s", "pauses", "before a Retry-After ended")
    return markdown(
        head,
        [
            [
                row.peer,
                NONE if row.lost is None else str(row.lost),
                f"{number(row.lag_p50)} / {number(row.lag_p95)} s",
                count(row.requests),
                count(row.throttled),
                count(row.pauses),
                count(row.early),
            ]
            for row in rows
        ],
    )


def faults(records: Sequence[Record]) -> str | None:
    """Return the waits that each peer loses to each fault, None where that was not measured."""
    chosen = select(records, "faults")
    if not chosen:
        return None
    names = list(dict.fromkeys(record["case"]["fault"] for record in chosen))
    peers = list(dict.fromkeys(record["case"]["peer"] for record in chosen))
    cells = {(record["case"]["peer"], record["case"]["fault"]): _fault_cell(record) for record in chosen}
    rows = [[peer, *(cells.get((peer, name), NONE) for name in names)] for peer in peers]
    return markdown(("who waits", *names), rows)


def _fault_cell(record: Record) -> str:
    row = figures_of(record)
    early = f", **{count(row.early)} early**" if row.early else ""
    lost = NONE if row.lost is None else f"**{row.lost}**" if row.lost else "0"
    return f"{lost} ({count(row.requests)} requests, p99 {number(row.lag_p99)} s{early})"


def schedules(points: Sequence[dict[str, Any]]) -> str:
    """Return the requests and the lag of each schedule, for each kind of job."""
    names = list(dict.fromkeys(point["schedule"] for point in points))
    kinds = list(dict.fromkeys((point["jobs"], point["interval"]) for point in points))
    cells = {(point["jobs"], point["interval"], point["schedule"]): point for point in points}
    rows = [
        [
            f"{kind}, {interval:g} s",
            *(
                f"{number(cell['requests'])} / {number(cell['lag'])} s"
                for name in names
                for cell in [cells[kind, interval, name]]
            ),
        ]
        for kind, interval in kinds
    ]
    return markdown(("jobs, longest interval", *names), rows)


def against(value: float | None, base: float | None, unit: str, factor: float = 1) -> str:
    """Return a value as a multiple of another, and as it is."""
    if value is None:
        return NONE
    plain = number(value, factor, f" {unit}")
    return plain if not base else f"{number(value / base)} x ({plain})"


def number(value: float | None, factor: float = 1, unit: str = "") -> str:
    """Return a number with three significant digits."""
    if value is None:
        return NONE
    scaled = value * factor
    digits = 0 if abs(scaled) >= 100 else 1 if abs(scaled) >= 10 else 2 if abs(scaled) >= 0.1 else 3  # noqa: PLR2004
    return f"{scaled:.{digits}f}{unit}"


def count(value: float | None) -> str:
    """Return a whole number."""
    return NONE if value is None else f"{value:,.0f}"
