"""Reads a job out of a vendor's answer; nothing but declared fields ever leaves the body."""

from __future__ import annotations

import math
import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import pendulum

from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.answer import clean, read_object, words
from airflow_jobstatus.protocol.bounds import (
    LARGEST_COUNT,
    LARGEST_PAGE,
    LONGEST_MOMENT,
    LONGEST_SAID,
    LONGEST_WORD,
)
from airflow_jobstatus.protocol.errors import PermanentError
from airflow_jobstatus.protocol.expressions import WHOLE, Expression
from airflow_jobstatus.protocol.http import Response
from airflow_jobstatus.protocol.job import Job, JobState
from airflow_jobstatus.protocol.vendor import Listing, Records, Vendor

MOMENT = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(\.\d{1,6})?\d*(Z|[+-]\d\d:?\d\d)?", re.ASCII)
ZERO_YEAR = 1


@dataclass(frozen=True, kw_only=True)
class Page:
    """What one page of a vendor's list shows.

    :param jobs: The jobs that mattered, by id.
    :param ids: The ids of all jobs on the page.
    :param size: How many entries the page has.
    :param cursor: The cursor of the next page, None where there is none.
    """

    jobs: Mapping[str, Job]
    ids: frozenset[str]
    size: int
    cursor: str | None


@dataclass(frozen=True)
class Reader:
    """Reads the answers that one account gets from its vendor.

    :param account: The account that asks; it knows its vendor.
    :param secrets: Secrets beside the account's own that must not be shown, such as its present token.
    """

    account: Account
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def vendor(self) -> Vendor:
        """The declaration of the account's vendor."""
        return self.account.vendor

    def read_job(self, job_id: str, response: Response) -> Job:
        """Return the job that an answer to the GET-job call shows.

        An unknown status word reads as running: waiting on is safe, ending is not.

        :param job_id: The id that was asked for.
        :param response: The answer.
        :raises TransientError: if a later poll may well succeed.
        :raises PermanentError: if it would see the same: 4xx, or JSON that holds no job of this vendor.
        """
        vendor = self.vendor
        if (word := vendor.http_states.get(response.status)) is not None:
            state = self._state_of(word) or JobState.RUNNING
            return Job(vendor=vendor.conn_type, id=job_id, state=state, status=str(word))
        body = read_object(self.account, response, job_id=job_id, secrets=self.secrets)
        if job := self._job(job_id, vendor.expressions.job.first(body)):
            return job
        status = vendor.expressions.status[0].text
        where = status if vendor.job == WHOLE else f"{vendor.job}.{status}"
        reason = f"HTTP {response.reason} without a job: no {where!r} in the answer ({self._words(body)})"
        raise PermanentError(
            vendor.name,
            f"{reason}; check the connection's host, see {vendor.docs}",
            job_id=job_id,
            http_status=response.status,
        )

    def read_page(self, listing: Listing, wanted: Container[str], response: Response) -> Page:
        """Return what an answer to the list call shows; entries of another shape are passed over.

        :param listing: How the vendor lists jobs.
        :param wanted: The ids of the jobs that matter.
        :param response: The answer.
        :raises CallError: as :meth:`read_job`, if the answer is no list.
        """
        body = read_object(self.account, response, during="list", secrets=self.secrets)
        entries = listing.entries(body)
        if entries is None:
            reason = f"list: HTTP {response.reason} without a list at {listing.jobs!r} ({self._words(body)})"
            raise PermanentError(self.vendor.name, reason, http_status=response.status)
        jobs: dict[str, Job] = {}
        ids: set[str] = set()
        for entry in entries[:LARGEST_PAGE]:
            job_id = listing.id_of(entry)
            if job_id is not None and job_id not in ids:
                ids.add(job_id)
                if job_id in wanted and (job := self._job(job_id, entry)):
                    jobs[job_id] = job
        return Page(jobs=jobs, ids=frozenset(ids), size=len(entries), cursor=listing.next_cursor(body))

    def _job(self, job_id: str, value: object) -> Job | None:
        """Return the job that a JSON value shows, None if it has no status."""
        vendor = self.vendor
        found = (word for at in vendor.expressions.status if isinstance(word := at.first(value), str))
        status = next(found, "").strip()
        if not status:
            return None
        state = vendor.state_of(status, self.account.states)
        status = clean(status if state else self._redact(status[:LONGEST_SAID]), LONGEST_WORD)
        counts = {name: _count(at.first(value)) for name, at in vendor.records.expressions.items()}
        counters = {name: count for name, count in counts.items() if count is not None}
        records: dict[str, Any] = _records(vendor.records, counters)
        times: dict[str, Any] = {name: _moment(value, places) for name, places in vendor.expressions.times}
        failing = state in {JobState.FAILED, JobState.CANCELLED}
        return Job(
            vendor=vendor.conn_type,
            id=job_id,
            state=state or JobState.RUNNING,
            status=status,
            counters=counters,
            error=self._error(value) if failing else None,
            **records,
            **times,
        )

    def _error(self, value: object) -> str | None:
        reasons: list[str] = []
        for reason in (reason for at in self.vendor.expressions.error for reason in at.all(value)):
            if isinstance(reason, (str, dict)):
                reasons.append(reason[:LONGEST_SAID] if isinstance(reason, str) else self._words(reason))
            if sum(map(len, reasons)) > LONGEST_SAID:
                break
        return clean(self._redact("; ".join(dict.fromkeys(filter(None, reasons))))) or None

    def _state_of(self, word: str) -> JobState | None:
        return word if isinstance(word, JobState) else self.vendor.state_of(word, self.account.states)

    def _words(self, body: object) -> str:
        return words(self.account, body, self.secrets)

    def _redact(self, text: str) -> str:
        return self.account.redact(text, self.secrets)


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if isinstance(value, float) and not (math.isfinite(value) and value.is_integer()):
        return None
    return int(value) if 0 <= value <= LARGEST_COUNT else None


def _records(declared: Records, counters: Mapping[str, int]) -> dict[str, int | None]:
    names = {"total": declared.total, "succeeded": declared.succeeded, "failed": declared.failed}
    records = {field: counters.get(name) if name else None for field, name in names.items()}
    if declared.processed:
        records["processed"] = counters.get(declared.processed)
    elif records["succeeded"] is not None and records["failed"] is not None:
        records["processed"] = records["succeeded"] + records["failed"]
    return records


def _moment(job: object, places: Iterable[Expression]) -> pendulum.DateTime | None:
    """Return the first time that can be read."""
    for at in places:
        text = at.first(job)
        if isinstance(text, str) and len(text) <= LONGEST_MOMENT and (moment := _parsed(text)):
            return moment
    return None


@lru_cache(maxsize=8192)  # the same times are read at every poll, and a list holds a hundred of them
def _parsed(text: str) -> pendulum.DateTime | None:
    """Return a time to the microsecond in UTC; None for what is unreadable and for the zero time."""
    match = MOMENT.fullmatch(text.strip())
    if match is None:
        return None
    try:
        moment = pendulum.parse("".join(part or "" for part in match.groups()))
        if isinstance(moment, pendulum.DateTime) and moment.year > ZERO_YEAR:
            return moment.in_timezone("UTC")
    except (ValueError, OverflowError):
        pass
    return None
