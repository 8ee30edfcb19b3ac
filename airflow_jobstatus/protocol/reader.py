"""Reads a job out of a vendor's answer; nothing but declared fields ever leaves the body."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import pendulum

from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.answer import clean, read_object, words
from airflow_jobstatus.protocol.errors import PermanentError, TransientError
from airflow_jobstatus.protocol.expressions import WHOLE, Expression, is_true
from airflow_jobstatus.protocol.http import NotJsonError, Response
from airflow_jobstatus.protocol.job import Job, JobState
from airflow_jobstatus.protocol.vendor import LONGEST_WORD, Listing, Records, Vendor, normal

LARGEST_COUNT = 2**53
LARGEST_OUTPUT = 65536
"""Characters of JSON; more is a file that wants to be fetched, not an XCom."""
DIGITS = re.compile(r"\d{1,16}", re.ASCII)
PERCENTAGE = re.compile(r"\d{1,6}(\.\d{1,15})? ?%?", re.ASCII)
QUERY = re.compile(r"(https?://[^\s?#]+)\?[^\s\"'<>]+")
"""The query of a URL, which may be signed: then it is a credential."""
FIRST_MILLISECOND = 1e11
"""As seconds this is the year 5138, as milliseconds 1973."""
LATEST_MILLISECOND = 1e14
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(\.\d{1,6})?\d*(Z|[+-]\d\d:?\d\d)?", re.ASCII)
LONGEST_MOMENT = 64
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
        if (by_code := vendor.http_states.get(response.status)) is not None and (
            job := self._job_by_code(job_id, by_code, response)
        ):
            return job
        body = read_object(
            self.account, response, job_id=job_id, secrets=self.secrets, any_json=vendor.lenient
        )
        if vendor.expressions.transient is not None and is_true(vendor.expressions.transient.whole(body)):
            raise TransientError(
                vendor.name,
                f"HTTP {response.reason} that is no answer yet ({self._words(body)})",
                job_id=job_id,
                http_status=response.status,
                retry_after=response.retry_after,
            )
        if job := self._job(job_id, vendor.expressions.job.first(body), _pause(response)):
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
        for entry in entries:
            job_id = listing.id_of(entry)
            if job_id is not None and job_id not in ids:
                ids.add(job_id)
                if job_id in wanted and (job := self._job(job_id, entry)):
                    jobs[job_id] = job
        return Page(jobs=jobs, ids=frozenset(ids), size=len(entries), cursor=listing.next_cursor(body))

    def _job_by_code(self, job_id: str, by_code: str, response: Response) -> Job | None:
        """Return the job of an answer whose code has a meaning, None if it proves to be no job."""
        vendor = self.vendor
        try:
            body = response.json()
        except NotJsonError:
            body = None
        value = vendor.expressions.job.first(body)
        is_job = is_true(value) and (vendor.job != WHOLE or isinstance(value, dict))
        if not is_job and (vendor.lenient or vendor.job != WHOLE):
            return None
        pause = _pause(response)
        status = self._status(value)
        if is_job and status and vendor.state_of(status, self.account.states):
            return self._job(job_id, value, pause)
        state = self._state_of(by_code) or JobState.RUNNING
        return self._read(job_id, value, str(by_code), state, pause)

    def _status(self, value: object) -> str:
        """Return the status word in a job, empty where there is none."""
        for at in self.vendor.expressions.status:
            word = at.first(value)
            if isinstance(word, str):
                return word.strip()
            if self.vendor.lenient and isinstance(word, (bool, int, float)):
                return json.dumps(int(word) if isinstance(word, float) and word.is_integer() else word)
        return ""

    def _job(self, job_id: str, value: object, pause: float | None = None) -> Job | None:
        """Return the job that a JSON value shows, None if it has no status."""
        if self.vendor.lenient and not is_true(value):
            return None
        status = self._status(value)
        if not status:
            return None
        state = self.vendor.state_of(status, self.account.states)
        status = clean(status if state else self._redact(status), 64)
        if state is None and self.vendor.guesses and len(status) <= LONGEST_WORD:
            state = self.vendor.guesses.get(normal(status))
        return self._read(job_id, value, status, state, pause)

    def _read(
        self, job_id: str, value: object, status: str, state: JobState | None, pause: float | None
    ) -> Job:
        """Return the job that a JSON value shows, its state known."""
        vendor = self.vendor
        lenient = vendor.lenient
        counts = {name: _count(at.first(value), lenient) for name, at in vendor.records.expressions.items()}
        counters = {name: count for name, count in counts.items() if count is not None}
        records: dict[str, Any] = _records(vendor.records, counters)
        times: dict[str, Any] = {
            name: _moment(value, places, lenient) for name, places in vendor.expressions.times
        }
        percent, outputs = vendor.expressions.percent, vendor.expressions.outputs
        failing = state in {JobState.FAILED, JobState.CANCELLED}
        return Job(
            vendor=vendor.conn_type,
            id=job_id,
            state=state or JobState.RUNNING,
            status=status,
            counters=counters,
            error=self._error(value) if failing else None,
            outputs=_outputs(value, outputs) if outputs else {},
            share=None if percent is None else _share(percent.whole(value)),
            retry_after=pause,
            **records,
            **times,
        )

    def _error(self, value: object) -> str | None:
        places = (reason for at in self.vendor.expressions.error for reason in at.all(value))
        found = (one for reason in places for one in (reason if isinstance(reason, list) else [reason]))
        reasons = [r if isinstance(r, str) else self._words(r) for r in found if isinstance(r, (str, dict))]
        said = "; ".join(dict.fromkeys(filter(None, reasons)))
        return clean(self._redact(QUERY.sub(r"\1?…", said))) or None

    def _state_of(self, word: str) -> JobState | None:
        return word if isinstance(word, JobState) else self.vendor.state_of(word, self.account.states)

    def _words(self, body: object) -> str:
        return words(self.account, body, self.secrets)

    def _redact(self, text: str) -> str:
        return self.account.redact(text, self.secrets)


def _pause(response: Response) -> float | None:
    return response.retry_after if "retry-after" in response.headers else None


def _outputs(value: object, declared: Iterable[tuple[str, Expression]]) -> dict[str, Any]:
    """Return what is there of the declared results; what is larger than an XCom should be is left out."""
    outputs = {}
    for name, at in declared:
        found = at.whole(value)
        if found is not None and len(json.dumps(found)) <= LARGEST_OUTPUT:
            outputs[name] = found
    return outputs


def _share(value: object) -> float | None:
    """Return the share that a percentage says, a number or the text of one."""
    if isinstance(value, str) and PERCENTAGE.fullmatch(value):
        value = float(value.rstrip("% "))
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < LARGEST_COUNT:
        return None
    return min(value / 100, 1.0)


def _count(value: object, lenient: bool) -> int | None:  # noqa: FBT001  one for each counter of each poll
    if lenient and isinstance(value, str) and DIGITS.fullmatch(value):
        value = int(value)
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


def _moment(job: object, places: Iterable[Expression], lenient: bool) -> pendulum.DateTime | None:  # noqa: FBT001
    """Return the first time that can be read."""
    for at in places:
        text = at.first(job)
        if lenient and (epoch := _epoch(text)) is not None:
            return epoch
        if isinstance(text, str) and len(text) <= LONGEST_MOMENT and (moment := _parsed(text)):
            return moment
    return None


def _epoch(value: object) -> pendulum.DateTime | None:
    """Return the time that a number of seconds or milliseconds since 1970 stands for; zero is none."""
    if isinstance(value, str) and DIGITS.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < LATEST_MILLISECOND:
        return None
    milliseconds = value if value >= FIRST_MILLISECOND else value * 1000
    return _since_1970(int(milliseconds // 1000), round(milliseconds % 1000 * 1000))


@lru_cache(maxsize=8192)
def _since_1970(seconds: int, microseconds: int) -> pendulum.DateTime:
    return pendulum.datetime(1970, 1, 1).add(seconds=seconds, microseconds=microseconds)


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
