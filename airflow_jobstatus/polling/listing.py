"""Reads a vendor's list of jobs in place of many single polls, where that takes fewer requests."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Sized

from airflow_jobstatus.protocol.errors import CallError, PermanentError
from airflow_jobstatus.protocol.job import Job
from airflow_jobstatus.protocol.reader import Page
from airflow_jobstatus.protocol.vendor import Listing, Vendor

FIRST_PAUSE = 5.0
"""Seconds without sweeps after a list that could not be had; they double as long as it cannot."""
PAUSE_AFTER_NONSENSE = 600.0
"""Seconds without sweeps after a list that is of no use: refused, of another shape, or without our jobs."""
SPARE_PAGES = 3
TOO_MANY_REQUESTS = 429

ReadPage = Callable[[str | None], Awaitable[Page | CallError | None]]
"""Reads the page at a place; None where it must not be asked for now."""
TakePage = Callable[[Page], None]


class Sweeper:
    """Decides when the list is worth reading, and reads it.

    :param vendor: The vendor's declaration.
    """

    def __init__(self, vendor: Vendor) -> None:
        self._listing = vendor.listing
        self._counters = frozenset(vendor.records.counters)
        self._pages = 0
        self._off_until = -math.inf
        self._pause = FIRST_PAUSE

    def pays(self, jobs: int, now: float) -> bool:
        """Tell whether reading the list takes fewer requests than polling each job.

        :param jobs: How many jobs are to be polled.
        :param now: Seconds that never run backwards.
        """
        if self._listing is None or now < self._off_until:
            return False
        return jobs > max(self._pages, math.ceil(jobs / self._listing.page_size))

    def tells_all(self, job: Job) -> bool:
        """Tell whether a job from a list tells as much as a poll of it would."""
        return not job.state.is_terminal or self._counters <= job.counters.keys()

    async def sweep(self, wanted: Sized, read: ReadPage, take: TakePage, clock: Callable[[], float]) -> bool:
        """Read the list until no job is wanted any more, or there is no use in going on.

        :param wanted: The ids that are looked for; whoever takes the pages takes them out.
        :param read: Reads one page.
        :param take: Takes one page.
        :param clock: Seconds that never run backwards.
        :returns: whether the list was read as far as it is of use; False if it could not be.
        """
        listing = self._listing
        if listing is None:
            return False
        jobs, found, useful = len(wanted), 0, 1
        seen: set[str] = set()
        place: str | None = None
        most = max(self._pages, 2 * math.ceil(jobs / listing.page_size)) + SPARE_PAGES
        for number in range(1, most + 1):
            page = await read(place)
            if not isinstance(page, Page):
                self._fault(page, clock())
                return False
            found += len(page.jobs)
            useful = number if page.jobs else useful
            take(page)
            place = _next_place(listing, page, number)
            if not wanted or place is None or page.ids <= seen:
                break
            seen |= page.ids
        self._pages = useful
        self._pause = FIRST_PAUSE
        if found <= number:
            self.give_up(clock())
        return True

    def give_up(self, now: float) -> None:
        """Read the list no more for a good while.

        :param now: Seconds that never run backwards.
        """
        self._off_until = now + PAUSE_AFTER_NONSENSE

    def _fault(self, error: CallError | None, now: float) -> None:
        if error is None or error.http_status == TOO_MANY_REQUESTS:
            return
        pause = PAUSE_AFTER_NONSENSE if isinstance(error, PermanentError) else self._pause
        self._off_until = now + pause
        self._pause = min(2 * self._pause, PAUSE_AFTER_NONSENSE)


def _next_place(listing: Listing, page: Page, number: int) -> str | None:
    """Return the place of the next page, None if this was the last."""
    if listing.cursor is not None:
        return page.cursor
    return str(number * listing.page_size) if page.size == listing.page_size else None
