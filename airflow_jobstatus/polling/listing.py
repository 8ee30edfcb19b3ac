"""Polls a vendor's list of jobs in place of many single polls, where that takes fewer requests."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Container, Coroutine, Sequence
from typing import Any

from airflow_jobstatus.polling.agenda import AT_ONCE, Agenda, Entry
from airflow_jobstatus.protocol.errors import CallError, PermanentError
from airflow_jobstatus.protocol.facts import Listing
from airflow_jobstatus.protocol.job import Job, JobState
from airflow_jobstatus.protocol.reader import Page
from airflow_jobstatus.protocol.vendor import Vendor
from airflow_jobstatus.waiting.schedule import spread
from airflow_jobstatus.waiting.wait import Source

log = logging.getLogger(__name__)

FIRST_PAUSE = 5.0
"""Seconds without list polls after a list that could not be had; they double as long as it cannot."""
SINGLE_EVERY = 300.0
"""Seconds without news from the list, half as many again for some, after which a job is polled singly: a list
may lag, and say for ever that a job goes on."""
PAUSE_AFTER_NONSENSE = 600.0
"""Seconds without list polls after a list of no use: refused, of another shape, or without our jobs; or after
one that spared no request, unless many more jobs are due."""
SPARE_PAGES = 3
LARGER = 2
"""How many times as many jobs must be due before a list that spared no request is tried again."""
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
    :param clock: Seconds since the epoch.
    :param steady: Seconds that never run backwards.
    """

    def __init__(  # noqa: PLR0913  what it reads, what it passes on, and two clocks
        self,
        agenda: Agenda,
        source: Source,
        *,
        read: ReadPage,
        deliver: Deliver,
        clock: Callable[[], float],
        steady: Callable[[], float],
    ) -> None:
        self._agenda = agenda
        self._source = source
        self._read = read
        self._deliver = deliver
        self._clock = clock
        self._steady = steady
        self._pages = 0
        self._pause = FIRST_PAUSE
        self._off_until = -math.inf
        self._not_before = -math.inf
        self._too_few = 0  # jobs for which the list spared no request
        self._too_few_until = -math.inf

    def batch(self, first: Entry, now: float) -> list[Entry]:
        """Return the jobs that one list poll should cover; none if single polls are cheaper.

        They are those that are due before the first one is due again. A list may lag, so it only brings good
        news: a job is polled singly at its last poll, when it should have ended, and when the list has had no
        news of it for long.

        :param first: The job that is due first.
        :param now: Seconds since the epoch.
        """
        steady = self._steady()
        reach = self._reach(len(self._agenda))

        def may_be_listed(entry: Entry) -> bool:
            return (
                entry.due is not None
                and (entry.unlisted_until <= steady or entry.unlisted_to < reach)
                and now < entry.single_at
                and max(entry.due, now) < entry.last_poll
            )

        if self._not_before > steady or not may_be_listed(first) or not self._pays(len(self._agenda), steady):
            return []
        period = first.interval(now)
        batch = [
            entry
            for entry in self._agenda
            if entry.due is not None and entry.due <= now + period and may_be_listed(entry)
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
            await self._read_pages(wanted)
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
                    is_bad_news = entry.single_at == -math.inf
                    self._agenda.put(entry, self._clock() if is_bad_news else places[entry.job_id])

    async def _read_pages(self, wanted: dict[str, Entry]) -> None:
        """Read the list until no job is wanted any more, or going on is of no use.

        :param wanted: The jobs that are wanted, by id; those that are found are taken out.
        """
        vendor = self._source.vendor
        listing = vendor.listing
        if listing is None:
            return
        jobs, found, useful = len(wanted), 0, 1
        seen: set[str] = set()
        place: str | None = None
        for number in range(1, self._reach(len(self._agenda)) + 1):
            page = await self._read(wanted, place)
            if not isinstance(page, Page):
                self._back_off(page)
                return
            if shown := await self._pass_on(page, wanted):
                found, useful = found + shown, number
            place = _next_place(listing, page, number)
            at_end = place is None or page.ids <= seen
            if not wanted or at_end:
                break
            seen |= page.ids
        self._pages = useful
        self._pause = FIRST_PAUSE
        until = self._steady() + PAUSE_AFTER_NONSENSE
        for entry in wanted.values():
            entry.unlisted_until, entry.unlisted_to = until, math.inf if at_end else number
        if at_end and not found:
            self._off_until = until
        elif found <= number:
            self._too_few, self._too_few_until = jobs, until

    async def _pass_on(self, page: Page, wanted: dict[str, Entry]) -> int:
        """Pass on a page's good news, a hundred jobs at a time; single polls check the bad, and are the last.

        :returns: how many of the jobs that were wanted the page shows.
        """
        number = 0
        for number, job in enumerate(page.jobs, 1):
            is_last_poll = not job.state.is_terminal and wanted[job.id].last_poll <= self._clock()
            if _is_good_news(self._source.vendor, job) and not is_last_poll:
                self._found(wanted.pop(job.id), job)
            else:
                wanted[job.id].single_at = -math.inf
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)
        return number

    def _found(self, entry: Entry, job: Job) -> None:
        """Pass on what the list shows of a job, unless that is behind what is known of it."""
        known = entry.state.job if entry.waiters else None
        self._deliver(entry, job if known is None or not _is_behind(job, known) else known)
        if not entry.waiters:
            return
        state, now = entry.state, self._clock()
        if state.moved_at == state.polled_at or entry.single_at == math.inf:
            entry.single_at = now + SINGLE_EVERY * (1 + spread(entry.job_id, 0) / 2)
        if state.expected_at is not None:
            entry.expected_at = state.expected_at
        elif now > entry.expected_at:
            entry.single_at, entry.expected_at = now, math.inf

    def _pays(self, jobs: int, now: float) -> bool:
        """Return whether a list poll takes fewer requests than a poll of each job."""
        listing = self._source.vendor.listing
        if listing is None or now < self._off_until:
            return False
        if now < self._too_few_until and jobs < LARGER * self._too_few:
            return False
        return jobs > max(self._pages, math.ceil(jobs / listing.page_size))

    def _reach(self, jobs: int) -> int:
        """Return how many pages a list poll reads at the most, while so many jobs are waited for."""
        listing = self._source.vendor.listing
        least = 0 if listing is None else 2 * math.ceil(jobs / listing.page_size)
        return max(self._pages, least) + SPARE_PAGES

    def _back_off(self, error: CallError | None) -> None:
        if error is None or error.http_status == TOO_MANY_REQUESTS:
            return
        pause = PAUSE_AFTER_NONSENSE if isinstance(error, PermanentError) else self._pause
        self._off_until = self._steady() + pause
        self._pause = min(2 * self._pause, PAUSE_AFTER_NONSENSE)


def _is_good_news(vendor: Vendor, job: Job) -> bool:
    """Return whether what a list shows of a job needs no poll of the job itself."""
    if job.state is JobState.SUCCEEDED:
        has_counters = vendor.records.counters.keys() <= job.counters.keys()
        return has_counters and vendor.outputs.keys() <= job.outputs.keys()
    return not job.state.is_terminal


def _is_behind(job: Job, known: Job) -> bool:
    """Return whether a list shows an earlier state of a job than the one that is known."""
    if job.state is JobState.PENDING and known.state is JobState.RUNNING:
        return True
    return not job.state.is_terminal and (job.progress or 0) < (known.progress or 0)


def _next_place(listing: Listing, page: Page, number: int) -> str | None:
    """Return the place of the next page, None if this was the last."""
    if listing.cursor is not None:
        return page.cursor
    return str(number * listing.page_size) if page.size == listing.page_size else None
