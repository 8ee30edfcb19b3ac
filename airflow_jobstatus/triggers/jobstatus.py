"""Waits for a bulk job in the triggerer, without a worker."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

from airflow.triggers.base import BaseTrigger, TaskSuccessEvent, TriggerEvent

from airflow_jobstatus.hooks.base import JobStatusHook
from airflow_jobstatus.hooks.handover import made_of
from airflow_jobstatus.polling.per_loop import PerLoop
from airflow_jobstatus.polling.poller import Poller
from airflow_jobstatus.polling.registry import joined
from airflow_jobstatus.protocol.errors import (
    InvalidConnectionError,
    JobStatusError,
    UnknownConnectionError,
)
from airflow_jobstatus.protocol.kinds import fits
from airflow_jobstatus.protocol.vendor import Vendor
from airflow_jobstatus.triggers.event import OutcomeEvent
from airflow_jobstatus.triggers.fate import against_cancelling
from airflow_jobstatus.triggers.lines import gathered
from airflow_jobstatus.triggers.options import read_options
from airflow_jobstatus.triggers.progress import remove_later, shown
from airflow_jobstatus.triggers.standstill import listening
from airflow_jobstatus.triggers.stats import sink
from airflow_jobstatus.triggers.supervisor import paced, runs_inline
from airflow_jobstatus.triggers.visible import shows_progress
from airflow_jobstatus.triggers.xcoms import LONGEST_END, RETURN_VALUE, XComError, XComs
from airflow_jobstatus.waiting.batch import Batch, Polled
from airflow_jobstatus.waiting.description import describe_cancellation
from airflow_jobstatus.waiting.log import Say
from airflow_jobstatus.waiting.outcome import Ending, Outcome
from airflow_jobstatus.waiting.progress import KEY, remembered
from airflow_jobstatus.waiting.state import WaitState

T = TypeVar("T")
LONGEST_SETTLING = 60.0
"""The most seconds for which an ended wait is held, should the worker's clock be ahead of the triggerer's."""


class HookError(JobStatusError):
    """The triggerer cannot poll through the hook of the wait; the message says why."""


class JobStatusTrigger(BaseTrigger):
    """Waits until a job ends, or many do, or the time allowed is over; then fires ``Outcome.to_dict()``.

    :param hook_class: The import path of the vendor's hook.
    :param conn_id: The id of the Airflow connection.
    :param job_id: The id of the job, or the ids of many.
    :param began: When the wait began, in seconds since the epoch.
    :param deadline: When it ends at the latest, in seconds since the epoch.
    :param limit: The sensor's argument that set the deadline, ``timeout`` or ``execution_timeout``.
    :param options: What the task asks of its wait, as ``TriggerOptions.to_dict()`` returns it; what an
        earlier release did not write has its default, and what this one does not know is ignored with a
        warning.
    :param resumes_at: The moment, in seconds since the epoch, before which no worker resumes the task; at
        once by default.
    :param state: What the wait remembers of its earlier polls, as ``WaitState.to_dict()`` returns it.
    :param unknown: What a later release wrote; it is ignored with a warning.
    """

    def __init__(  # noqa: PLR0913  what a task asks for, and what its run adds
        self,
        *,
        hook_class: str,
        conn_id: str,
        job_id: str | list[str],
        began: float,
        deadline: float,
        limit: str = "timeout",
        options: Mapping[str, Any] | None = None,
        resumes_at: float | None = None,
        state: Mapping[str, Any] | None = None,
        **unknown: Any,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.hook_class = hook_class
        self.conn_id = conn_id
        self.batch = Batch.of(job_id)
        self.state, unread = WaitState.from_dict(state or {})
        if not fits(resumes_at, "float | None"):
            resumes_at, unread = None, unread | {"resumes_at"}
        self.options, self._ignored = read_options(options, {*unknown, *unread})
        self.wait = self.options.wait(
            job_id=self.batch.job_ids[0], began=began, deadline=deadline, limit=limit
        )
        self.resumes_at = resumes_at
        self._has_ended = False

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return the class path and the arguments of this trigger, plain JSON values without secrets."""
        wait = self.wait.to_dict()
        return (
            f"{type(self).__module__}.{type(self).__qualname__}",
            {
                "hook_class": self.hook_class,
                "conn_id": self.conn_id,
                "job_id": self.batch.given,
                "began": wait["began"],
                "deadline": wait["deadline"],
                "limit": wait["limit"],
                "options": self.options.to_dict(),
                "resumes_at": self.resumes_at,
                "state": self.state.to_dict(),
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait, and yield how the wait ended, or that it is the end of the task."""
        try:
            hook = await self._hook()
            if runs_inline():
                await self._check_inline(hook)
        except HookError as error:
            outcome, ends_here = Outcome(ending=Ending.REJECTED, message=str(error)), False
        else:
            outcome, ends_here = await self._wait(hook)
        if not ends_here:
            await self._until_it_resumes()
        await paced()
        yield TaskSuccessEvent() if ends_here else OutcomeEvent(outcome)

    async def _wait(self, hook: JobStatusHook) -> tuple[Outcome, bool]:
        """Return how the wait ended, and whether the task ends here."""
        async with gathered(self.log.log) as say:
            if self._ignored:
                say(logging.WARNING, self._ignored)
            async with listening(), joined(hook, sink()) as poller:
                states = await self._remembered(poller.vendor)
                with self._shown() as polled:
                    outcome = await poller.wait(self.batch, self.wait, say=say, states=states, polled=polled)
                self._has_ended = True
                vendor = poller.vendor
            return outcome, self.options.end_from_trigger and await self._end(vendor, outcome, say)

    async def _end(self, vendor: Vendor, outcome: Outcome, say: Say) -> bool:
        """Push the XComs of a success; return whether the task can end here.

        A triggerer that is killed after this leaves XComs behind: the next one overwrites them with its own
        success, or deletes them, for a worker ends a failure and overwrites the rest.
        """
        if self.task_instance is None:  # dag.test() runs a trigger without its task
            return False
        succeeded = outcome.ending is Ending.SUCCEEDED
        if self.options.do_xcom_push:
            xcoms = XComs(self.task_instance)
            try:
                if succeeded:
                    await xcoms.push({RETURN_VALUE: outcome.value, **outcome.xcoms})
                    if self._shows_progress:
                        remove_later(xcoms)
                else:
                    await xcoms.delete(_stale(vendor, outcome), patience=LONGEST_END)
            except XComError as error:
                say(logging.WARNING, f"The task ends on a worker: {error}")
                return False
        if succeeded:
            say(logging.INFO, "The task ends in the triggerer")
        return succeeded

    def _shown(self) -> AbstractContextManager[Polled | None]:
        """Show the wait's progress inside Airflow; give what is called after each poll, None for nothing."""
        if self.task_instance is None or not self._shows_progress:
            return nullcontext()
        return shown(XComs(self.task_instance), self.conn_id)

    async def _remembered(self, vendor: Vendor) -> dict[str, WaitState]:
        """Return what is remembered of each job: by who deferred, or by a triggerer that is no more.

        The latter is asked for only where a stall could not be seen without.
        """
        first = {self.wait.job_id: self.state}
        if self.wait.stall_timeout is None or self.task_instance is None or not self._shows_progress:
            return first
        try:
            progress = await XComs(self.task_instance).own(KEY)
        except XComError as error:
            await self.log.adebug("What an earlier triggerer saw is not known: %s", error)
            return first
        return {**first, **remembered(progress, self.wait, vendor.conn_type)}

    @property
    def _shows_progress(self) -> bool:
        return shows_progress(do_xcom_push=self.options.do_xcom_push)

    async def _until_it_resumes(self) -> None:
        if self.resumes_at is not None and self.task_instance is not None:  # dag.test() has no scheduler
            await asyncio.sleep(min(self.resumes_at - time.time(), LONGEST_SETTLING))

    async def on_kill(self) -> None:
        """Cancel the vendor's jobs, if the task was asked to; Airflow 3.3 and later call this.

        Only what a person ended is cancelled; a job of which that is in doubt goes on, and the log says so.
        """
        if not self.options.cancel_on_kill:
            return
        # Airflow asks a trigger to end until it has, and each time interrupts what this awaits.
        cancelling = asyncio.ensure_future(self._cancel_all())
        _cancelling().add(cancelling)
        cancelling.add_done_callback(_cancelling().discard)
        await asyncio.shield(cancelling)

    async def _cancel_all(self) -> None:
        async with listening() as pulse:
            reason = await against_cancelling(
                self.task_instance, has_ended=self._has_ended, deadline=self.wait.deadline, pulse=pulse
            )
        async with gathered(self.log.log) as say:
            if reason is not None:
                say(logging.INFO, f"The job goes on: {reason}")
                return
            hook = await self._hook()
            async with joined(hook, sink()) as poller:
                await _all_of(_cancel(poller, job_id, say) for job_id in self.batch.distinct)

    async def _hook(self) -> JobStatusHook:
        """Return the hook that a worker has used.

        :raises HookError: if it cannot be made here.
        """
        try:
            if self.hook_class.rpartition(".")[0] in sys.modules:
                return made_of(self.hook_class, self.conn_id)
            # A first import may take long, so it does not happen in the event loop.
            return await asyncio.to_thread(made_of, self.hook_class, self.conn_id)
        except Exception as error:
            what = str(error) if isinstance(error, ImportError) else type(error).__name__
            raise HookError(
                f"the triggerer cannot make the hook {self.hook_class} of connection {self.conn_id!r} "
                f"({what}); install there what the workers have, and restart it"
            ) from error

    async def _check_inline(self, hook: JobStatusHook) -> None:
        """Look the connection up where ``dag.test()`` runs a trigger: it has no line to Airflow's database.

        :raises HookError: if it cannot be had, with what to do.
        """
        try:
            await hook.aget_api()
        except InvalidConnectionError as error:
            if not isinstance(error, UnknownConnectionError):
                raise HookError(str(error)) from error
            raise self._not_inline() from error
        except Exception as error:
            raise self._not_inline() from error

    def _not_inline(self) -> HookError:
        return HookError(
            f"dag.test() runs the wait within its own process, where a trigger cannot read connection "
            f"{self.conn_id!r} from Airflow's database; define it as the environment variable "
            f"AIRFLOW_CONN_{self.conn_id.upper()}, or set deferrable=False for the test"
        )


async def _cancel(poller: Poller, job_id: str, say: Say) -> None:
    try:
        accepted = await poller.cancel(job_id)
    except JobStatusError as error:
        say(logging.WARNING, f"The job goes on: {error}")
    else:
        say(logging.INFO, describe_cancellation(poller.vendor.name, job_id, accepted=accepted))


def _stale(vendor: Vendor, outcome: Outcome) -> list[str]:
    """Return the keys of an earlier success that the worker, which ends a failure, does not overwrite."""
    pushed = {*outcome.xcoms, *([] if outcome.value is None else [RETURN_VALUE])}
    return [key for key in (RETURN_VALUE, *vendor.xcom_keys) if key not in pushed]


async def _all_of(coroutines: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Return what all return; when one raises, or the whole is cancelled, the others end too."""
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


_cancelling: PerLoop[set[asyncio.Future[None]]] = PerLoop(set)
"""What goes on after its trigger: an event loop alone keeps no task alive."""
