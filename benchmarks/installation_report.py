"""Makes table and plot of what waits cost a whole installation."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks import panels

TITLES = {
    "http_sensor": "`HttpSensor(deferrable=True)`",
    "deferrable": "ours, `deferrable=True`",
    "workerless": "ours, begun and ended in the triggerer",
}
COLOURS = {"http_sensor": "#ff7f0e", "deferrable": "#6baed6", "workerless": "#0b3d91"}
COMPONENTS = ("scheduler", "worker", "triggerer", "api-server", "dag-processor", "postgresql", "redis")


def write(figures: Mapping[str, Any], folder: Path) -> None:
    """Write the table, and the plot where matplotlib is installed.

    :param figures: What was measured.
    :param folder: Where they go.
    """
    (folder / "installation.md").write_text(table(figures))
    with suppress(ImportError):
        _draw(figures, folder)


def table(figures: Mapping[str, Any]) -> str:
    """Return the figures as tables of Markdown.

    :param figures: What was measured.
    """
    machine = figures["machine"]
    costs = [
        "| waits | | CPU s per wait | messages per wait | DB commits per wait "  # noqa: ISC004  one row
        "| job's end to next task, p50 | p90 | longest | lost |",
        "|---:|---" + "|---:" * 7 + "|",
    ]
    parts = [
        f"| waits | | workers started per wait | {' | '.join(COMPONENTS)} |",
        "|---:|---" + "|---:" * (1 + len(COMPONENTS)) + "|",
    ]
    for way in _in_order(figures):
        head = f"| {way['waits']:,} | {TITLES[way['way']]} |"
        cpu = way["cpu_per_wait"]
        costs.append(
            f"{head} {sum(cpu.values()):.2f} "
            f"| {way['messages_per_wait']:.1f} | {way['commits_per_wait']:.0f} "
            f"| {_seconds(way['lag_p50'])} | {_seconds(way['lag_p90'])} | {_seconds(way['lag_max'])} "
            f"| {way['lost']} |"
        )
        of_parts = " | ".join(f"{round(cpu[component], 2) + 0.0:.2f}" for component in COMPONENTS)  # no -0.00
        parts.append(f"{head} {way['worker_processes_per_wait']:.2f} | {of_parts} |")
    on = (
        f"One run; all waits of a row begin at once, ten in each run of a DAG; one job ends every "
        f"{figures['apart']:g} s; each is polled every 10 s by itself. Two schedulers, triggerers and Celery "
        f"workers, Redis, PostgreSQL; Airflow {machine['packages']['apache-airflow']}, {machine['cores']} "
        f"cores ({machine['processor']}), {machine['date']}. CPU seconds and commits above those of the idle "
        f"installation, {figures['idle_cpu_per_second']:.2f} and {figures['idle_commits_per_second']:.0f} a "
        "second. The messages are those of triggers; each triggerer sends one more in each round of its loop."
    )
    return "\n".join([*costs, "", "CPU seconds per wait, by component:", "", *parts, "", on]) + "\n"


def _in_order(figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    return sorted(figures["ways"], key=lambda way: (way["waits"], list(TITLES).index(way["way"])))


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} s"


def _draw(figures: Mapping[str, Any], folder: Path) -> None:
    ways = _in_order(figures)
    panels.draw(
        {
            "CPU seconds per wait": [sum(way["cpu_per_wait"].values()) for way in ways],
            "messages to the supervisor per wait": [way["messages_per_wait"] for way in ways],
            "DB commits per wait": [way["commits_per_wait"] for way in ways],
            "job's end to next task, p50, s": [way["lag_p50"] or 0.0 for way in ways],
        },
        [f"{TITLES[way['way']].replace('`', '')}, {way['waits']:,}" for way in ways],
        [COLOURS[way["way"]] for way in ways],
        folder / "installation",
        size=(15, 1 + 0.45 * len(ways)),
        label="%.3g",
    )
