"""Has the jobs of a batch polled for one wait, each in time for its deadline, until the wait ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from airflow_jobstatus.polling.agenda import Agenda, Waiter
from airflow_jobstatus.waiting.batch import BatchRun
from airflow_jobstatus.waiting.outcome import Outcome
from airflow_jobstatus.waiting.watch import GRACE, Watch


class Joining:
    """The jobs of one batch on the agenda of their account.

    :param run: The batch.
    :param agenda: The jobs of the account.
    :param ring: Has the agenda looked at, whatever is waited for.
    :param clock: Seconds since the epoch.
    :param steady: Seconds that never run backwards.
    """

    def __init__(
        self,
        run: BatchRun,
        agenda: Agenda,
        *,
        ring: Callable[[], None],
        clock: Callable[[], float],
        steady: Callable[[], float],
    ) -> None:
        self.ended: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        """How the wait for the batch ended."""
        self._run = run
        self._agenda = agenda
        self._ring = ring
        self._clock = clock
        self._steady = steady
        self._timers: dict[Waiter, list[asyncio.TimerHandle]] = {}

    def join(self, watch: Watch) -> None:
        """Have a job polled.

        :param watch: The wait for it.
        """
        waiter = Waiter(watch, lambda outcome: self._end(waiter, outcome), joined_at=self._steady())
        # Where more is due than may be asked for, a last poll goes first. It may come late, the end may not.
        left = max(0.0, watch.wait.deadline - self._clock())
        later = asyncio.get_running_loop().call_later
        self._timers[waiter] = [
            later(left, self._hurry, waiter),
            later(left + GRACE, lambda: self._agenda.expire(waiter, self._clock())),
        ]
        self._agenda.join(waiter, self._clock())

    def leave(self) -> None:
        """Have no job polled any more."""
        for waiter in [*self._timers]:
            self._cancel(waiter)
            self._agenda.leave(waiter)

    def _hurry(self, waiter: Waiter) -> None:
        self._agenda.hurry(waiter)
        self._ring()

    def _end(self, waiter: Waiter, outcome: Outcome | BaseException) -> None:
        self._cancel(waiter)
        if self.ended.done():
            return
        if isinstance(outcome, BaseException):
            self.ended.set_exception(outcome)
            return
        try:
            if (whole := self._run.end(waiter.watch.wait.job_id, outcome)) is not None:
                self.ended.set_result(whole)
        except Exception as error:  # noqa: BLE001  a log that fails must not stop the dispatcher
            self.ended.set_exception(error)

    def _cancel(self, waiter: Waiter) -> None:
        for timer in self._timers.pop(waiter, ()):
            timer.cancel()
