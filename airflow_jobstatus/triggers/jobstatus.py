"""Waits for a bulk job in the triggerer, without a worker."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from pkgutil import resolve_name
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_jobstatus.core.batch import Batch
from airflow_jobstatus.core.errors import JobStatusError
from airflow_jobstatus.core.memory import Memory
from airflow_jobstatus.core.outcome import Outcome
from airflow_jobstatus.core.tally import Tally
from airflow_jobstatus.core.verdict import describe_cancellation
from airflow_jobstatus.core.wait import Wait
from airflow_jobstatus.hooks.base import JobStatusHook
from airflow_jobstatus.polling.poller import Poller
from airflow_jobstatus.polling.registry import joined


class JobStatusTrigger(BaseTrigger):
    """Waits until a job ends, or many do, or the time allowed is over; then fires ``Outcome.to_dict()``.

    :param hook_class: The import path of the vendor's hook.
    :param conn_id: The id of the Airflow connection.
    :param job_id: The id of the job, or the ids of many.
    :param cancel_on_kill: Whether to cancel the vendor's job when a person ends the task.
    :param memory: What the wait remembers of its earlier looks, as ``Memory.to_dict()`` tells it.
    :param wait: The rest of what was asked for, as ``Wait.to_dict()`` tells it; what a release added has its
        defaults, and what a later release dropped is ignored with a warning.
    """

    def __init__(
        self,
        *,
        hook_class: str,
        conn_id: str,
        job_id: str | list[str],
        cancel_on_kill: bool = False,
        memory: Mapping[str, Any] | None = None,
        **wait: Any,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.hook_class = hook_class
        self.conn_id = conn_id
        self.cancel_on_kill = cancel_on_kill
        self.memory = Memory.from_dict(memory or {})
        self.batch = Batch.of(job_id)
        self.wait, unknown = Wait.from_dict({"job_id": self.batch.job_ids[0], **wait})
        if unknown:
            self.log.warning("Ignoring what this release does not know: %s", ", ".join(sorted(unknown)))

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return the class path and the arguments of this trigger, plain JSON values without secrets."""
        return (
            f"{type(self).__module__}.{type(self).__qualname__}",
            {
                "hook_class": self.hook_class,
                "conn_id": self.conn_id,
                "cancel_on_kill": self.cancel_on_kill,
                "memory": self.memory.to_dict(),
                **self.wait.to_dict(),
                "job_id": self.batch.given,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait, and yield how the wait ended."""
        hook = await self._hook()
        async with joined(hook) as poller:
            if self.batch.many:
                outcome = await self._wait_for_all(poller, hook.vendor.name)
            else:
                outcome = await poller.wait(self.wait, say=self.log.log, memory=self.memory)
        yield TriggerEvent(outcome.to_dict())

    async def _wait_for_all(self, poller: Poller, vendor: str) -> Outcome:
        tally = Tally(vendor, len(self.batch.distinct), say=self.log.log, clock=time.time)

        async def ending(wait: Wait) -> Outcome:
            outcome = await poller.wait(wait, say=tally.say_for_one)
            tally.count(outcome.ending)
            return outcome

        outcomes = await asyncio.gather(*map(ending, self.batch.waits(self.wait)))
        return self.batch.conclude(vendor, self.wait, dict(zip(self.batch.distinct, outcomes, strict=True)))

    async def on_kill(self) -> None:
        """Cancel the vendor's jobs, if the task was asked to; Airflow 3.3 and later call this."""
        if not self.cancel_on_kill:
            return
        hook = await self._hook()
        for job_id in self.batch.distinct:
            try:
                accepted = await hook.acancel_job(job_id)
            except JobStatusError as error:
                self.log.warning("The job goes on: %s", error)
            else:
                self.log.info(describe_cancellation(hook.vendor.name, job_id, accepted=accepted))

    async def _hook(self) -> JobStatusHook:
        # A first import may take long, so it does not happen in the event loop.
        hook_class: type[JobStatusHook] = await asyncio.to_thread(resolve_name, self.hook_class)
        return hook_class(self.conn_id)
