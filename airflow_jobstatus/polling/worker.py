"""Polls the jobs of one task from the worker, one after the other."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping
from typing import Protocol

from airflow_jobstatus.protocol.api import Api
from airflow_jobstatus.protocol.errors import CallError, JobStatusError, UnauthorizedError
from airflow_jobstatus.protocol.job import Job
from airflow_jobstatus.waiting.batch import Batch, BatchRun, Polled
from airflow_jobstatus.waiting.description import describe_cancellation
from airflow_jobstatus.waiting.log import Say
from airflow_jobstatus.waiting.outcome import Outcome
from airflow_jobstatus.waiting.state import WaitState
from airflow_jobstatus.waiting.wait import Wait
from airflow_jobstatus.waiting.watch import GRACE, Watch


class Hook(Protocol):
    """What polling from the worker needs of a hook."""

    conn_id: str

    @property
    def api(self) -> Api:
        """The vendor's calls with the connection's account."""

    def get_job(self, job_id: str) -> Job:
        """Poll one job."""

    def cancel_job(self, job_id: str) -> bool:
        """Ask the vendor to cancel a job."""

    def renew(self) -> bool:
        """Read the connection anew; return whether it has changed."""


class WorkerPoller:
    """Polls each job of one task through one hook.

    :param hook: The hook.
    :param batch: The jobs.
    :param wait: What was asked for.
    :param say: Takes log lines.
    :param states: What an earlier process of the same wait remembered of each job, by id.
    :param resumed: Whether an earlier process of the task has polled, and this one ends after its poll.
    :param polled: Is called after each poll, as :class:`BatchRun` says.
    """

    def __init__(  # noqa: PLR0913  what is polled, through whom, and who is told
        self,
        hook: Hook,
        batch: Batch,
        wait: Wait,
        *,
        say: Say,
        states: Mapping[str, WaitState],
        resumed: bool = False,
        polled: Polled | None = None,
    ) -> None:
        self.hook = hook
        self.batch = batch
        self.wait = wait
        self._say = say
        account = hook.api.account
        self._pause = 1 / (account.requests_per_second or hook.api.vendor.requests_per_second)
        self._run = BatchRun(
            batch,
            wait,
            hook.api,
            say=say,
            clock=time.time,
            states=states,
            resumed=resumed,
            polled=polled,
        )
        self._state = next(iter(self._run.watches.values())).state

    @property
    def state(self) -> WaitState:
        """Return what a wait for one job remembers."""
        return self._state

    @property
    def states(self) -> dict[str, WaitState]:
        """Return what the wait remembers of each job that has not ended, by id."""
        return {job_id: watch.state for job_id, watch in self._run.watches.items()}

    def poll(self, *, at_most: int | None = None) -> Outcome | None:
        """Poll each job that has not ended; return how that ends the wait, None if it goes on.

        A round that lasts beyond the deadline is followed by the last one at once: the wait ends here, not by
        Airflow's own timeout, which knows nothing of the jobs. A minute later no job is polled any more.

        :param at_most: How many jobs to poll; all by default.
        """
        outcome = self._round(at_most)
        if outcome is None and at_most is None and time.time() >= self.wait.deadline:
            outcome = self._round(None)
        return outcome

    def _round(self, at_most: int | None) -> Outcome | None:
        end = max(self.wait.deadline, time.time()) + GRACE  # a round that begins late has its minute too
        for number, (job_id, watch) in enumerate(list(self._run.watches.items())[:at_most]):
            if number:
                time.sleep(max(0.0, min(self._pause, end - time.time())))
            is_late = number > 0 and time.time() >= end
            ending = watch.expire(time.time()) if is_late else self._poll(watch)
            self._state = watch.state
            if ending is not None and (outcome := self._run.end(job_id, ending)):
                return outcome
        return None

    def next_poll(self, now: float) -> float:
        """Return when to poll next, in seconds since the epoch."""
        return min(watch.next_poll(now) for watch in self._run.watches.values())

    def cancel(self) -> None:
        """Cancel every job that has not ended, and log what became of it."""
        cancel_jobs(self.hook, self._run.watches, say=self._say)

    def _poll(self, watch: Watch) -> Outcome | None:
        began = time.monotonic()
        seen = self._seen(watch.wait.job_id)
        return watch.observe(seen, time.time(), took=time.monotonic() - began)

    def _seen(self, job_id: str) -> Job | CallError:
        seen = self._asked(job_id)
        if isinstance(seen, UnauthorizedError) and self.hook.renew():
            return self._asked(job_id)
        return seen

    def _asked(self, job_id: str) -> Job | CallError:
        try:
            return self.hook.get_job(job_id)
        except CallError as error:
            return error


def cancel_jobs(hook: Hook, job_ids: Iterable[str], *, say: Say) -> None:
    """Cancel jobs where the vendor can, and log what became of each.

    :param hook: The hook.
    :param job_ids: The jobs.
    :param say: Takes log lines.
    """
    for job_id in job_ids:
        try:
            accepted = hook.cancel_job(job_id)
        except JobStatusError as error:
            say(logging.WARNING, f"The job goes on: {error}")
        else:
            say(logging.INFO, describe_cancellation(hook.api.vendor.name, job_id, accepted=accepted))
