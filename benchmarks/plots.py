"""The plots of the report, as PNG and SVG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from benchmarks.figures import Figures, figures_of, select
from benchmarks.plan import OURS
from benchmarks.processes import Record

COLOURS = {
    "floor": "#7f7f7f",
    "ours, single polls": "#1f77b4",
    "ours, list polls": "#0b3d91",
    "databricks": "#ff7f0e",
    "dbt-cloud": "#2ca02c",
    "fivetran": "#9467bd",
    "http, event": "#d62728",
    "http, sensor": "#e7969c",
}
SCHEDULES = {"fixed": "#7f7f7f", "exponential": "#ff7f0e", "progress-aware": "#0b3d91"}
MARKERS = {"fixed": "s", "exponential": "^", "progress-aware": "o"}
METRICS: tuple[tuple[str, str, float, bool], ...] = (
    ("cpu_per_request", "CPU per poll, ms", 1000, False),
    ("cpu_per_job", "CPU per awaited job, ms", 1000, True),
    ("requests_per_job", "requests per job", 1, True),
    ("connections_per_job", "TCP connections per job", 1, True),
    ("lag_p50", "detection lag p50, s", 1, False),
    ("lag_p99", "detection lag p99, s", 1, False),
    ("loop_lag_p99", "event-loop lag p99, ms", 1000, True),
    ("kib_per_waiter", "memory per waiter, KiB", 1, True),
)
"""Field, title, factor, and whether the scale is logarithmic."""


def draw(records: Sequence[Record], points: Sequence[dict[str, Any]], folder: Path) -> list[str]:
    """Draw everything there is data for; return the names of the plots without their suffix.

    :param records: The records of all studies.
    :param points: The figures of the schedules.
    :param folder: Where the files go.
    """
    mpl.use("Agg")
    mpl.rcParams.update({"font.size": 10, "axes.spines.top": False, "axes.spines.right": False})
    mpl.rcParams["svg.hashsalt"] = "benchmarks"
    plots: dict[str, Figure] = {}
    for tls in (False, True):
        if chosen := select(records, "scale", tls=tls):
            name = "tls" if tls else "plain"
            plots[f"scale-{name}"] = _scale(
                chosen, f"over TLS, {_interval(chosen)}" if tls else _interval(chosen)
            )
    if chosen := select(records, "faults"):
        plots["faults"] = _faults(chosen)
    if points:
        plots["schedules"] = _schedules(points)
    for name, figure in plots.items():
        for suffix in ("png", "svg"):
            figure.savefig(
                folder / f"{name}.{suffix}", dpi=110, metadata={"Date": None} if suffix == "svg" else None
            )
        plt.close(figure)
    return list(plots)


def _interval(records: Sequence[Record]) -> str:
    return f"interval {records[0]['case']['interval']:g} s"


def _scale(records: Sequence[Record], subtitle: str) -> Figure:
    """Return one panel per figure: its value by the number of waiters, a line per peer."""
    figure, panels = plt.subplots(2, 4, figsize=(17, 8.2))
    rows = [(record["case"]["waiters"], figures_of(record)) for record in records]
    peers = list(dict.fromkeys(row.peer for _, row in rows))
    for axes, (name, title, factor, logarithmic) in zip(panels.flat, METRICS, strict=True):
        for peer in peers:
            _line(axes, [(waiters, row) for waiters, row in rows if row.peer == peer], name, factor)
        axes.set_xscale("log")
        axes.set_title(title, fontsize=11, loc="left")
        axes.grid(visible=True, which="major", alpha=0.25)
        if logarithmic:
            axes.set_yscale("log")
            _readable(axes.yaxis)
        else:
            axes.set_ylim(0, 1.08 * axes.get_ylim()[1])
        sizes = sorted({waiters for waiters, _ in rows})
        axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
        axes.minorticks_off()
    for axes in panels[1]:
        axes.set_xlabel("waiters in one event loop")
    handles, labels = panels[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncols=len(peers), frameon=False)
    figure.suptitle(f"What waiting costs, {subtitle}", x=0.01, ha="left", fontsize=14)
    figure.tight_layout(rect=(0, 0.05, 1, 0.98))
    return figure


def _readable(axis: Axis) -> None:
    """Write plain numbers at 1, 2 and 5 of every decade of a logarithmic axis."""
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))


def _line(axes: Axes, rows: Sequence[tuple[int, Figures]], name: str, factor: float) -> None:
    values = [(waiters, getattr(row, name)) for waiters, row in sorted(rows, key=lambda pair: pair[0])]
    known = [(waiters, value * factor) for waiters, value in values if value is not None]
    peer = rows[0][1].peer
    ours = peer in OURS
    axes.plot(
        [waiters for waiters, _ in known],
        [value for _, value in known],
        marker="o",
        markersize=5 if ours else 4,
        linewidth=2.4 if ours else 1.3,
        linestyle="--" if peer == "floor" else "-",
        color=COLOURS.get(peer),
        label=peer,
        zorder=3 if ours else 2,
    )


def _faults(records: Sequence[Record]) -> Figure:
    """Return how many waits each peer loses to each fault, as a table of colours."""
    faults = list(dict.fromkeys(record["case"]["fault"] for record in records))
    peers = list(dict.fromkeys(record["case"]["peer"] for record in records))
    lost = {
        (r["case"]["peer"], r["case"]["fault"]): (figures_of(r).lost, r["case"]["waiters"]) for r in records
    }
    figure, axes = plt.subplots(figsize=(1.45 * len(faults) + 2.2, 0.52 * len(peers) + 1.5))
    shares = [[_share(*lost.get((peer, fault), (None, 1))) for fault in faults] for peer in peers]
    axes.imshow(shares, cmap="Reds", vmin=0, vmax=1.2, aspect="auto")
    for y, peer in enumerate(peers):
        for x, fault in enumerate(faults):
            value, _ = lost.get((peer, fault), (None, 1))
            dark = shares[y][x] > 0.6  # noqa: PLR2004  where black on red can no longer be read
            axes.text(
                x,
                y,
                "-" if value is None else str(value),
                ha="center",
                va="center",
                color="w" if dark else "k",
            )
    axes.set_xticks(range(len(faults)), faults)
    axes.set_yticks(range(len(peers)), peers)
    axes.tick_params(length=0, top=False, labeltop=True, bottom=False, labelbottom=False)
    for side in axes.spines.values():
        side.set_visible(False)
    waiters = records[0]["case"]["waiters"]
    figure.suptitle(f"Waits lost, of {waiters}", x=0.01, ha="left", fontsize=13)
    figure.tight_layout(rect=(0, 0, 1, 0.98))
    return figure


def _share(value: int | None, waiters: int) -> float:
    return (value or 0) / waiters


def _schedules(points: Sequence[dict[str, Any]]) -> Figure:
    """Return requests against lag, a panel per kind of job and a line per schedule."""
    kinds = list(dict.fromkeys(point["jobs"] for point in points))
    figure, panels = plt.subplots(1, len(kinds), figsize=(5.4 * len(kinds), 5), sharey=True)
    for axes, kind in zip(panels, kinds, strict=True):
        for name, colour in SCHEDULES.items():
            chosen = [point for point in points if point["jobs"] == kind and point["schedule"] == name]
            axes.plot(
                [point["requests"] for point in chosen],
                [point["lag"] for point in chosen],
                color=colour,
                marker=MARKERS[name],
                label=name,
                linewidth=1.6,
            )
            if name == "fixed":
                for point in chosen:
                    where = (point["requests"], point["lag"])
                    axes.annotate(
                        f"{point['interval']:g} s", where, (5, 4), textcoords="offset points", fontsize=8
                    )
        axes.set_xscale("log")
        axes.set_yscale("log")
        _readable(axes.xaxis)
        _readable(axes.yaxis)
        axes.set_title(f"{kind} jobs", loc="left")
        axes.set_xlabel("requests per job")
        axes.grid(visible=True, which="major", alpha=0.25)
    panels[0].set_ylabel("mean detection lag, s")
    panels[0].legend(frameon=False, title="schedule", loc="upper right")
    figure.suptitle(
        "Requests against lag; each point is one longest interval, 5 to 320 s (simulated)", x=0.01, ha="left"
    )
    figure.tight_layout(rect=(0, 0, 1, 0.98))
    return figure
