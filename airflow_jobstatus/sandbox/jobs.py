"""The jobs the sandbox plays: how far a job has come follows from the job and the time alone."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

DEFAULT_RECORDS = 1000
QUEUED_SHARE = 0.2


class Phase(str, enum.Enum):
    """Where a job stands, before each vendor puts it into its own word."""

    QUEUED = "queued"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_terminal(self) -> bool:
        """Whether a job in this phase never changes again."""
        return self not in {Phase.QUEUED, Phase.PROCESSING}


@dataclass(frozen=True)
class Progress:
    """How far a job has come at one moment.

    :param phase: where the job stands.
    :param processed: records worked off so far, good and bad.
    :param failed: those of them that failed.
    :param started_at: epoch seconds at which processing began, None before that.
    :param completed_at: epoch seconds at which the job ended, None before that.
    """

    phase: Phase
    processed: int = 0
    failed: int = 0
    started_at: float | None = None
    completed_at: float | None = None

    @property
    def succeeded(self) -> int:
        """Return the records worked off without a failure."""
        return self.processed - self.failed


@dataclass(frozen=True)
class Job:
    """A job that waits, works and ends by the clock.

    The first fifth of its time it is queued; then its counters grow linearly and reach ``records`` and
    ``failed_records`` at the end, whatever the outcome.

    :param id: the job's id.
    :param created_at: epoch seconds at which the job was made.
    :param seconds: time from release to end; 0 is done at once, infinity never starts.
    :param outcome: the phase in which it ends.
    :param records: records it has to work off.
    :param failed_records: how many of them fail, spread evenly.
    :param content: what the vendor shows again of the request that made the job.
    :param released_at: epoch seconds from which the time runs, None while nobody has set it going.
    :param cancelled_at: epoch seconds at which somebody cancelled it, None if nobody did.
    """

    id: str
    created_at: float
    seconds: float
    outcome: Phase
    records: int
    failed_records: int
    content: Mapping[str, Any]
    released_at: float | None
    cancelled_at: float | None = None

    def at(self, now: float) -> Progress:
        """Return how far the job has come.

        :param now: the moment asked for, in epoch seconds.
        """
        if self.released_at is None:
            return Progress(Phase.QUEUED)
        starts = self.released_at + QUEUED_SHARE * self.seconds
        ends = self.released_at + self.seconds
        stops = ends if self.cancelled_at is None else self.cancelled_at
        moment = min(now, stops)
        is_over = now >= stops
        if moment < starts:
            return (
                Progress(Phase.CANCELLED, completed_at=self.cancelled_at)
                if is_over
                else Progress(Phase.QUEUED)
            )
        share = 1.0 if moment >= ends else (moment - starts) / (ends - starts)
        processed = int(self.records * share)
        failed = processed * self.failed_records // self.records if self.records else 0
        if not is_over:
            return Progress(Phase.PROCESSING, processed, failed, started_at=starts)
        phase = self.outcome if self.cancelled_at is None else Phase.CANCELLED
        return Progress(phase, processed, failed, started_at=starts, completed_at=stops)


@dataclass(frozen=True)
class JobBook:
    """Keeps the jobs of one vendor in the order in which they were made.

    :param clock: gives the time in epoch seconds.
    :param seconds: how long a job takes when nothing else is said.
    :param new_id: makes an id in the vendor's style.
    :param sample: content of a job that was made without a vendor's request.
    :param outcomes: how this vendor's jobs can end.
    """

    clock: Callable[[], float]
    seconds: float
    new_id: Callable[[], str]
    sample: Mapping[str, Any]
    outcomes: frozenset[Phase]
    changes: list[str] = field(default_factory=list, repr=False)
    """The id of the job that each change concerned, in their order."""
    _jobs: dict[str, Job] = field(default_factory=dict, repr=False)

    def add(  # noqa: PLR0913  what a job is made of, all with defaults
        self,
        *,
        seconds: float | None = None,
        outcome: Phase = Phase.SUCCEEDED,
        records: int = DEFAULT_RECORDS,
        failed_records: int | None = None,
        job_id: str | None = None,
        content: Mapping[str, Any] | None = None,
        is_released: bool = True,
    ) -> Job:
        """Make a job and remember it.

        :param seconds: time from release to end, the book's own by default; 0 makes a job that is done.
        :param outcome: the phase in which it ends.
        :param records: records it has to work off.
        :param failed_records: how many of them fail; by default all if the job fails, else none.
        :param job_id: the id to use; a new one in the vendor's style by default.
        :param content: what the vendor shows again of the request; the sample by default.
        :param is_released: whether its time runs from now; else it waits for :meth:`put` of a released one.
        :raises ValueError: if a value cannot be, with a sentence that says why.
        """
        seconds = self.seconds if seconds is None else seconds
        job_id = self.new_id() if job_id is None else job_id
        if failed_records is None:
            failed_records = records if outcome is Phase.FAILED else 0
        if outcome not in self.outcomes:
            words = ", ".join(sorted(phase.value for phase in self.outcomes))
            raise ValueError(f"outcome must be one of {words}, not {outcome.value!r}")
        if math.isnan(seconds) or seconds < 0:
            raise ValueError(f"seconds must be 0 or more, not {seconds}")
        if not 0 <= failed_records <= records:
            raise ValueError(
                f"failed_records must lie between 0 and records, not {failed_records} of {records}"
            )
        if not job_id or job_id in self._jobs:
            raise ValueError(f"job_id must be new and not empty, not {job_id!r}")
        now = self.clock()
        return self.put(
            Job(
                id=job_id,
                created_at=now,
                seconds=seconds,
                outcome=outcome,
                records=records,
                failed_records=failed_records,
                content=self.sample if content is None else content,
                released_at=now if is_released else None,
            )
        )

    def put(self, job: Job) -> Job:
        """Store a job under its id, in place of an earlier version of it."""
        self._jobs[job.id] = job
        self.changes.append(job.id)
        return job

    def get(self, job_id: str) -> Job | None:
        """Return the job with this id, or None."""
        return self._jobs.get(job_id)

    def newest_first(self) -> Iterator[Job]:
        """Return all jobs, the last made first."""
        return reversed(list(self._jobs.values()))

    def progress(self, job: Job) -> Progress:
        """Return how far a job has come by now."""
        return job.at(self.clock())


def timestamp(moment: float, timespec: str) -> str:
    """Write a moment as ISO 8601 in UTC with a Z.

    :param moment: epoch seconds.
    :param timespec: the precision, as in :meth:`datetime.datetime.isoformat`.
    """
    return datetime.fromtimestamp(moment, timezone.utc).isoformat(timespec=timespec).replace("+00:00", "Z")
