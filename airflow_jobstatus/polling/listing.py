"""Polls a vendor's list of jobs in place of many single polls, where that takes fewer requests."""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable, Container, Coroutine, Sequence
from typing import Any

from airflow_jobstatus.polling.agenda import Agenda, Entry
from airflow_jobstatus.protocol.errors import CallError, PermanentError
from airflow_jobstatus.protocol.job import Job
from airflow_jobstatus.protocol.reader import Page
from airflow_jobstatus.protocol.vendor import Listing, Vendor
from airflow_jobstatus.waiting.wait import Source

log = logging.getLogger(__name__)

FIRST_PAUSE = 5.0
"""Seconds without list polls after a list that could not be had; they double as long as it cannot."""
PAUSE_AFTER_NONSENSE = 600.0
"""Seconds without list polls after a list of no use: refused, of another shape, or without our jobs."""
SPARE_PAGES = 3
TOO_MANY_REQUESTS = 429

ReadPage = Callable[[Container[str], str | None], Awaitable[Page | CallError | None]]
"""Reads the page at a place, for some jobs; returns None where the account pauses."""
Deliver = Callable[[Entry, Job], None]
"""Passes on what was seen of a job."""


class ListPoller:
    """Decides when the list is worth a poll, and polls it.

    :param agenda: The jobs of the account.
    :param source: The account, which knows its vendor.
    :param read: Reads one page.
    :param deliver: Passes on what was seen of a job.
    :param steady: Seconds that never run backwards.
    """

    def __init__(
        self,
        agenda: Agenda,
        source: Source,
        *,
        read: ReadPage,
        deliver: Deliver,
        steady: Callable[[], float],
    ) -> None:
        self._agenda = agenda
        self._source = source
        self._read = read
        self._deliver = deliver
        self._steady = steady
        self._pages = 0
        self._pause = FIRST_PAUSE
        self._off_until = -math.inf
        self._not_before = -math.inf

    def batch(self, first: Entry, now: float) -> list[Entry]:
        """Return the jobs that one list poll should cover; none if single polls are cheaper.

        They are those that are due before the first one is due again.

        :param first: The job that is due first.
        :param now: Seconds since the epoch.
        """
        steady = self._steady()
        if max(first.unlisted_until, self._not_before) > steady or not self._pays(len(self._agenda), steady):
            return []
        period = first.interval(now)
        batch = [
            entry
            for entry in self._agenda
            if entry.due is not None and entry.due <= now + period and entry.unlisted_until <= steady
        ]
        if self._pays(len(batch), steady):
            return batch
        self._not_before = steady + period / 4
        return []

    def poll(self, batch: Sequence[Entry]) -> Coroutine[Any, Any, None]:
        """Take many jobs at once, and return what polls them by the list.

        A job that the list does not show keeps its place for a single poll.

        :param batch: The jobs.
        """
        return self._poll({entry.job_id: entry for entry in batch}, [*map(self._agenda.take, batch)])

    async def _poll(self, wanted: dict[str, Entry], due: Sequence[float]) -> None:
        places = dict(zip(wanted, due, strict=True))
        try:
            if await self._read_pages(wanted):
                for entry in wanted.values():
                    entry.unlisted_until = self._steady() + PAUSE_AFTER_NONSENSE
        except Exception as error:  # noqa: BLE001  single polls show what there is to show
            self._off_until = self._steady() + PAUSE_AFTER_NONSENSE
            log.warning(
                "%s's list of jobs cannot be read, each job is polled singly (%s)",
                self._source.vendor.name,
                type(error).__name__,
            )
        finally:
            for entry in wanted.values():
                if entry.waiters:
                    self._agenda.put(entry, places[entry.job_id])

    async def _read_pages(self, wanted: dict[str, Entry]) -> bool:
        """Read the list until no job is wanted any more, or going on is of no use.

        :param wanted: The jobs that are wanted, by id; those that are found are taken out.
        :returns: whether the list was read as far as it is of use; False if it could not be.
        """
        vendor = self._source.vendor
        listing = vendor.listing
        if listing is None:
            return False
        jobs, found, useful = len(wanted), 0, 1
        seen: set[str] = set()
        place: str | None = None
        most = max(self._pages, 2 * math.ceil(jobs / listing.page_size)) + SPARE_PAGES
        for number in range(1, most + 1):
            page = await self._read(wanted, place)
            if not isinstance(page, Page):
                self._back_off(page)
                return False
            found += len(page.jobs)
            useful = number if page.jobs else useful
            for job_id, job in page.jobs.items():
                if _is_whole(vendor, job):
                    self._deliver(wanted.pop(job_id), job)
            place = _next_place(listing, page, number)
            if not wanted or place is None or page.ids <= seen:
                break
            seen |= page.ids
        self._pages = useful
        self._pause = FIRST_PAUSE
        if found <= number:
            self._off_until = self._steady() + PAUSE_AFTER_NONSENSE
        return True

    def _pays(self, jobs: int, now: float) -> bool:
        """Return whether a list poll takes fewer requests than a poll of each job."""
        listing = self._source.vendor.listing
        if listing is None or now < self._off_until:
            return False
        return jobs > max(self._pages, math.ceil(jobs / listing.page_size))

    def _back_off(self, error: CallError | None) -> None:
        if error is None or error.http_status == TOO_MANY_REQUESTS:
            return
        pause = PAUSE_AFTER_NONSENSE if isinstance(error, PermanentError) else self._pause
        self._off_until = self._steady() + pause
        self._pause = min(2 * self._pause, PAUSE_AFTER_NONSENSE)


def _is_whole(vendor: Vendor, job: Job) -> bool:
    """Return whether a job from a list shows as much as a poll of it would."""
    return not job.state.is_terminal or vendor.counters.keys() <= job.counters.keys()


def _next_place(listing: Listing, page: Page, number: int) -> str | None:
    """Return the place of the next page, None if this was the last."""
    if listing.cursor is not None:
        return page.cursor
    return str(number * listing.page_size) if page.size == listing.page_size else None
