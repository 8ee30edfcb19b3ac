"""Waits for a bulk job in the triggerer, without a worker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pkgutil import resolve_name
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_jobstatus.core.errors import JobStatusError
from airflow_jobstatus.core.memory import Memory
from airflow_jobstatus.core.verdict import describe_cancellation
from airflow_jobstatus.core.wait import Wait
from airflow_jobstatus.hooks.base import JobStatusHook
from airflow_jobstatus.polling.registry import joined


class JobStatusTrigger(BaseTrigger):
    """Waits until a job ends or the time allowed is over, then fires one event: ``Outcome.to_dict()``.

    :param hook_class: The import path of the vendor's hook.
    :param conn_id: The id of the Airflow connection.
    :param cancel_on_kill: Whether to cancel the vendor's job when a person ends the task.
    :param memory: What the wait remembers of its earlier looks, as ``Memory.to_dict()`` tells it.
    :param wait: What is waited for, as ``Wait.to_dict()`` tells it; what a later release added has its
        defaults, and what a later release dropped is ignored with a warning.
    """

    def __init__(
        self,
        *,
        hook_class: str,
        conn_id: str,
        cancel_on_kill: bool = False,
        memory: Mapping[str, Any] | None = None,
        **wait: Any,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.hook_class = hook_class
        self.conn_id = conn_id
        self.cancel_on_kill = cancel_on_kill
        self.memory = Memory.from_dict(memory or {})
        self.wait, unknown = Wait.from_dict(wait)
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
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait, and yield how the wait ended."""
        async with joined(await self._hook()) as poller:
            outcome = await poller.wait(self.wait, say=self.log.log, memory=self.memory)
        yield TriggerEvent(outcome.to_dict())

    async def on_kill(self) -> None:
        """Cancel the vendor's job, if the task was asked to; Airflow 3.3 and later call this."""
        if not self.cancel_on_kill:
            return
        hook = await self._hook()
        try:
            accepted = await hook.acancel_job(self.wait.job_id)
        except JobStatusError as error:
            self.log.warning("The job goes on: %s", error)
        else:
            self.log.info(describe_cancellation(hook.vendor.name, self.wait.job_id, accepted=accepted))

    async def _hook(self) -> JobStatusHook:
        # A first import may take long, so it does not happen in the event loop.
        hook_class: type[JobStatusHook] = await asyncio.to_thread(resolve_name, self.hook_class)
        return hook_class(self.conn_id)
