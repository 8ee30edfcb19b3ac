"""The figures to reach, beside those that were measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.figures import Figures, figures_of, of, select
from benchmarks.plan import FLOOR, JMESPATH, LIMITS, LISTED, OURS, PLAIN, SINGLE, TABLE
from benchmarks.processes import Record
from benchmarks.tables import count, markdown, number

CONNECTS_PER_POLL = 0.9
"""A peer whose connections are this share of its requests, or more, connects anew for each."""


@dataclass(frozen=True)
class Target:
    """One figure to reach.

    :param what: What it is.
    :param reach: What it has to be.
    :param measured: What it is, None where it was not measured.
    :param met: Whether that is enough.
    """

    what: str
    reach: str
    measured: str | None
    met: bool = False


def table(records: Sequence[Record]) -> str:
    """Return all targets that could be measured, as a Markdown table."""
    rows = [
        [target.what, target.reach, target.measured, "yes" if target.met else "**no**"]
        for target in _targets(records)
        if target.measured is not None
    ]
    return markdown(("what", "to reach", "measured", "reached"), rows)


def _targets(records: Sequence[Record]) -> Iterator[Target]:
    plain, secure = _rows(records, 1000, tls=False), _rows(records, 1000, tls=True)
    floor, single, listed = of(plain, FLOOR), of(plain, SINGLE), of(plain, LISTED)
    others = _others(plain)
    yield _ratio(
        "CPU per single poll, 1,000 waiters, plain, to the floor's", 1.25, single, floor, "cpu_per_request"
    )
    yield _ratio(
        "the same, to the best peer's", 0.7, single, _best(others, "cpu_per_request"), "cpu_per_request"
    )
    connecting = [row for row in _others(secure) if _connects(row)]
    yield _ratio(
        "the same over TLS, to the best peer's that connects per poll",
        0.4,
        of(secure, SINGLE),
        _best(connecting, "cpu_per_request"),
        "cpu_per_request",
    )
    yield _ratio(
        "requests per awaited job, 1,000 GeoBridge jobs, to the least of any peer",
        1 / 20,
        listed,
        _best(others, "requests_per_job"),
        "requests_per_job",
    )
    yield _ratio("CPU per awaited job, same case, to the floor's", 1 / 5, listed, floor, "cpu_per_job")
    minutes = [figures_of(record) for record in select(records, "minutes")]
    yield _ratio(
        "the same, longer jobs (see below)", 1 / 5, of(minutes, LISTED), of(minutes, FLOOR), "cpu_per_job"
    )
    declared = [figures_of(record) for record in select(records, "declared")]
    for peer, most in ((PLAIN, 1.05), (JMESPATH, 1.1)):
        yield _ratio(
            f"CPU per poll, {peer}, to that of the same vendor in Python",
            most,
            of(declared, peer),
            of(declared, SINGLE),
            "cpu_per_request",
        )
    yield from (_limited(records, limit) for limit in LIMITS)
    for row in (single, listed):
        yield _most(
            "memory per waiter, 1,000 waiters", 10, row, "kib_per_waiter", lambda v: number(v, 1, " KiB")
        )
    without = [figures_of(record) for record in select(records, "collector")]
    for rows, how in ((_rows(records, 10_000, tls=False), ""), (without, ", Python's garbage collector off")):
        for row in rows:
            if row.peer in OURS:
                yield _most(
                    f"event-loop lag p99, 10,000 waiters{how}",
                    0.05,
                    row,
                    "loop_lag_p99",
                    lambda v: number(v, 1000, " ms"),
                )
    many = of(_rows(records, 5000, tls=False), SINGLE)
    yield _most("median lag, 5,000 waiters, single polls", 2.6, many, "lag_p50", lambda v: number(v, 1, " s"))
    yield from (_fault(records, peer) for peer in OURS)


def _rows(records: Sequence[Record], waiters: int, *, tls: bool) -> list[Figures]:
    return [figures_of(record) for record in select(records, "scale", waiters=waiters, tls=tls)]


def _others(rows: Sequence[Figures]) -> list[Figures]:
    return [row for row in rows if row.peer not in (FLOOR, *OURS) and row.requests]


def _connects(row: Figures) -> bool:
    return (row.connections_per_job or 0) >= CONNECTS_PER_POLL * (row.requests_per_job or 0)


def _best(rows: Sequence[Figures], name: str) -> Figures | None:
    return min(rows, key=lambda row: float(getattr(row, name)), default=None)


def _ratio(what: str, most: float, ours: Figures | None, base: Figures | None, name: str) -> Target:
    value, base_value = getattr(ours, name, None), getattr(base, name, None)
    reach = f"at most {most:g}" if most >= 0.1 or most == 0 else f"at most 1/{1 / most:.0f}"  # noqa: PLR2004
    if base is None or value is None or not base_value:
        return Target(what, reach, None)
    ratio = value / base_value
    shown = number(ratio) if ratio >= 0.1 else f"1/{1 / ratio:.0f}"  # noqa: PLR2004
    return Target(what, reach, f"{shown} ({base.peer})", ratio <= most)


def _most(
    what: str, most: float, row: Figures | None, name: str, shown_as: Callable[[float | None], str]
) -> Target:
    value = getattr(row, name, None)
    if row is None or value is None:
        return Target(what, "", None)
    return Target(f"{what}: {row.peer}", f"at most {shown_as(most)}", shown_as(value), value <= most)


def _limited(records: Sequence[Record], limit: str) -> Target:
    what = f"1,000 GeoBridge jobs, API limited to {limit}"
    chosen = select(records, "limited", fault=limit, peer=LISTED)
    reach = "no wait lost, p95 lag at most 2 intervals, at most one 429 per pause"
    if not chosen or not chosen[0]["rounds"]:
        return Target(what, reach, None)
    row, interval = figures_of(chosen[0]), chosen[0]["case"]["interval"]
    shown = [f"{row.lost} lost", f"p95 {number(row.lag_p95)} s", f"{count(row.throttled)} 429s"]
    met = row.lost == 0 and row.lag_p95 is not None and row.lag_p95 <= 2 * interval
    if "silent" not in limit:
        shown.append(f"{count(row.pauses)} pauses")
        met = met and (row.throttled or 0) <= (row.pauses or 0)
    return Target(what, reach, ", ".join(shown), met)


def _fault(records: Sequence[Record], peer: str) -> Target:
    what, reach = f"waits lost of 200, each fault: {peer}", "0, no request before a Retry-After ended"
    chosen = [record for fault in TABLE for record in select(records, "faults", fault=fault, peer=peer)]
    rows = [figures_of(record) for record in chosen]
    if not rows or any(row.lost is None for row in rows):
        return Target(what, reach, None)
    lost: Any = sum(row.lost or 0 for row in rows)
    early = sum(row.early or 0 for row in rows)
    return Target(what, reach, f"{lost} in all, {count(early)} early", not lost and not early)
