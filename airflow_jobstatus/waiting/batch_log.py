"""What a wait for many jobs writes to the task's log: sums, and which job ended how."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from airflow_jobstatus.protocol.job import Job
from airflow_jobstatus.waiting.description import closing, describe_records, facts, job_name, numbers
from airflow_jobstatus.waiting.log import HEARTBEAT_EVERY, Say, plan, quiet
from airflow_jobstatus.waiting.outcome import Ending, Outcome
from airflow_jobstatus.waiting.totals import Totals
from airflow_jobstatus.waiting.wait import Source, Wait

FIRST_WITHIN = 10.0
"""Seconds after which the first polls are summed up, also where some jobs were not polled yet."""
WARN_EVERY = 60.0
"""The least seconds between two warnings; of a thousand jobs that meet the same outage, one speaks."""
MOST_LINES = 50
"""How many jobs that succeeded get a line each, and how many that did not."""
NAMED = 3
"""How many jobs a summary names."""
ENDED = frozenset({Ending.SUCCEEDED, Ending.FAILED, Ending.CANCELLED, Ending.TOO_MANY_FAILED, Ending.GONE})
"""The endings of a wait by which its job has ended too."""


class BatchLog:
    """Logs the first polls, sums now and then, and each job's end; what one job does meanwhile is left out.

    :param wait: What was asked for.
    :param source: The account whose jobs are polled.
    :param job_ids: The jobs.
    :param jobs: Returns every job as it was last seen, None for one that never was.
    :param say: Takes log lines.
    :param clock: Seconds since the epoch.
    """

    def __init__(  # noqa: PLR0913  what is logged, of whom, and what is around it
        self,
        wait: Wait,
        source: Source,
        job_ids: Sequence[str],
        *,
        jobs: Callable[[], Iterable[Job | None]],
        say: Say,
        clock: Callable[[], float],
    ) -> None:
        self._wait = wait
        self._source = source
        self._job_ids = job_ids
        self._jobs = jobs
        self._say = say
        self._clock = clock
        self._unpolled: set[str] | None = set(job_ids)
        self._began = clock()
        self._logged_at = self._checked_at = self._began
        self._logged: tuple[int, Totals] = (0, Totals())
        self._warned_at = float("-inf")
        self._endings: Counter[Ending] = Counter()

    def say_for_one(self, level: int, event: str, **fields: Any) -> None:
        """Take a log line that speaks of one job alone; only warnings pass, and few of them."""
        now = self._clock()
        if level >= logging.WARNING and now - self._warned_at >= WARN_EVERY:
            self._warned_at = now
            self._say(level, event, **fields)

    def polled(self, job_id: str) -> None:
        """Log a summary if one is due now that a job was polled; the first, when each was."""
        now = self._clock()
        if self._unpolled is not None:
            self._unpolled.discard(job_id)
            if not self._unpolled or now - self._began >= FIRST_WITHIN:
                self._unpolled = None
                self._summarise(now, plan(self._wait))
            return
        if now - self._checked_at < quiet(self._wait, self._logged_at):
            return
        self._checked_at = now
        if now - self._logged_at >= HEARTBEAT_EVERY or self._news() != self._logged:
            self._summarise(now)

    def ended(self, job_id: str, outcome: Outcome) -> None:
        """Log how the wait for a job ended, and a last summary after the last of them."""
        self._endings[outcome.ending] += 1
        if self._of_its_kind(outcome.ending) <= MOST_LINES:
            job, line = outcome.job, closing(outcome)
            if job is not None and job.error and outcome.ending is not Ending.SUCCEEDED:
                line += f": {job.error}"
            name = job_name(self._source.vendor.name, job_id)
            self._say(logging.INFO, f"{line} - {name}", job=job_id, **facts(job))
        if self._endings.total() < len(self._job_ids):
            self.polled(job_id)
        else:
            now = self._clock()
            self._summarise(now, f", after {now - self._wait.began:.1f} s")

    def _of_its_kind(self, ending: Ending) -> int:
        succeeded = self._endings[Ending.SUCCEEDED]
        return succeeded if ending is Ending.SUCCEEDED else self._endings.total() - succeeded

    def _news(self) -> tuple[int, Totals]:
        """Return how many waits are over, and the sums over all jobs."""
        return self._endings.total(), Totals.of(self._jobs())

    def _summarise(self, now: float, more: str = "") -> None:
        over, totals = self._logged = self._news()
        self._logged_at = self._checked_at = now
        ended = sum(count for ending, count in self._endings.items() if ending in ENDED)
        unsuccessful = over - self._endings[Ending.SUCCEEDED]
        parts = [
            describe_records(totals),
            f"{ended} of {len(self._job_ids)} jobs have ended",
            f"{unsuccessful} without success" if unsuccessful else "",
        ]
        line = ", ".join(part for part in parts if part) + more
        fields = {"jobs": len(self._job_ids), "ended": ended, "unsuccessful": unsuccessful, **numbers(totals)}
        self._say(logging.INFO, f"{line} - {self._names()}", **fields)

    def _names(self) -> str:
        named = ", ".join(map(repr, self._job_ids[:NAMED]))
        more = len(self._job_ids) - NAMED
        return f"{self._source.vendor.name} jobs {named}{f' and {more} more' if more > 0 else ''}"
