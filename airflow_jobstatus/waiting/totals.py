"""What the jobs of one wait add up to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from airflow_jobstatus.protocol.job import Job


@dataclass(frozen=True, kw_only=True)
class Totals:
    """The sums over many jobs; None for what none of them counts.

    :param counters: The vendor's own counters by their own names.
    :param total: How many records the jobs have.
    :param processed: How many are dealt with.
    :param failed: How many failed.
    :param progress: The share of the work done, 0 to 1; None where one of the jobs does not say.
    """

    counters: dict[str, int] = field(default_factory=dict)
    total: int | None = None
    processed: int | None = None
    failed: int | None = None
    progress: float | None = None

    @classmethod
    def of(cls, jobs: Iterable[Job | None]) -> Totals:
        """Return the sums over jobs, each counted once.

        :param jobs: The jobs as they were last seen, None for one that never was.
        """
        every = list(jobs)
        seen = list({job.id: job for job in every if job is not None}.values())
        counters: Counter[str] = Counter()
        for job in seen:
            counters.update(job.counters)
        total = _sum(job.total for job in seen)
        processed = _sum(job.processed for job in seen)
        progress = None
        if seen and None not in every:
            if total and processed is not None and all(job.total is not None for job in seen):
                progress = min(processed / total, 1.0)
            elif None not in (shares := [job.progress for job in seen]):
                progress = sum(share or 0.0 for share in shares) / len(shares)
        return cls(
            counters=dict(counters),
            total=total,
            processed=processed,
            failed=_sum(job.failed for job in seen),
            progress=progress,
        )


def _sum(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
