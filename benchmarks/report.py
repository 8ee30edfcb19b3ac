"""Writes what was measured: raw JSON, plots, and a page of tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import plots, tables, targets
from benchmarks.plan import HANG_WITHIN, LIMITED_WITHIN, LIMITS, SINGLE
from benchmarks.processes import Record
from benchmarks.server.counts import GRACE

RAW = "raw.json"
ABOUT = """\
Every peer is the released trigger class, run as the triggerer runs it: each waiter a task in one event
loop, in a fresh process, with its connection in the environment and its log switched off. The floor is a
bare aiohttp loop with one shared session: get, parse, compare, sleep. A server in another process plays all
APIs and knows when each job ends; it is called by its IP address, so nobody pays for looking a name up.

CPU time is that of the whole client process, user and system, from the first wait to the end of the last;
imports and a warm-up come before, and what the process takes while nobody waits, for the benchmark's own
ticker, is left out. A poll is a request. Lag runs from the end of the job to the event that
reports it. Memory is the growth of the resident set once everybody has polled, divided by the waiters.

*Ours, single polls* waits for Courier jobs, which have no list; *ours, list polls* for GeoBridge jobs, 100
per page of the list; both with `requests_per_second` raised, except where the API is limited. Our trigger
polls first after one interval, for the sensor has polled before it defers; the others poll at once.
"""

BOUNDS = """\
What is not reached, and what bounds it:

- *CPU per awaited job of short jobs.* Five list polls cost a job less than one poll of the floor's, but each
  wait is begun and ended once: making the trigger and its task, writing to the log, handing over the event.
  The [profile](profile-list-polls.txt) of 1,000 jobs of 12 to 24 s shows it. Of jobs of minutes the polls
  alone count.
- *Event-loop lag with 10,000 waiters.* Python's garbage collector: see the table without it below.
"""


def write(results: dict[str, Any], folder: Path) -> None:
    """Write everything into a folder.

    :param results: The machine, the records, the schedules' figures and the seconds that it all took.
    :param folder: The folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RAW).write_text(json.dumps(results, indent=1) + "\n")
    drawn = plots.draw(results["records"], results["schedules"], folder)
    (folder / "README.md").write_text(_page(results, drawn))


def read(folder: Path) -> dict[str, Any]:
    """Return what an earlier run wrote; nothing measured where there was none.

    :param folder: The folder.
    """
    path = folder / RAW
    if not path.exists():
        return {"records": [], "schedules": [], "machine": {}, "seconds": {}}
    results: dict[str, Any] = json.loads(path.read_text())
    return results


def _page(results: dict[str, Any], drawn: Sequence[str]) -> str:
    records: list[Record] = results["records"]
    parts = [
        "# What waiting costs\n",
        _machine(results),
        ABOUT,
        "## Figures to reach\n",
        targets.table(records),
        BOUNDS,
        *_scales(records, drawn),
        *_collector(records),
        *_minutes(records),
        *_declared(records),
        *_limits(records),
        *_faults(records, drawn),
        *_schedules(results["schedules"], drawn),
        *_errors(records),
    ]
    return "\n".join(parts)


def _machine(results: dict[str, Any]) -> str:
    machine = results["machine"]
    packages = ", ".join(f"{name} {version}" for name, version in machine.get("packages", {}).items())
    took = sum(results["seconds"].values()) / 60
    return (
        f"Measured on {machine.get('date')}, with {machine.get('cores')} cores ({machine.get('processor')}, "
        f"{machine.get('memory_gib')} GiB, {machine.get('system')}) and Python {machine.get('python')}; load "
        f"average before: {machine.get('load_before')}. {packages}.\n\n"
        f"Measured anew by `make bench` (this took {took:.0f} min) or, in a part, by `python -m benchmarks "
        "--only scale`; `--runs 5` takes more runs, `--quick` shows in 4 min that everything works. "
        f"The raw figures are in [{RAW}]({RAW}).\n"
    )


def _scales(records: Sequence[Record], drawn: Sequence[str]) -> list[str]:
    parts = [
        "## By the number of waiters\n",
        f"Ratios are to the floor of the same table. {_conditions(records, 'scale')}\n",
    ]
    for tls in (False, True):
        parts += [f"![plot]({name}.png)\n" for name in drawn if name == f"scale-{'tls' if tls else 'plain'}"]
        for waiters in sorted({record["case"]["waiters"] for record in records}):
            if table := tables.scale(records, waiters, tls=tls):
                network = "TLS" if tls else "plain"
                parts.append(f"### {waiters:,} waiters, {network}{_runs(records, waiters, tls=tls)}\n")
                parts.append(table)
    return parts


def _conditions(records: Sequence[Record], study: str) -> str:
    case = next((record["case"] for record in records if record["study"] == study), None)
    if case is None:
        return ""
    return (
        f"All poll every {case['interval']:g} s; the waits begin over {case['spread']:g} s, and each job "
        f"takes {case['shortest']:g} to {case['longest']:g} s."
    )


def _runs(records: Sequence[Record], waiters: int, *, tls: bool) -> str:
    rounds = max(
        len(record["rounds"])
        for record in records
        if record["study"] == "scale"
        and record["case"]["waiters"] == waiters
        and record["case"]["tls"] == tls
    )
    return f", medians of {rounds} runs" if rounds > 1 else ""


def _collector(records: Sequence[Record]) -> list[str]:
    if (table := tables.scale(records, 10_000, study="collector")) is None:
        return []
    text = (
        "What holds up an event loop of 10,000 waiters, whoever waits, is Python's garbage collector: a full "
        "collection walks through all of Airflow's objects. With the collector off, for comparison:\n"
    )
    return ["## 10,000 waiters, plain, without the garbage collector\n", text, table]


def _minutes(records: Sequence[Record]) -> list[str]:
    if (table := tables.scale(records, 1000, study="minutes")) is None:
        return []
    conditions = _conditions(records, "minutes")
    text = f"The more polls a wait takes, the less its begin and its end weigh. {conditions}\n"
    return ["## Longer jobs, 1,000 waiters\n", text, table]


def _declared(records: Sequence[Record]) -> list[str]:
    waiters = next((record["case"]["waiters"] for record in records if record["study"] == "declared"), 0)
    if (table := tables.scale(records, waiters, study="declared", base=SINGLE)) is None:
        return []
    text = (
        "The same jobs of Courier's, waited for by the vendor in Python and by two declarations in a "
        "connection, all three at the same time; ratios are to the vendor in Python. "
        f"{_conditions(records, 'declared')}\n"
    )
    return [f"## A vendor in a connection, {waiters:,} waiters\n", text, table]


def _limits(records: Sequence[Record]) -> list[str]:
    parts = []
    for limit in LIMITS:
        if table := tables.limited(records, limit):
            parts += [f"## An API limited to {limit}\n", table]
    if parts:
        parts.append(
            "The account may make 10 requests per second, and more are answered with 429 (and Retry-After: "
            "2, unless it is silent); nobody is warned. A pause begins with a 429 while no "
            "Retry-After runs. A request counts as one before a Retry-After ended if it comes more than "
            f"{GRACE:g} s after the 429 was sent."
            f" {_conditions(records, 'limited')} A wait that has not ended "
            f"{LIMITED_WITHIN:g} s after the last job did is lost.\n"
        )
    return parts


def _faults(records: Sequence[Record], drawn: Sequence[str]) -> list[str]:
    if (table := tables.faults(records)) is None:
        return []
    text = (
        "Waits lost, with the requests made and the lag p99 of those that were not. Early are requests "
        f"before a Retry-After ended. {_conditions(records, 'faults')} A wait that has not ended 30 s "
        f"(with hangs {HANG_WITHIN:g} s) after the last job did is lost.\n"
    )
    return ["## Faults\n", *(["![plot](faults.png)\n"] if "faults" in drawn else []), text, table]


def _schedules(points: Sequence[dict[str, Any]], drawn: Sequence[str]) -> list[str]:
    if not points:
        return []
    text = (
        "Requests per job / mean lag, in virtual time: the pure schedule of `airflow_jobstatus.waiting`. "
        "Growing schedules begin at 5 s. Short jobs take 20 to 120 s, long ones 30 to 120 min, skewed "
        "ones 3 min in the median and up to 4 h. Progress is uneven: it goes with the time "
        "to the power of 0.7 to 1.4.\n"
    )
    plot = ["![plot](schedules.png)\n"] if "schedules" in drawn else []
    return ["## Requests against lag\n", *plot, text, tables.schedules(points)]


def _errors(records: Sequence[Record]) -> list[str]:
    failed = [record for record in records if "error" in record]
    if not failed:
        return []
    lines = [f"- {record['study']}, {record['case']}: {record['error']}" for record in failed]
    return ["## Not measured\n", "\n".join(lines), ""]
