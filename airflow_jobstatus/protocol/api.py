"""The calls of one vendor with one account, as flows that any transport can carry."""

from __future__ import annotations

import time
from collections.abc import Container
from typing import Any
from uuid import uuid4

from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.answer import read_object
from airflow_jobstatus.protocol.bounds import LARGEST_PAGE_ANSWER
from airflow_jobstatus.protocol.call import Caller
from airflow_jobstatus.protocol.errors import InvalidTargetError, UnsupportedError
from airflow_jobstatus.protocol.facts import REFUSALS
from airflow_jobstatus.protocol.fetching import Fetch, Fetched
from airflow_jobstatus.protocol.file import Target
from airflow_jobstatus.protocol.http import Flow, is_success
from airflow_jobstatus.protocol.job import Job
from airflow_jobstatus.protocol.job_id import checked_job_id
from airflow_jobstatus.protocol.reader import Page, Reader
from airflow_jobstatus.protocol.signing import Clock, Signature
from airflow_jobstatus.protocol.submission import Submission, Submitted
from airflow_jobstatus.protocol.vendor import Vendor, fill, fill_body

PROBED_ID = "airflow-connection-test"
OK = 200


class Api:
    """The calls of one vendor with one account, and the state of being signed in.

    :param account: The account, which knows its vendor.
    :param clock: Seconds that never run backwards, by which tokens age; Python's monotonic clock by default.
    """

    def __init__(self, account: Account, clock: Clock = time.monotonic) -> None:
        self.account = account
        self._caller = Caller(account, clock)
        self.is_proven = False
        """Whether a poll, of a job or of the list, had a good answer: host and credential are right."""

    @property
    def vendor(self) -> Vendor:
        """The declaration of the account's vendor."""
        return self.account.vendor

    def get_job(self, job_id: str) -> Flow[Job]:
        """Poll one job.

        :param job_id: The id; percent-encoded whole.
        :returns: the job.
        :raises InvalidJobIdError: before any call, if the id cannot name a job.
        :raises TransientError: if a later poll may well succeed.
        :raises PermanentError: if it would see the same.
        """
        job_id = checked_job_id(job_id)
        vendor = self.vendor
        body = None if vendor.template is None else fill_body(vendor.template, job_id)
        response = yield from self._caller.call(vendor.method, fill(vendor.path, job_id), job_id, body)
        job = self._reader.read_job(job_id, response)
        self.is_proven = True
        return job

    def list_jobs(self, wanted: Container[str], *, place: str | None = None) -> Flow[Page]:
        """Read one page of the list of jobs.

        :param wanted: The ids of the jobs that matter.
        :param place: The cursor or the offset of the page; None for the first.
        :raises UnsupportedError: if the vendor does not list jobs.
        :raises CallError: as :meth:`get_job`.
        """
        listing = self.vendor.listing
        if listing is None:
            raise UnsupportedError(f"{self.vendor.name} does not list jobs")
        response = yield from self._caller.call(
            "GET", listing.page_path(place), None, limit=LARGEST_PAGE_ANSWER
        )
        page = self._reader.read_page(listing, wanted, response)
        self.is_proven = True
        return page

    def cancel(self, job_id: str) -> Flow[bool]:
        """Ask the vendor to cancel a job.

        :param job_id: The id; percent-encoded whole.
        :returns: whether it will; False if the job has ended already.
        :raises InvalidJobIdError: before any call, if the id cannot name a job.
        :raises UnsupportedError: if the vendor has no such call.
        :raises CallError: if the call failed.
        """
        cancel = self.vendor.cancel
        if cancel is None:
            raise UnsupportedError(f"{self.vendor.name} has no call that cancels a job")
        job_id = checked_job_id(job_id)
        body = None if cancel.template is None else fill_body(cancel.template, job_id)
        path = fill(cancel.path, job_id)
        response = yield from self._caller.call(cancel.method, path, job_id, body, once=True)
        if response.status in cancel.ended_codes:
            return False
        if not is_success(response.status):
            read_object(self.account, response, during="cancel", job_id=job_id, secrets=self._caller.hidden)
        return True

    def submit(self, payload: Any, idempotency_key: str | None = None) -> Flow[Submitted]:
        """Submit a job.

        :param payload: What the vendor is to do: a JSON object or list, or the JSON text of one.
        :param idempotency_key: What names this submission: with the same key and payload it may be made
            again, where the vendor allows that. A new one by default.
        :raises InvalidSubmissionError: before any call, if payload or key cannot be submitted.
        :raises UnsupportedError: if the vendor has no such call.
        :raises MaybeSubmittedError: if a job may have been submitted, but nobody knows.
        :raises CallError: if no job was.
        """
        if self.vendor.submit is None:
            raise UnsupportedError(f"{self.vendor.name} has no call that submits a job")
        submission = Submission(self._caller, self.vendor.submit, idempotency_key or str(uuid4()))
        return (yield from submission.run(payload))

    def fetch(self, job_id: str, target: Target, format_: str | None = None) -> Flow[Fetched]:
        """Fetch the results of a job.

        :param job_id: The id; percent-encoded whole.
        :param target: Where they are written.
        :param format_: The name of their format, which the vendor has to offer; its usual one by default.
        :raises InvalidJobIdError: before any call, if the id cannot name a job.
        :raises InvalidTargetError: before any call, if the vendor does not offer the format.
        :raises UnsupportedError: if the vendor declares no results.
        :raises NotReadyError: if they are not there yet.
        :raises CallError: if they cannot be had.
        """
        results = self.vendor.results
        if results is None:
            raise UnsupportedError(f"{self.vendor.name} has no call that gets the results of a job")
        wanted = format_ or next(iter(results.formats))
        if wanted not in results.formats:
            offered = " or ".join(results.formats)
            raise InvalidTargetError(f"format is {wanted!r:.60}; {self.vendor.name} offers {offered}")
        fetch = Fetch(
            self._caller,
            results,
            job_id=checked_job_id(job_id),
            get_job=self.get_job,
            target=target,
            format_=wanted,
        )
        return (yield from fetch.run())

    def probe(self) -> Flow[None]:
        """Make one cheap authorised call, to see that host and credential are right.

        :raises CallError: if they are not, or the vendor is out of reach.
        """
        vendor, probe = self.vendor, self.vendor.probe
        if probe is None:  # a job that is not there; the least that can be seen is that nobody is turned away
            body = None if vendor.template is None else fill_body(vendor.template, PROBED_ID)
            response = yield from self._caller.call(vendor.method, fill(vendor.path, PROBED_ID), None, body)
            if response.status not in {*REFUSALS, OK}:
                return  # a success has to be JSON besides: a login page is no answer of an API
        else:
            response = yield from self._caller.call("GET", probe.path, None, limit=LARGEST_PAGE_ANSWER)
            if response.status in probe.codes and response.is_json_object:
                return
        read_object(
            self.account,
            response,
            during="connection test",
            secrets=self._caller.hidden,
            any_json=vendor.lenient,
        )

    def sign(self) -> Flow[Signature]:
        """Return what signs a request to this account; sign in first where that is needed.

        :raises CallError: if signing in takes a call, and that fails.
        """
        return (yield from self._caller.sign())

    def knows(self, status: str) -> bool:
        """Return whether a status word has a meaning, declared or taught by the connection.

        :param status: The vendor's word.
        """
        return self.vendor.state_of(status, self.account.states) is not None

    def page_of(self, job_id: str) -> str | None:
        """Return the URL of a job's page for people, None where there is none.

        :param job_id: The job's id.
        """
        return self.account.page_of(job_id)

    @property
    def _reader(self) -> Reader:
        return Reader(self.account, self._caller.hidden)
