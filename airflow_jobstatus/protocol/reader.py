"""Reads a job out of a vendor's answer; nothing but declared fields ever leaves the body."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.answer import excerpt, in_words, read_object
from airflow_jobstatus.protocol.bounds import LARGEST_PAGE, LONGEST_SAID, LONGEST_WORD
from airflow_jobstatus.protocol.errors import PermanentError, TransientError
from airflow_jobstatus.protocol.expressions import WHOLE, is_true
from airflow_jobstatus.protocol.facts import Listing
from airflow_jobstatus.protocol.http import NotJsonError, Response
from airflow_jobstatus.protocol.job import Job, JobState
from airflow_jobstatus.protocol.text import Secrets, visible
from airflow_jobstatus.protocol.values import count_of, moment_of, outputs_of, records_of, share_of, word_of
from airflow_jobstatus.protocol.vendor import Vendor, normal
from airflow_jobstatus.protocol.words import said, secrets_of, words_of

HEX = re.compile(r"[0-9a-f-]+", re.IGNORECASE | re.ASCII)
"""An id in hexadecimal digits, such as a UUID."""
MOST_REASONS = 20
"""How many reasons of one kind are read: the shown ones fill a line much sooner."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """What one page of a vendor's list shows.

    :param jobs: The jobs that mattered; each is read when it is asked for, as there may be thousands.
    :param ids: The ids of all jobs on the page.
    :param size: How many entries the page has.
    :param cursor: The cursor of the next page, None where there is none.
    """

    jobs: Iterator[Job]
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
        if (word := vendor.http_states.get(response.status)) is not None and (
            job := self._declared(job_id, response, word)
        ):
            return job
        body = read_object(
            self.account, response, job_id=job_id, secrets=self.secrets, any_json=vendor.lenient
        )
        if vendor.expressions.transient is not None and self._is_no_answer(body):
            del body
            raise self._transient(job_id, response, "that is no answer yet")
        value = vendor.expressions.job.first(body)
        foreign = self._is_foreign(job_id, value)
        if not foreign and (job := self._job(job_id, value, body, _pause(response))):
            return job
        del body, value  # the error is raised from here, and a log may show what stands here
        raise self._foreign(job_id, response) if foreign else self._no_job(job_id, response)

    def _declared(self, job_id: str, response: Response, word: str) -> Job | None:
        """Return the job of an answer whose code has a meaning, None if it is to be read as any other.

        A status word in the body that is known wins over the code. Without one the code counts where the
        expression of the job proves that the body is one. Where nothing proves it, the body may be empty, a
        plain text, or words for people; then a code means no ended job, and nothing at all to a lenient
        vendor unless the body is an object.

        :raises TransientError: if the body is a page, foreign JSON, or that of another job.
        """
        vendor = self.vendor
        try:
            body = response.json()
        except NotJsonError:
            body = None
        if self._is_no_answer(body):
            return None
        value = vendor.expressions.job.first(body) if vendor.lenient or isinstance(body, dict) else None
        if self._is_foreign(job_id, value):
            del body, value
            raise self._foreign(job_id, response)
        pause = _pause(response)
        job = self._job(job_id, value, body, pause)
        if job is not None and vendor.state_of(job.status, self.account.states):
            return job
        state = word if isinstance(word, JobState) else vendor.state_of(word, self.account.states)
        state = state or JobState.RUNNING
        if vendor.job == WHOLE or not is_true(value):
            if state.is_terminal if not vendor.lenient else not (is_true(value) and isinstance(value, dict)):
                return None
            if (body is None and b"<" in response.body) or (job is None and body and not words_of(body)):
                del body, value
                raise self._transient(job_id, response, "with a body that shows no job")
        return self._read(job_id, value, body, status=str(word), state=state, pause=pause)

    def _is_no_answer(self, body: object) -> bool:
        """Return whether a body is declared to be none, such as that of a throttled query."""
        at = self.vendor.expressions.transient
        return at is not None and is_true(at.whole(body))

    def _transient(self, job_id: str, response: Response, what: str) -> TransientError:
        return TransientError(
            self.vendor.name,
            f"HTTP {response.reason} {what}: {self._shown(response)}",
            job_id=job_id,
            http_status=response.status,
            retry_after=response.retry_after,
        )

    def _no_job(self, job_id: str, response: Response) -> PermanentError:
        vendor, status = self.vendor, self.vendor.expressions.status[0].text
        root = "" if vendor.job == WHOLE else f" in the job at {vendor.job!r}"
        shown = self._shown(response)
        reason = f"HTTP {response.reason} without a job: nothing at {status!r}{root} in the answer ({shown})"
        what = (
            "the connection's host, and status and job in its extra"
            if vendor.lenient
            else "the connection's host"
        )
        return PermanentError(
            vendor.name,
            f"{reason}; check {what}, see {vendor.docs}",
            job_id=job_id,
            http_status=response.status,
            from_vendor=False,  # the vendor answers with a code of its own where it refuses a job
        )

    def _is_foreign(self, job_id: str, value: object) -> bool:
        """Return whether a job is another than the one asked for, where the vendor's jobs have an id."""
        at = self.vendor.expressions.id
        if at is None or (found := at.first(value)) is None or found == job_id:
            return False
        if isinstance(found, float) and found.is_integer():
            found = int(found)
        if isinstance(found, bool) or not isinstance(found, (str, int)):
            return False
        shown = visible(str(found)).strip()
        if HEX.fullmatch(job_id):  # some servers write it in the other case
            return shown.casefold() != job_id.casefold()
        return shown != job_id

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
        mattering: dict[str, object] = {}
        ids: set[str] = set()
        for entry in entries[:LARGEST_PAGE]:
            job_id = listing.id_of(entry)
            if job_id is not None and job_id not in ids:
                ids.add(job_id)
                if job_id in wanted:
                    mattering[job_id] = entry
        return Page(
            jobs=self._jobs(mattering),
            ids=frozenset(ids),
            size=len(entries),
            cursor=listing.next_cursor(body),
        )

    def _jobs(self, entries: Mapping[str, object]) -> Iterator[Job]:
        for job_id, entry in entries.items():
            if not self._is_foreign(job_id, entry) and (job := self._job(job_id, entry, entry)):
                yield job

    def _job(self, job_id: str, value: object, body: object, pause: float | None = None) -> Job | None:
        """Return the job that a JSON value shows, None if it has no status."""
        vendor = self.vendor
        if vendor.lenient and not is_true(value):
            return None
        status = next(filter(None, (word_of(at.first(value)) for at in vendor.expressions.status)), "")
        if not status:
            return None
        state = vendor.state_of(status, self.account.states)
        if state is None:
            if vendor.guesses and len(status) <= LONGEST_WORD:
                state = vendor.guesses.get(normal(status))
            status = self.secrets.ours(status, LONGEST_WORD)
        return self._read(job_id, value, body, status=status, state=state or JobState.RUNNING, pause=pause)

    def _read(  # noqa: PLR0913  what there is to know of a job before its body
        self, job_id: str, value: object, body: object, *, status: str, state: JobState, pause: float | None
    ) -> Job:
        """Return the job that a JSON value shows, its state known."""
        vendor, lenient = self.vendor, self.vendor.lenient
        counts = {name: count_of(at.first(value), lenient) for name, at in vendor.records.expressions.items()}
        counters = {name: count for name, count in counts.items() if count is not None}
        records: dict[str, Any] = records_of(vendor.records, counters)
        times: dict[str, Any] = {
            name: moment_of(value, places, lenient) for name, places in vendor.expressions.times
        }
        percent, outputs = vendor.expressions.percent, vendor.expressions.outputs
        failing = state in {JobState.FAILED, JobState.CANCELLED}
        return Job(
            vendor=vendor.conn_type,
            id=job_id,
            state=state,
            status=status,
            counters=counters,
            error=self._error(value, body) if failing else None,
            outputs=outputs_of(value, outputs, self.secrets) if outputs else {},
            share=None if percent is None else share_of(percent.whole(value)),
            retry_after=pause,
            **records,
            **times,
        )

    def _error(self, value: object, body: object) -> str | None:
        secrets = self.secrets | secrets_of(body)
        reasons: list[str] = []
        places = (reason for at in self.vendor.expressions.error for reason in at.all(value)[:MOST_REASONS])
        for reason in (
            one for found in places for one in (found[:MOST_REASONS] if isinstance(found, list) else [found])
        ):
            reasons.append(reason if isinstance(reason, str) else said(secrets, reason))
            if sum(map(len, reasons)) > LONGEST_SAID:  # no more of them is read, let alone shown
                break
        return secrets.ours("; ".join(dict.fromkeys(filter(None, reasons)))) or None


def _pause(response: Response) -> float | None:
    return response.retry_after if "retry-after" in response.headers else None
