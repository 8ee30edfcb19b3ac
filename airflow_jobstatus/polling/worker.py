"""The jobs of one task, polled from the worker."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from airflow_jobstatus.protocol.errors import CallError, JobStatusError
from airflow_jobstatus.protocol.job import Job
from airflow_jobstatus.waiting.batch import Batch
from airflow_jobstatus.waiting.log import BatchLog, Say
from airflow_jobstatus.waiting.outcome import Ending, Outcome
from airflow_jobstatus.waiting.state import WaitState
from airflow_jobstatus.waiting.verdict import describe_cancellation
from airflow_jobstatus.waiting.wait import Wait
from airflow_jobstatus.waiting.watch import Watch

if TYPE_CHECKING:
    from airflow_jobstatus.hooks.base import JobStatusHook


class Watching:
    """The jobs of one task, polled one after the other through one hook.

    :param hook: The hook.
    :param batch: The jobs.
    :param wait: What was asked for.
    :param say: Takes log lines.
    :param state: What an earlier process of the same wait remembered; of a wait for one job alone.
    """

    def __init__(
        self, hook: JobStatusHook, batch: Batch, wait: Wait, *, say: Say, state: WaitState | None
    ) -> None:
        self.hook = hook
        self.batch = batch
        self.wait = wait
        self._say = say
        api = hook.api
        self._pause = 1 / (api.account.requests_per_second or api.vendor.requests_per_second)
        self._batch_log = BatchLog(hook.vendor.name, len(batch.distinct), say=say, clock=time.time)
        if batch.many:
            say, state = self._batch_log.say_for_one, None
        self._waiting = {
            one.job_id: Watch(one, hook.vendor, knows=api.knows, say=say, state=state)
            for one in batch.waits(wait)
        }
        self._outcomes: dict[str, Outcome] = {}
        self._state = next(iter(self._waiting.values())).state

    @property
    def state(self) -> WaitState:
        """Return what a wait for one job remembers."""
        return self._state

    def poll(self, *, at_most: int | None = None) -> Outcome | None:
        """Poll each job that has not ended; return how that ends the wait, None if it goes on.

        :param at_most: How many jobs to poll; all by default.
        """
        for number, (job_id, watch) in enumerate(list(self._waiting.items())[:at_most]):
            if number:
                time.sleep(self._pause)
            outcome = watch.observe(self._seen(job_id), time.time())
            self._state = watch.state
            if outcome is None:
                continue
            # A credential that was refused for one job is refused for all of them.
            ended = list(self._waiting) if outcome.ending is Ending.UNAUTHORIZED else [job_id]
            for one in ended:
                del self._waiting[one]
                self._outcomes[one] = outcome
                if self.batch.many:
                    self._batch_log.count(outcome.ending)
            if not self._waiting:
                return self.batch.conclude(self.hook.vendor.name, self.wait, self._outcomes)
        return None

    def next_poll(self, now: float) -> float:
        """Return when to poll next, in seconds since the epoch."""
        return min(watch.next_poll(now) for watch in self._waiting.values())

    def cancel(self) -> None:
        """Cancel every job that has not ended, and say what became of it."""
        for job_id in self._waiting:
            try:
                accepted = self.hook.cancel_job(job_id)
            except JobStatusError as error:
                self._say(logging.WARNING, f"The job goes on: {error}")
            else:
                self._say(
                    logging.INFO, describe_cancellation(self.hook.vendor.name, job_id, accepted=accepted)
                )

    def _seen(self, job_id: str) -> Job | CallError:
        try:
            return self.hook.get_job(job_id)
        except CallError as error:
            return error
