"""The jobs that one task waits for, one or many, and what their endings add up to."""

from __future__ import annotations

import ast
import json
import logging
import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from airflow_jobstatus.protocol.bounds import LONGEST_LIST, MOST_JOBS
from airflow_jobstatus.protocol.errors import InvalidJobIdError
from airflow_jobstatus.protocol.job import Job
from airflow_jobstatus.protocol.job_id import checked_job_id
from airflow_jobstatus.waiting.batch_log import BatchLog
from airflow_jobstatus.waiting.log import Say
from airflow_jobstatus.waiting.outcome import TIMEOUTS, Ending, Outcome
from airflow_jobstatus.waiting.state import WaitState
from airflow_jobstatus.waiting.verdict import excess
from airflow_jobstatus.waiting.wait import Source, Wait
from airflow_jobstatus.waiting.watch import LATE, Watch

ESCAPED = re.compile(r"\\.", re.DOTALL)
SEVERITY = (
    Ending.REJECTED,
    Ending.GONE,
    Ending.FAILED,
    Ending.CANCELLED,
    Ending.STALLED,
    Ending.EXECUTION_TIMEOUT,
    Ending.TIMEOUT,
    Ending.UNREACHABLE,
    Ending.UNAUTHORIZED,
)
"""Which ending of one job decides over a task that waits for many: what no retry can help comes first."""
LONGEST_BLANK = 1000
"""How many blanks around a rendered list are passed over."""
NAMED = 50
"""How many job ids a message names for each ending."""


@dataclass(frozen=True)
class Batch:
    """The jobs that one task waits for.

    :param job_ids: Their ids in the order given; one that is given twice is waited for once.
    :param many: Whether the task was given a list, and returns a list.
    """

    job_ids: tuple[str, ...]
    many: bool

    @classmethod
    def of(cls, job_id: object) -> Batch:
        """Return the jobs that a sensor's ``job_id`` names.

        :param job_id: One id, a list of ids, or the text that a template renders a list to.
        :raises InvalidJobIdError: if one of the ids cannot name a job, or it is a set or another thing.
        """
        if isinstance(job_id, str):
            job_id = _rendered(job_id)
        if isinstance(job_id, (str, bytes, bytearray, memoryview)) or not isinstance(job_id, Sequence):
            return cls((checked_job_id(job_id),), many=False)
        try:
            entries = len(job_id)
        except OverflowError:  # of a range
            entries = sys.maxsize
        if entries > MOST_JOBS:
            raise InvalidJobIdError(f"job_id has {entries} entries; a task waits for {MOST_JOBS} at most")
        return cls(tuple(_entry(job_id, place) for place in range(entries)), many=True)

    @property
    def distinct(self) -> tuple[str, ...]:
        """Return each id once, in the order given."""
        return tuple(dict.fromkeys(self.job_ids))

    @property
    def repeated(self) -> str | None:
        """Return what to say of ids that were given more than once, None if none was."""
        times = Counter(self.job_ids)
        if again := [job_id for job_id, count in times.items() if count > 1]:
            named = ", ".join(map(repr, again[:NAMED]))
            return f"job_id has {len(again)} of {len(times)} jobs more than once ({named}), polled once each"
        return None

    @property
    def given(self) -> str | list[str]:
        """Return the ids as a sensor takes them: a list, or one alone."""
        return list(self.job_ids) if self.many else self.job_ids[0]

    def waits(self, wait: Wait) -> list[Wait]:
        """Return the wait for each job; of many jobs, the limits of failed records hold for the sum alone.

        :param wait: What was asked for.
        """
        if not self.many:
            return [wait]
        return [replace(wait, job_id=one, max_failed=None, max_failed_ratio=None) for one in self.distinct]

    def conclude(self, vendor: str, wait: Wait, outcomes: Mapping[str, Outcome]) -> Outcome:
        """Return what the endings of all jobs add up to.

        :param vendor: The vendor's name.
        :param wait: What was asked for; its limits hold for the sum of all records.
        :param outcomes: How the wait for each job ended.
        """
        if not self.many:
            return outcomes[self.job_ids[0]]
        jobs = tuple(outcomes[job_id].job for job_id in self.job_ids)
        by_ending: dict[Ending, list[str]] = {}
        for job_id in self.distinct:
            by_ending.setdefault(outcomes[job_id].ending, []).append(job_id)
        total = len(self.distinct)
        for ending in SEVERITY:
            if ending in by_ending:
                first = outcomes[by_ending[ending][0]].message
                missed = total - len(by_ending.get(Ending.SUCCEEDED, ()))
                named = "; ".join(_named(name, by_ending[name]) for name in SEVERITY if name in by_ending)
                message = f"{missed} of {total} {vendor} jobs did not succeed: {named}. The first: {first}"
                overdue = [job_id for timeout in TIMEOUTS for job_id in by_ending.get(timeout, ())]
                return Outcome(ending=ending, message=message, jobs=jobs, overdue=tuple(overdue))
        known = [outcome.job for outcome in outcomes.values() if outcome.job is not None]
        failed = sum(job.failed or 0 for job in known)
        summary = f"all {total} {vendor} jobs succeeded"
        if broken := excess(failed, sum(job.total or job.processed or 0 for job in known), wait):
            worst = sorted((job for job in known if job.failed), key=lambda job: -(job.failed or 0))
            ids = _named(Ending.TOO_MANY_FAILED, [job.id for job in worst])
            return Outcome(ending=Ending.TOO_MANY_FAILED, message=f"{summary}, {broken}; {ids}", jobs=jobs)
        return Outcome(ending=Ending.SUCCEEDED, message=summary, jobs=jobs)


Polled = Callable[["BatchRun", bool], None]
"""Is called after each poll of a batch, with whether the poll brought news."""


class BatchRun:
    """One batch under way: a watch for each job, how each ended, and what that adds up to.

    Worker and triggerer drive it alike: they poll for each watch that is left, and pass on how it ended.

    :param batch: The jobs.
    :param wait: What was asked for.
    :param source: The account whose jobs are polled.
    :param say: Takes log lines.
    :param clock: Seconds since the epoch.
    :param states: What an earlier process of the same wait remembered of each job, by id.
    :param resumed: As :class:`Watch` says.
    :param polled: Is called after each poll, with the run and whether the poll brought news; nobody is by
        default.
    """

    def __init__(  # noqa: PLR0913  what was asked for, of whom, and what is around it
        self,
        batch: Batch,
        wait: Wait,
        source: Source,
        *,
        say: Say,
        clock: Callable[[], float],
        states: Mapping[str, WaitState] | None = None,
        resumed: bool = False,
        polled: Polled | None = None,
    ) -> None:
        self.batch = batch
        self.wait = wait
        self.source = source
        self.outcomes: dict[str, Outcome] = {}
        """How the wait for each job ended that has, by id."""
        self._polled = polled
        say_of_all = say
        self._log: BatchLog | None = None
        if batch.many:
            self._log = BatchLog(wait, source, batch.distinct, jobs=self._jobs, say=say, clock=clock)
            say = self._log.say_for_one
        states = states or {}
        remembers = any(known.polled_at is not None for known in states.values())
        if wait.stall_timeout is not None and not remembers and clock() > wait.began + LATE:
            say_of_all(logging.WARNING, "stall_timeout counts from now on: what was seen before is not kept")
        self.watches = {
            one.job_id: Watch(
                one,
                source,
                say=say,
                state=states.get(one.job_id),
                joined=clock(),
                resumed=resumed,
                polled=self._note,
            )
            for one in batch.waits(wait)
        }
        """The watch of each job that has not ended, by id."""
        self._failing = {one for one, watch in self.watches.items() if watch.is_failing}

    @property
    def failing(self) -> int:
        """How many of the jobs waited for had no good answer to their last poll."""
        return len(self._failing)

    def end(self, job_id: str, outcome: Outcome) -> Outcome | None:
        """Record how the wait for one job ended; return how that ends the whole, None if it goes on.

        :param job_id: The job.
        :param outcome: How the wait for it ended.
        """
        # A credential that was refused for one job is refused for all of them.
        ended = list(self.watches) if outcome.ending is Ending.UNAUTHORIZED else [job_id]
        for one in ended:
            seen = self.watches.pop(one).seen
            own = outcome if one == job_id else replace(outcome, job=seen)
            self._failing.discard(one)
            self.outcomes[one] = own
            if self._log is not None:
                self._log.ended(one, own)
        if self.watches:
            return None
        return self.batch.conclude(self.source.vendor.name, self.wait, self.outcomes)

    def _note(self, watch: Watch, news: bool) -> None:  # noqa: FBT001  called by the watch
        job_id, job = watch.wait.job_id, watch.seen
        (self._failing.add if watch.is_failing else self._failing.discard)(job_id)
        if self._log is not None and (job is None or not job.state.is_terminal):
            self._log.polled(job_id)
        if self._polled is not None:
            self._polled(self, news)

    def _jobs(self) -> list[Job | None]:
        return [
            self.watches[one].seen if one in self.watches else self.outcomes[one].job
            for one in self.batch.distinct
        ]


def only_job_id(given: object, why_one: str) -> str:
    """Return the one job id that a task takes.

    :param given: What the task was given.
    :param why_one: Why it takes no list, and what to do.
    :raises InvalidJobIdError: if it is a list, or names no job.
    """
    batch = Batch.of(given)
    if batch.many:
        raise InvalidJobIdError(f"job_id is a list, and {why_one}")
    return batch.job_ids[0]


def _rendered(job_id: str) -> object:
    """Return the list that a template rendered as text; any other text as it is."""
    if not job_id[:LONGEST_BLANK].lstrip().startswith("[") or not job_id[-LONGEST_BLANK:].rstrip().endswith(
        "]"
    ):
        return job_id
    if len(job_id) > LONGEST_LIST:
        raise InvalidJobIdError(
            f"job_id is a list of {len(job_id)} characters; at most {LONGEST_LIST} are read"
        )
    if job_id.count(",") > 2 * MOST_JOBS:  # an id may hold some
        raise InvalidJobIdError(f"job_id is a list of more than {MOST_JOBS} ids")
    for read in (json.loads, _literal):
        with suppress(ValueError, SyntaxError, RecursionError, MemoryError):
            return read(job_id.strip())
    raise InvalidJobIdError(f"job_id {job_id[:80]!r} looks like a list, but cannot be read")


def _literal(text: str) -> object:
    """Return the list that Python wrote as text, as it writes one: a literal by itself for each entry.

    :raises ValueError: if it is none, as the text of an array is, in which no comma parts the entries.
    """
    tree = ast.parse(text, mode="eval").body
    lines = text.encode().splitlines()
    for entry in tree.elts if isinstance(tree, ast.List) else ():
        source = lines[entry.lineno - 1][entry.col_offset : entry.end_col_offset].decode()
        if entry.lineno != entry.end_lineno or not _is_one_literal(entry, source):
            raise ValueError("an entry is no literal by itself")
    return ast.literal_eval(tree)


def _is_one_literal(entry: ast.expr, source: str) -> bool:
    if not isinstance(entry, ast.Constant) or source == repr(entry.value):
        return True
    return isinstance(entry.value, str) and source[:1] not in ESCAPED.sub("", source[1:-1])


def _entry(job_ids: Sequence[object], place: int) -> str:
    try:
        return checked_job_id(job_ids[place])
    except InvalidJobIdError as error:
        reason = str(error)
    raise InvalidJobIdError(f"{reason} (entry {place + 1} of {len(job_ids)})")


def _named(ending: Ending, job_ids: list[str]) -> str:
    more = f" and {len(job_ids) - NAMED} more" if len(job_ids) > NAMED else ""
    return f"{ending}: {', '.join(map(repr, job_ids[:NAMED]))}{more}"
