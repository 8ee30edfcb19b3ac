"""Reads a job out of a vendor's answer; nothing but declared fields ever leaves the body."""

from __future__ import annotations

import math
import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pendulum

from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.answer import excerpt, in_words, read_object
from airflow_jobstatus.protocol.bounds import (
    LARGEST_COUNT,
    LARGEST_PAGE,
    LONGEST_MOMENT,
    LONGEST_SAID,
    LONGEST_WORD,
)
from airflow_jobstatus.protocol.errors import PermanentError, TransientError
from airflow_jobstatus.protocol.expressions import WHOLE, Expression
from airflow_jobstatus.protocol.http import NotJsonError, Response
from airflow_jobstatus.protocol.job import Job, JobState
from airflow_jobstatus.protocol.text import Secrets, visible
from airflow_jobstatus.protocol.vendor import Listing, Records, Vendor
from airflow_jobstatus.protocol.words import said, secrets_of, words_of

MOST_REASONS = 20
"""How many reasons of one kind are read: the shown ones fill a line much sooner."""
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
    :param secrets: What must not be shown: the account's secrets and its tokens.
    """

    account: Account
    secrets: Secrets

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
            return self._declared(job_id, response, word)
        body = read_object(self.account, response, job_id=job_id, secrets=self.secrets)
        value = vendor.expressions.job.first(body)
        foreign = self._is_foreign(job_id, value)
        if not foreign and (job := self._job(job_id, value, body)):
            return job
        del body, value  # the error is raised from here, and a log may show what stands here
        raise self._foreign(job_id, response) if foreign else self._no_job(job_id, response)

    def _declared(self, job_id: str, response: Response, word: str) -> Job:
        """Return the job whose state the HTTP code says, unless the body is not the vendor's.

        A body may be empty, or a plain text. One that shows a job is believed where its status word is known.

        :raises TransientError: if the body is a page, or that of another job.
        """
        vendor = self.vendor
        if response.body.strip():
            try:
                body = response.json()
            except NotJsonError:
                body = None
            value = vendor.expressions.job.first(body) if isinstance(body, dict) else None
            if self._is_foreign(job_id, value):
                del body, value
                raise self._foreign(job_id, response)
            job = self._job(job_id, value, body)
            markup = body is None and b"<" in response.body
            if job is not None and vendor.state_of(job.status, self.account.states):
                return job
            if markup or (job is None and body and not words_of(body)):
                del body, value
                raise TransientError(
                    vendor.name,
                    f"HTTP {response.reason} with a body that shows no job: {self._shown(response)}",
                    job_id=job_id,
                    http_status=response.status,
                )
        state = word if isinstance(word, JobState) else vendor.state_of(word, self.account.states)
        return Job(vendor=vendor.conn_type, id=job_id, state=state or JobState.RUNNING, status=str(word))

    def _no_job(self, job_id: str, response: Response) -> PermanentError:
        vendor, status = self.vendor, self.vendor.expressions.status[0].text
        where = status if vendor.job == WHOLE else f"{vendor.job}.{status}"
        reason = f"HTTP {response.reason} without a job: no {where!r} in the answer ({self._shown(response)})"
        return PermanentError(
            vendor.name,
            f"{reason}; check the connection's host, see {vendor.docs}",
            job_id=job_id,
            http_status=response.status,
            from_vendor=bool(words_of(response.json())),
        )

    def _is_foreign(self, job_id: str, value: object) -> bool:
        """Return whether a job is another than the one asked for, where the vendor's jobs have an id."""
        at = self.vendor.expressions.id
        if at is None or (found := at.first(value)) is None or found == job_id:
            return False
        if isinstance(found, bool) or not isinstance(found, (str, int)):
            return False
        return visible(str(found)).strip().casefold() != job_id.casefold()

    def _foreign(self, job_id: str, response: Response) -> TransientError:
        return TransientError(
            self.vendor.name,
            f"HTTP {response.reason}: the answer is of another job",
            job_id=job_id,
            http_status=response.status,
        )

    def _shown(self, response: Response) -> str:
        try:
            return in_words(response.json(), self.secrets, but=response.reason)
        except NotJsonError:
            return excerpt(response.body, self.secrets)

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
            del body
            reason = (
                f"list: HTTP {response.reason} without a list at {listing.jobs!r} ({self._shown(response)})"
            )
            raise PermanentError(self.vendor.name, reason, http_status=response.status)
        jobs: dict[str, Job] = {}
        ids: set[str] = set()
        for entry in entries[:LARGEST_PAGE]:
            job_id = listing.id_of(entry)
            if job_id is not None and job_id not in ids:
                ids.add(job_id)
                if job_id not in wanted or self._is_foreign(job_id, entry):
                    continue
                if job := self._job(job_id, entry, entry):
                    jobs[job_id] = job
        return Page(jobs=jobs, ids=frozenset(ids), size=len(entries), cursor=listing.next_cursor(body))

    def _job(self, job_id: str, value: object, body: object) -> Job | None:
        """Return the job that a JSON value shows, None if it has no status."""
        vendor = self.vendor
        status = next(filter(None, (_word(at.first(value)) for at in vendor.expressions.status)), "")
        if not status:
            return None
        state = vendor.state_of(status, self.account.states)
        if state is None:
            status = self.secrets.ours(status, LONGEST_WORD)
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
            error=self._error(value, body) if failing else None,
            **records,
            **times,
        )

    def _error(self, value: object, body: object) -> str | None:
        secrets = self.secrets | secrets_of(body)
        reasons: list[str] = []
        for reason in (one for at in self.vendor.expressions.error for one in at.all(value)[:MOST_REASONS]):
            reasons.append(reason if isinstance(reason, str) else said(secrets, reason))
            if sum(map(len, reasons)) > LONGEST_SAID:  # no more of them is read, let alone shown
                break
        return secrets.ours("; ".join(dict.fromkeys(filter(None, reasons)))) or None


def _word(value: object) -> str:
    """Return a status as text, empty where there is none; a number or a boolean is read as JSON writes it."""
    if isinstance(value, str):
        return (value if value.isascii() and value.isprintable() else visible(value)).strip()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)[: LONGEST_WORD + 1] if isinstance(value, (int, float)) else ""


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
