"""Waits for a bulk job in the triggerer, without a worker."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping
from pkgutil import resolve_name
from typing import Any, TypeVar

from airflow.sdk.execution_time.comms import GetTaskStates
from airflow.triggers.base import BaseTrigger, TaskSuccessEvent, TriggerEvent

from airflow_jobstatus.hooks.base import JobStatusHook
from airflow_jobstatus.polling.poller import Poller
from airflow_jobstatus.polling.registry import joined
from airflow_jobstatus.protocol.errors import JobStatusError
from airflow_jobstatus.protocol.vendor import Vendor
from airflow_jobstatus.triggers.supervisor import NoAnswerError, ask
from airflow_jobstatus.triggers.xcoms import RETURN_VALUE, XComError, XComs
from airflow_jobstatus.waiting.batch import Batch
from airflow_jobstatus.waiting.outcome import Ending, Outcome
from airflow_jobstatus.waiting.state import WaitState
from airflow_jobstatus.waiting.verdict import describe_cancellation
from airflow_jobstatus.waiting.wait import Wait

T = TypeVar("T")
STATE_LIMIT = 20.0
"""Seconds to find out what became of a task that may have been ended."""
LONGEST_SETTLING = 60.0
"""The most seconds for which an ended wait is held, should the worker's clock be ahead of the triggerer's."""


class JobStatusTrigger(BaseTrigger):
    """Waits until a job ends, or many do, or the time allowed is over; then fires ``Outcome.to_dict()``.

    :param hook_class: The import path of the vendor's hook.
    :param conn_id: The id of the Airflow connection.
    :param job_id: The id of the job, or the ids of many.
    :param cancel_on_kill: Whether to cancel the vendor's job when a person ends the task.
    :param end_from_trigger: Whether a success ends the task here; a worker ends it otherwise.
    :param do_xcom_push: Whether the task tells its job by XComs.
    :param resumes_at: The moment, in seconds since the epoch, before which no worker resumes the task; at
        once by default.
    :param state: What the wait remembers of its earlier polls, as ``WaitState.to_dict()`` tells it.
    :param wait: The rest of what was asked for, as ``Wait.to_dict()`` tells it; what a release added has its
        defaults, and what a later release dropped is ignored with a warning.
    """

    def __init__(  # noqa: PLR0913  what a task asks for and what it was asked for
        self,
        *,
        hook_class: str,
        conn_id: str,
        job_id: str | list[str],
        cancel_on_kill: bool = False,
        end_from_trigger: bool = False,
        do_xcom_push: bool = True,
        resumes_at: float | None = None,
        state: Mapping[str, Any] | None = None,
        **wait: Any,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.hook_class = hook_class
        self.conn_id = conn_id
        self.cancel_on_kill = cancel_on_kill
        self.end_from_trigger = end_from_trigger
        self.do_xcom_push = do_xcom_push
        self.resumes_at = resumes_at
        self.batch = Batch.of(job_id)
        self.state, unread = WaitState.from_dict(state or {})
        self.wait, unknown = Wait.from_dict({"job_id": self.batch.job_ids[0], **wait})
        if unknown or unread:
            self.log.warning(
                "Ignoring what this release does not know: %s", ", ".join(sorted(unknown | unread))
            )

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return the class path and the arguments of this trigger, plain JSON values without secrets."""
        return (
            f"{type(self).__module__}.{type(self).__qualname__}",
            {
                "hook_class": self.hook_class,
                "conn_id": self.conn_id,
                "cancel_on_kill": self.cancel_on_kill,
                "end_from_trigger": self.end_from_trigger,
                "do_xcom_push": self.do_xcom_push,
                "resumes_at": self.resumes_at,
                "state": self.state.to_dict(),
                **self.wait.to_dict(),
                "job_id": self.batch.given,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait, and yield how the wait ended, or that it is the end of the task."""
        hook = await self._hook()
        async with joined(hook) as poller:
            outcome = await poller.wait(self.batch, self.wait, say=self.log.log, state=self.state)
        if self.end_from_trigger and await self._end(hook.vendor, outcome):
            yield TaskSuccessEvent()
        else:
            await self._until_it_resumes()
            yield TriggerEvent(outcome.to_dict())

    async def _end(self, vendor: Vendor, outcome: Outcome) -> bool:
        """Push the XComs of a success; return whether the task can end here.

        A triggerer that is killed after this leaves XComs behind: the next one overwrites them with its own
        success, or deletes them, for a worker ends a failure.
        """
        if self.task_instance is None:  # dag.test() runs a trigger without its task
            return False
        succeeded = outcome.ending is Ending.SUCCEEDED
        if self.do_xcom_push:
            xcoms = XComs(self.task_instance)
            try:
                if succeeded:
                    await xcoms.push(outcome.value, outcome.counters)
                else:
                    await xcoms.delete([RETURN_VALUE, *vendor.records.counters])
            except XComError as error:
                self.log.warning("The task ends on a worker: %s", error)
                return False
        if succeeded:
            self.log.info("The task ends in the triggerer")
        return succeeded

    async def _until_it_resumes(self) -> None:
        if self.resumes_at is not None and self.task_instance is not None:  # dag.test() has no scheduler
            await asyncio.sleep(min(self.resumes_at - time.time(), LONGEST_SETTLING))

    async def on_kill(self) -> None:
        """Cancel the vendor's jobs, if the task was asked to; Airflow 3.3 and later call this."""
        if not self.cancel_on_kill:
            return
        # Airflow tells a trigger to end as long as it has not, and each time interrupts what this awaits.
        cancelling = asyncio.ensure_future(self._cancel_all())
        _cancelling.add(cancelling)
        cancelling.add_done_callback(_cancelling.discard)
        await asyncio.shield(cancelling)

    async def _cancel_all(self) -> None:
        if await self._is_still_deferred():
            return
        hook = await self._hook()
        async with joined(hook) as poller:
            await _all_of(self._cancel(poller, hook.vendor, job_id) for job_id in self.batch.distinct)

    async def _cancel(self, poller: Poller, vendor: Vendor, job_id: str) -> None:
        try:
            accepted = await poller.cancel(job_id)
        except JobStatusError as error:
            self.log.warning("The job goes on: %s", error)
        else:
            self.log.info(describe_cancellation(vendor.name, job_id, accepted=accepted))

    async def _is_still_deferred(self) -> bool:
        """Tell whether nobody ended the task.

        Airflow also calls :meth:`on_kill` where another triggerer took the wait over: this one seemed dead.
        """
        ti = self.task_instance
        if ti is None:
            return False
        query = GetTaskStates(
            dag_id=ti.dag_id, run_ids=[ti.run_id], task_ids=[ti.task_id], map_index=ti.map_index
        )
        try:
            answer = await ask(query, STATE_LIMIT)
        except NoAnswerError as error:
            self.log.warning("Cancelling, though it is not known what became of the task: %s", error)
            return False
        states = [state for states in answer.task_states.values() for state in states.values()]
        return states == ["deferred"]

    async def _hook(self) -> JobStatusHook:
        if self.hook_class not in _hook_classes:
            # A first import may take long, so it does not happen in the event loop.
            _hook_classes[self.hook_class] = await asyncio.to_thread(resolve_name, self.hook_class)
        return _hook_classes[self.hook_class](self.conn_id)


async def _all_of(coroutines: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Return what all return; when one raises, or the whole is cancelled, the others end too."""
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


_cancelling: set[asyncio.Future[None]] = set()
"""What goes on after its trigger: an event loop alone keeps no task alive."""
_hook_classes: dict[str, type[JobStatusHook]] = {}
