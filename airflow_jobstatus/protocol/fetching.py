"""Fetches the results of a job: a file, the file behind a link, or pages of records."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from airflow_jobstatus.protocol.answer import excerpt, read_object
from airflow_jobstatus.protocol.bounds import LARGEST_PAGE_ANSWER, LONGEST_REPEAT_PAUSE, MOST_PAGES
from airflow_jobstatus.protocol.call import Caller, naming
from airflow_jobstatus.protocol.errors import NotReadyError, PermanentError, TransientError, TransportError
from airflow_jobstatus.protocol.file import (
    HTML,
    PARTIAL,
    File,
    FileLink,
    LinkRefusedError,
    Target,
    is_whole,
    media_type,
)
from airflow_jobstatus.protocol.http import REDIRECTS, Flow, resolved
from airflow_jobstatus.protocol.job import Job
from airflow_jobstatus.protocol.results import LINES, Results
from airflow_jobstatus.protocol.vendor import fill

T = TypeVar("T")
BACKOFFS = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds before each repetition: results may be a minute behind their job, and nothing is done twice."""


@dataclass(frozen=True)
class Fetched:
    """Results that were written.

    :param format: The name of their format.
    :param records: How many records they are, None for a file that nobody looked into.
    """

    format: str
    records: int | None


class Fetch:
    """Fetches the results of one job.

    :param caller: Makes the calls.
    :param results: What the vendor declares.
    :param job_id: The job.
    :param get_job: Polls it.
    :param target: Where the results are written.
    :param format_: The name of a format, one of those declared.
    """

    def __init__(  # noqa: PLR0913  what is fetched, through whom, and where it goes
        self,
        caller: Caller,
        results: Results,
        *,
        job_id: str,
        get_job: Callable[[str], Flow[Job]],
        target: Target,
        format_: str,
    ) -> None:
        self._caller = caller
        self._results = results
        self._job_id = job_id
        self._get_job = get_job
        self._target = target
        self._format = format_
        self._accepts = results.formats[format_]

    def run(self) -> Flow[Fetched]:
        """Fetch the results; the target has them all then, and nothing else.

        :raises NotReadyError: if they are not there yet, though asked for again and again for a minute.
        :raises CallError: if they cannot be had.
        """
        page = yield from _repeated(self._find_and_open)
        if page is None:
            return Fetched(self._format, None)
        return Fetched(LINES, (yield from self._write_pages(page)))

    def _find_and_open(self) -> Flow[dict[str, Any] | None]:
        """Write the file, or return the first page of records; ask once more for a link that is refused.

        A download that breaks off is begun anew from here, for its link may have expired meanwhile.
        """
        file = FileLink(self._caller, self._job_id, self._target)
        found = yield from self._find()
        if isinstance(found, str):
            try:
                yield from file.open(found)
            except LinkRefusedError:
                found = yield from self._find()
            else:
                return None
        if isinstance(found, str):
            yield from file.open(found)
            return None
        return found

    def _find(self) -> Flow[str | dict[str, Any] | None]:
        """Return the link to the file, or the first page of records; None where the answer was the file."""
        if self._results.output is not None:
            job = yield from self._get_job(self._job_id)
            link = job.outputs.get(self._results.output)
            if not isinstance(link, str) or not link:
                raise self._not_ready(f"the job, which is {job.status}, has no link to them")
            return link
        self._target.begin()
        body = yield from self._ask(None)
        if not isinstance(body, dict):
            return body
        found = self._results.link_in(body)
        if found == "":
            raise self._not_ready("the link to them is empty")
        return found or body

    def _ask(self, cursor: str | None) -> Flow[str | dict[str, Any] | None]:
        """Make the call; return its JSON, or where it redirects to; None where the answer was the file."""
        path = self._results.page_path(fill(self._results.path or "", self._job_id), self._format, cursor)
        # Only the first answer may be the file: a later one would be written behind the records so far.
        file = File(self._target, self._results, accepts=self._accepts) if cursor is None else None
        request = self._caller.request("GET", path, None, limit=LARGEST_PAGE_ANSWER)
        request = replace(request.with_headers({"Accept": self._accepts}), into=file)
        account = self._caller.account
        with naming(account, self._job_id):
            response = yield from self._caller.exchange(request, until_away=True)
        if response.status in REDIRECTS:
            return resolved(request.url, response.location)
        if file is not None and file.takes(response.status, response.headers):
            return None
        if response.status in self._results.unready_codes:
            raise self._not_ready(f"HTTP {response.reason}", response.retry_after)
        if is_whole(response.status) and media_type(response.headers) == HTML:
            shown = excerpt(response.body, self._caller.hidden)
            raise self._refused(f"HTTP {response.reason} with a {shown} in their place")
        if response.status == PARTIAL:
            raise self._refused(f"HTTP {response.reason}, where all of them were asked for")
        body: dict[str, Any] = read_object(
            account, response, during="results", job_id=self._job_id, secrets=self._caller.hidden
        )
        return body

    def _write_pages(self, body: object) -> Flow[int]:
        written: int = 0
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            records = None if body is None else self._results.records_in(body)
            if records is None:
                raise self._refused("neither a link nor records are where they are declared to be")
            if self._format != LINES:
                raise self._refused(f"records came, where the format {self._format} was asked for")
            self._target.write("".join(map(_line, records)).encode("utf-8", "backslashreplace"))
            written += len(records)
            this = cursor
            try:
                cursor = self._results.cursor_in(body)
            except ValueError as error:
                raise self._refused(str(error)) from None
            if cursor is None:
                return written
            if cursor == this:
                raise self._refused("a page names itself as the next one")
            body = yield from _repeated(lambda at=cursor: self._ask(at))  # type: ignore[misc]
        raise self._refused(f"they have more than {MOST_PAGES} pages")

    def _not_ready(self, why: str, retry_after: float | None = None) -> NotReadyError:
        reason = f"its results are not there yet: {why}; wait for the job with JobStatusSensor first"
        vendor = self._caller.account.vendor.name
        return NotReadyError(vendor, reason, job_id=self._job_id, retry_after=retry_after)

    def _refused(self, why: str) -> PermanentError:
        return PermanentError(self._caller.account.vendor.name, f"results: {why}", job_id=self._job_id)


def _repeated(make: Callable[[], Flow[T]]) -> Flow[T]:
    """Do something again, with backoff, while that may go well later."""
    backoffs, pause = iter(BACKOFFS), 0.0
    while True:
        try:
            return (yield from _after(pause, make()))
        except TransientError as error:
            backoff = next(backoffs, None)
            if backoff is None:
                raise
            pause = error.retry_after or backoff
            if pause > LONGEST_REPEAT_PAUSE:
                raise


def _after(pause: float, flow: Flow[T]) -> Flow[T]:
    """Carry a flow on whose first request waits for some seconds."""
    try:
        request = next(flow)
        request = replace(request, delay=max(pause, request.delay))
        while True:
            try:
                response = yield request
            except TransportError as error:
                request = flow.throw(error)
            else:
                request = flow.send(response)
    except StopIteration as end:
        result: T = end.value
        return result


def _line(record: Any) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"
