"""Begins a wait in the triggerer: finds out there what a worker would have passed to the trigger."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent
from jinja2 import StrictUndefined, TemplateError

from airflow_jobstatus.hooks.base import not_looked_up
from airflow_jobstatus.hooks.handover import against_handover
from airflow_jobstatus.hooks.lookup import afind_shared
from airflow_jobstatus.link import JobLink
from airflow_jobstatus.protocol.errors import JobStatusError, UnknownConnectionError
from airflow_jobstatus.triggers.event import OutcomeEvent
from airflow_jobstatus.triggers.jobstatus import JobStatusTrigger
from airflow_jobstatus.triggers.lines import gathered
from airflow_jobstatus.triggers.options import read_options
from airflow_jobstatus.triggers.supervisor import Rank, paced
from airflow_jobstatus.triggers.xcoms import RETURN_VALUE, XComError, XComs
from airflow_jobstatus.waiting.batch import Batch
from airflow_jobstatus.waiting.log import Say
from airflow_jobstatus.waiting.outcome import Ending, Outcome
from airflow_jobstatus.waiting.progress import KEY
from airflow_jobstatus.waiting.verdict import check_limits
from airflow_jobstatus.workerless.arguments import NAMES, MissingError, Resolver, Source
from airflow_jobstatus.workerless.eligibility import NeedsWorkerError, against_both_here

WORKER = "worker"
"""The key of an event that sends the task to a worker, to begin there; its value says why."""
PUSHED = ("counters", "outputs")
"""The fields of a job whose entries are XComs of their own."""
LINK = JobLink().xcom_key
LINK_WITHIN = 5.0
"""Seconds for which a wait queues to link to its job."""


class JobStatusStartTrigger(BaseTrigger):
    """Begins a wait for which no worker was started, and goes on as ``JobStatusTrigger`` does.

    Its arguments are the same for every run of a DAG: where the ids come from, not what they are. It fires
    what ``JobStatusTrigger`` fires, or an event that sends the task to a worker.

    :param conn_id_from: The source of the connection's id; Airflow would render a ``conn_id`` itself.
    :param job_id_from: The source of the job's id, or of many.
    :param timeout: Seconds that the wait may take.
    :param backstop: Seconds after that at which Airflow itself ends it.
    :param options: What the task asks of its wait, as ``TriggerOptions.to_dict()`` returns it.
    :param unknown: What a later release wrote; it is ignored with a warning.
    """

    timeout_after: datetime | None = None
    """When Airflow itself ends the wait; set by the triggerer, alike whenever this trigger is made anew."""

    def __init__(
        self,
        *,
        conn_id_from: Source,
        job_id_from: Source,
        timeout: float,
        backstop: float,
        options: Mapping[str, Any] | None = None,
        **unknown: Any,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.conn_id_from = conn_id_from
        self.job_id_from = job_id_from
        self.timeout = timeout
        self.backstop = backstop
        self.options, self._ignored = read_options(options, unknown)
        self._trigger: JobStatusTrigger | None = None

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return the class path and the arguments of this trigger, plain JSON values without secrets."""
        return (
            f"{type(self).__module__}.{type(self).__qualname__}",
            {
                "conn_id_from": self.conn_id_from,
                "job_id_from": self.job_id_from,
                "timeout": self.timeout,
                "backstop": self.backstop,
                "options": self.options.to_dict(),
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Begin the wait, go on with it, and yield how it ended."""
        async with gathered(self.log.log) as say:
            instead = await self._event_instead(say)
        if instead is not None:
            await paced()
            yield instead
        elif self._trigger is not None:
            async for event in self._trigger.run():
                yield event

    async def _event_instead(self, say: Say) -> TriggerEvent | None:
        """Begin the wait; return the event to fire if it cannot begin here."""
        if self._ignored:
            say(logging.WARNING, self._ignored)
        try:
            await self._forget_earlier_tries()
            if reason := await asyncio.to_thread(against_both_here):
                raise NeedsWorkerError(reason)  # noqa: TRY301
            self._trigger = await self._begin(say)
        except NeedsWorkerError as reason:
            return TriggerEvent({WORKER: str(reason)})
        except JobStatusError as error:
            # Here too: a worker that cannot render the task's templates has other words for it.
            say(logging.ERROR, str(error))
            return OutcomeEvent(Outcome(ending=Ending.REJECTED, message=str(error)))
        except XComError as error:
            message = f"the wait could not begin in the triggerer: {error}"
            return OutcomeEvent(Outcome(ending=Ending.UNREACHABLE, message=message))
        return None

    async def on_kill(self) -> None:
        """Cancel the vendor's jobs, if the task was asked to; Airflow 3.3 and later call this."""
        if self.options.cancel_on_kill:
            async with gathered(self.log.log) as say:
                trigger = self._trigger or await self._begin(say)
            await trigger.on_kill()

    async def _forget_earlier_tries(self) -> None:
        """Delete the XComs of earlier tries, as a worker does before it begins.

        The progress of this try stays: an earlier triggerer may have written it, and a stall is seen by it.
        """
        if not self._is_another_try:
            return
        progress = await self._xcoms.own(KEY)
        is_ours = isinstance(progress, dict) and progress.get("began") == self._deadline() - self.timeout
        value = await self._xcoms.own(RETURN_VALUE)
        jobs = value if isinstance(value, list) else [value]
        pushed = [job.get(kind) for job in jobs if isinstance(job, dict) for kind in PUSHED]
        named = sorted({name for names in pushed if isinstance(names, dict) for name in names})
        await self._xcoms.delete([RETURN_VALUE, LINK, *named, *([] if is_ours else [KEY])])

    async def _begin(self, say: Say) -> JobStatusTrigger:
        """Return the trigger that waits.

        :param say: Takes log lines.
        :raises NeedsWorkerError: if a worker has to begin.
        :raises JobStatusError: if what is waited for is missing or cannot be.
        :raises XComError: if Airflow does not answer.
        """
        resolver = Resolver(self._xcoms.pull, self._rendered)
        conn_id = str(await resolver.resolve("conn_id", self.conn_id_from))
        batch = Batch.of(await resolver.resolve("job_id", self.job_id_from))
        if not batch.job_ids:
            raise NeedsWorkerError("job_id is an empty list")
        if repeated := batch.repeated:
            say(logging.INFO, repeated)
        try:
            hook, api = await afind_shared(conn_id)
        except JobStatusError as error:
            if isinstance(error, UnknownConnectionError):
                raise NeedsWorkerError(str(error)) from error
            raise
        except Exception as error:  # a worker may see it, or the task's retries
            raise NeedsWorkerError(str(not_looked_up(conn_id, error))) from error
        if reason := against_handover(hook):
            raise NeedsWorkerError(reason)
        options = self.options
        if self._is_another_try:
            await self._xcoms.delete(api.vendor.xcom_keys)
            if options.end_from_trigger:
                # Airflow would keep the end of the earlier try: only a worker takes that back, at its start.
                say(logging.INFO, "The task ends on a worker: this is not its first try")
                options = replace(options, end_from_trigger=False)
        hook_class, deadline = type(hook), self._deadline()
        trigger = JobStatusTrigger(
            hook_class=f"{hook_class.__module__}.{hook_class.__qualname__}",
            conn_id=hook.conn_id,
            job_id=batch.given,
            began=deadline - self.timeout,
            deadline=deadline,
            options=options.to_dict(),
        )
        check_limits(api.vendor, trigger.wait)
        if not batch.many and (page := api.page_of(batch.job_ids[0])):
            with suppress(XComError):  # a link is no reason to end a wait
                await self._xcoms.push({LINK: page}, rank=Rank.NEWS, patience=LINK_WITHIN)
        trigger.task_instance = self.task_instance
        return trigger

    def _deadline(self) -> float:
        if self.timeout_after is None:
            return time.time() + self.timeout
        end = self.timeout_after
        return (end if end.tzinfo else end.replace(tzinfo=timezone.utc)).timestamp() - self.backstop

    def _rendered(self, name: str, template: str) -> str:
        ti: Any = self.task_instance
        if not hasattr(ti, "get_template_context"):
            raise NeedsWorkerError("the DAG has changed meanwhile")
        environment = self.get_template_env()
        environment.undefined = StrictUndefined
        context = ti.get_template_context()
        known = {key: context[key] for key in NAMES if key in context}
        try:
            return environment.from_string(template).render(known)
        except (TemplateError, LookupError, TypeError, ValueError, AttributeError) as error:
            raise MissingError(f"{name} {template!r} cannot be rendered: {error}") from error

    @property
    def _is_another_try(self) -> bool:
        return bool(self._ti.try_number > 1)

    @property
    def _xcoms(self) -> XComs:
        return XComs(self._ti)

    @property
    def _ti(self) -> Any:
        if self.task_instance is None:
            raise RuntimeError("only the triggerer, which knows the task instance, can run this trigger")
        return self.task_instance
