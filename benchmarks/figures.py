"""The figures of one record: medians over its rounds."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.processes import Record


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What one peer was measured to take in one case; None where nothing was measured.

    :param peer: The peer's name.
    :param cpu_per_request: Seconds of CPU time per request; None where requests show many jobs each.
    :param cpu_per_job: Seconds of CPU time per job.
    :param requests_per_job: Requests per job.
    :param connections_per_job: TCP connections per job.
    :param lag_p50: Seconds from a job's end to the event that reports it, in the median.
    :param lag_p95: The same, at the 95th percentile.
    :param lag_p99: The same, at the 99th percentile.
    :param loop_lag_p99: Seconds by which the event loop was late.
    :param kib_per_waiter: Resident memory per waiter.
    :param requests: All requests.
    :param lost: How many waits did not end with success; the worst round counts.
    :param throttled: How many requests were answered with 429.
    :param pauses: How often a 429 opened a pause of its own.
    :param early: How many requests came before a Retry-After had ended.
    """

    peer: str
    cpu_per_request: float | None
    cpu_per_job: float | None
    requests_per_job: float | None
    connections_per_job: float | None
    lag_p50: float | None
    lag_p95: float | None
    lag_p99: float | None
    loop_lag_p99: float | None
    kib_per_waiter: float | None
    requests: float | None
    lost: int | None
    throttled: float | None
    pauses: float | None
    early: float | None


def figures_of(record: Record) -> Figures:
    """Return the medians over a record's rounds; memory is the first round's, for later ones reuse it.

    :param record: The record.
    """
    rounds: list[dict[str, Any]] = record["rounds"]
    jobs = record["case"]["waiters"]

    def middle(read: Callable[[dict[str, Any]], float | None]) -> float | None:
        values = [value for one in rounds if (value := read(one)) is not None]
        return statistics.median(values) if values else None

    return Figures(
        peer=record["case"]["peer"],
        cpu_per_request=middle(_cpu_per_request),
        cpu_per_job=middle(lambda one: one["cpu"] / jobs),
        requests_per_job=middle(lambda one: one["counts"]["requests"] / jobs),
        connections_per_job=middle(lambda one: one["counts"]["connections"] / jobs),
        lag_p50=middle(lambda one: one["lag"]["50"]),
        lag_p95=middle(lambda one: one["lag"]["95"]),
        lag_p99=middle(lambda one: one["lag"]["99"]),
        loop_lag_p99=middle(lambda one: one["loop_lag"]["99"]),
        kib_per_waiter=rounds[0]["kib_per_waiter"] if rounds else None,
        requests=middle(lambda one: one["counts"]["requests"]),
        lost=max((one["failed"] + one["stuck"] for one in rounds), default=None),
        throttled=middle(lambda one: one["counts"]["statuses"].get("429", 0)),
        pauses=middle(lambda one: one["counts"]["pauses"]),
        early=middle(lambda one: one["counts"]["early"]),
    )


def _cpu_per_request(one: dict[str, Any]) -> float | None:
    counts = one["counts"]
    single = counts["requests"] - counts["lists"]
    return one["cpu"] / counts["requests"] if single > counts["lists"] else None


def select(records: Iterable[Record], study: str, **case: Any) -> list[Record]:
    """Return the records of a study whose cases have some values.

    :param records: All records.
    :param study: The study.
    :param case: Fields of the case, with the value that each must have.
    """
    return [
        record
        for record in records
        if record["study"] == study and all(record["case"][name] == value for name, value in case.items())
    ]


def of(rows: Sequence[Figures], peer: str) -> Figures | None:
    """Return the figures of one peer, None where it was not measured."""
    return next((row for row in rows if row.peer == peer), None)
