"""Waits for a bulk job of any vendor."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from airflow.providers.common.compat.sdk import (
    AirflowSkipException,
    AirflowTaskTimeout,
    BaseSensorOperator,
    PokeReturnValue,
    conf,
)

from airflow_jobstatus.polling.worker import WorkerPoller
from airflow_jobstatus.sensors.arguments import (
    at_least_zero,
    check_outputs,
    or_configured,
    seconds,
    share,
)
from airflow_jobstatus.sensors.pause import SAFE, SETTLING, warn_of_haste
from airflow_jobstatus.sensors.store import WaitStore
from airflow_jobstatus.tasks.assets import describe_to_assets
from airflow_jobstatus.tasks.base import JobStatusMixin
from airflow_jobstatus.tasks.cancelling import cancel_after
from airflow_jobstatus.tasks.exceptions import airflow_errors, exception_for, outcome_of, skipped_if
from airflow_jobstatus.triggers.options import TriggerOptions
from airflow_jobstatus.waiting.batch import Batch
from airflow_jobstatus.waiting.outcome import Ending, Outcome
from airflow_jobstatus.waiting.verdict import check_limits
from airflow_jobstatus.waiting.wait import DEFAULT_UNREACHABLE_TIMEOUT, Limit
from airflow_jobstatus.workerless.eligibility import BACKSTOP, against_both_here, against_ending
from airflow_jobstatus.workerless.start import StartArgs, StartFromTrigger, why_on_a_worker

if TYPE_CHECKING:
    from airflow.sdk import Context


class JobStatusSensor(JobStatusMixin, BaseSensorOperator):
    """Waits until a bulk job has ended; succeeds if the job did.

    The vendor follows from the connection's type. In every mode, and also when the task fails,
    ``return_value`` is ``Job.to_dict()`` and each counter has an XCom of its own, an int under the vendor's
    own name.

    :param conn_id: The id of a connection of type courier, elastic_path, geobridge, or of any type whose hook
        extends ``JobStatusHook`` (templated).
    :param job_id: The vendor's id of the job, or a list of ids (templated). Of a list the task waits for all:
        ``return_value`` is the list of jobs in the order given, each counter the sum; an empty list skips it.
    :param deferrable: Whether to wait in the triggerer, which takes no worker; ``[operators]
        default_deferrable`` by default.
    :param max_failed: How many failed records a job that succeeded may have; any number by default.
    :param max_failed_ratio: Which share of failed records it may have, 0 to 1; any by default.
    :param unreachable_timeout: Seconds, or a timedelta, without a single good answer of the vendor's API
        after which the task fails; an hour by default.
    :param stall_timeout: Seconds, or a timedelta, without any change of the job's status, counters or time of
        its last change, after which the task fails; never by default.
    :param cancel_on_kill: Whether to cancel the job when a person ends the task, by marking it as failed or
        as successful, where the vendor can; a deferred task needs Airflow 3.3 for that. A deferred task that
        is cleared begins again and waits for the same job, so its job goes on, and so it does where Airflow
        does not say what became of the task.
    :param cancel_on_timeout: Whether to cancel the job when ``timeout`` or ``execution_timeout`` is over, in
        every mode, where the vendor can.
    :param start_from_trigger: Whether a deferrable wait begins in the triggerer, so that no worker is started
        for it; ``[jobstatus] start_from_trigger`` by default. It needs Airflow 3.3.
    :param end_from_trigger: Whether a success ends a deferrable wait in the triggerer, so that no worker is
        started once more; ``[jobstatus] end_from_trigger`` by default. What is no success ends on a worker.
        Where either would lose something, a worker does it, and the log says why.
    :param kwargs: What every sensor takes: ``poke_interval``, ``exponential_backoff``, ``max_wait``,
        ``timeout``, ``mode``, ``soft_fail``, ``never_fail`` and so on; they mean the same in every mode.
    """

    template_fields: Sequence[str] = ("conn_id", "job_id")
    start_from_trigger = StartFromTrigger()
    start_trigger_args = StartArgs()

    def __init__(  # noqa: PLR0913  each is a question of its own
        self,
        *,
        conn_id: str,
        job_id: str | Sequence[str],
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        max_failed: int | None = None,
        max_failed_ratio: float | None = None,
        unreachable_timeout: float | timedelta = DEFAULT_UNREACHABLE_TIMEOUT,
        stall_timeout: float | timedelta | None = None,
        cancel_on_kill: bool = False,
        cancel_on_timeout: bool = False,
        start_from_trigger: bool | None = None,
        end_from_trigger: bool | None = None,
        **kwargs: Any,
    ) -> None:
        for name in ("timeout", "poke_interval"):  # before Airflow turns them into numbers
            seconds(name, kwargs.get(name))
        super().__init__(**kwargs)
        self.conn_id = conn_id
        self.job_id = job_id
        self.deferrable: bool = deferrable
        self.max_failed = at_least_zero("max_failed", max_failed)
        self.max_failed_ratio = share("max_failed_ratio", max_failed_ratio)
        self.unreachable_timeout = seconds("unreachable_timeout", unreachable_timeout)
        self.stall_timeout = seconds("stall_timeout", stall_timeout)
        self.cancel_on_kill = cancel_on_kill
        self.cancel_on_timeout = cancel_on_timeout
        check_outputs(multiple=self.multiple_outputs, many=isinstance(job_id, (list, tuple)))
        if self.reschedule and not deferrable:
            warn_of_haste(self.task_id, self.poke_interval, self.log)
        # Not by the arguments' names: the one is Airflow's own, and with the other Airflow refuses the DAG
        # where there are listeners.
        self.starts_from_trigger = or_configured(
            "start_from_trigger", given=start_from_trigger, deferrable=deferrable
        )
        self.ends_from_trigger = or_configured(
            "end_from_trigger", given=end_from_trigger, deferrable=deferrable
        )
        self._poller: WorkerPoller | None = None

    @property
    def trigger_options(self) -> TriggerOptions:
        """What the task asks of its wait."""
        return TriggerOptions.of(self)

    def execute(self, context: Context) -> Any:
        """Wait for the job, in the mode that was chosen.

        A deferrable wait polls once on the worker before it defers: a job that has ended ends the task at
        once, and so does a credential that is refused.

        :param context: Airflow's task context.
        :returns: the job, as ``Job.to_dict()`` returns it, or the list of jobs.
        :raises AirflowFailException: if the job failed, or only a change of the DAG or the connection helps.
        :raises AirflowSensorTimeout: if the job has not ended in time.
        :raises AirflowException: if the credential was refused, or the API gave no good answer for long.
        :raises AirflowSkipException: instead of all of these, with ``soft_fail`` or ``never_fail``.
        """
        reason = None
        if self.starts_from_trigger:
            mapped = getattr(context["ti"], "map_index", -1) >= 0
            reason = "it is mapped" if mapped else why_on_a_worker(self) or against_both_here()
        return self._wait(context, reason)

    def poke(self, context: Context) -> PokeReturnValue:
        """Poll once; return whether the wait has ended well, and raise where it has ended badly.

        :param context: Airflow's task context.
        """
        outcome = self._poll(context)
        if outcome is None:
            return PokeReturnValue(is_done=False)
        return PokeReturnValue(is_done=True, xcom_value=self._finish(context, outcome))

    def execute_complete(self, context: Context, event: Mapping[str, Any]) -> Any:
        """End the task after its trigger, or begin the wait where the trigger could not.

        :param context: Airflow's task context.
        :param event: How the wait ended, as ``Outcome.to_dict()`` returns it; or why it begins here.
        """
        if isinstance(event, Mapping) and (reason := event.get("worker")):
            return self._wait(context, reason)
        with skipped_if(self._is_soft):
            outcome = outcome_of(event)
        self.log.info("%s", outcome.message)
        return self._finish(context, outcome)

    def on_kill(self) -> None:
        """Cancel the vendor's jobs, if the task was asked to; Airflow calls this on the worker.

        It also does when ``execution_timeout`` is over: then a retry may still see the job end.
        """
        if self._poller is not None and self._cancels_now():
            self._poller.cancel()

    def _cancels_now(self) -> bool:
        timed_out = isinstance(sys.exc_info()[1], AirflowTaskTimeout)
        return self.cancel_on_timeout if timed_out else self.cancel_on_kill

    def _wait(self, context: Context, why_here: str | None) -> Any:
        if why_here:
            self.log.info("start_from_trigger does not apply, the wait begins on a worker: %s", why_here)
        self._poller = None  # a task object may be run again, as dag.test() does with retries
        if not self.deferrable:
            return super().execute(context)
        with skipped_if(self._is_soft), airflow_errors():
            self._poller = self._begin(context)
        if not self.deferrable:  # for the triggerer could not poll through that hook
            return super().execute(context)
        if outcome := self._poll(context, at_most=1):
            return self._finish(context, outcome)
        return self._defer(self._poller)

    def _poll(self, context: Context, *, at_most: int | None = None) -> Outcome | None:
        with skipped_if(self._is_soft), airflow_errors():
            if self._poller is None:
                self._poller = self._begin(context)
            outcome = self._poller.poll(at_most=at_most)
        if outcome is None and (store := self._store(context, self._poller.batch)):
            store.save(self._poller.states)
        return outcome

    def _begin(self, context: Context) -> WorkerPoller:
        # Before the hook is looked up: Airflow's sensor counts from here, and it must not time out before us.
        began = time.time()
        from airflow_jobstatus.hooks.handover import against_handover  # noqa: PLC0415  no HTTP at DAG parse

        batch = Batch.of(self.job_id)
        if not batch.job_ids:
            raise AirflowSkipException("job_id is an empty list: there is nothing to wait for")
        check_outputs(multiple=self.multiple_outputs, many=batch.many)
        hook = self.get_hook()
        if self.deferrable and (reason := against_handover(hook)):
            self.log.warning("The wait takes a worker until it ends, and is not deferred: %s", reason)
            self.deferrable = False
        limits = {Limit.TIMEOUT: self.timeout}
        first: datetime | None = None
        if self.deferrable:
            # Airflow itself bounds the worker's part of a task by execution_timeout, not the deferred part.
            if self.execution_timeout:
                limits[Limit.EXECUTION_TIMEOUT] = self.execution_timeout.total_seconds()
        elif self.reschedule:
            first = context["ti"].get_first_reschedule_date(context)
            began = first.timestamp() if first else began
        if first is None and batch.repeated:
            self.log.info("%s", batch.repeated)
        limit = min(limits, key=lambda name: limits[name])
        wait = self.trigger_options.wait(
            job_id=batch.job_ids[0], began=began, deadline=began + limits[limit], limit=limit
        )
        check_limits(hook.api.vendor, wait)
        store = self._store(context, batch)
        return WorkerPoller(hook, batch, wait, say=self.log.log, states=store.load() if store else {})

    def _defer(self, poller: WorkerPoller) -> NoReturn:
        from airflow_jobstatus.triggers.jobstatus import JobStatusTrigger  # noqa: PLC0415  no HTTP at DAG parse

        wait, hook = poller.wait, poller.hook
        self.defer(
            trigger=JobStatusTrigger(
                hook_class=f"{type(hook).__module__}.{type(hook).__qualname__}",
                conn_id=hook.conn_id,
                job_id=poller.batch.given,
                began=wait.began,
                deadline=wait.deadline,
                limit=wait.limit.value,
                options=replace(
                    self.trigger_options, end_from_trigger=self._can_end_from_trigger()
                ).to_dict(),
                resumes_at=time.time() + SETTLING,
                state=None if poller.batch.many else poller.state.to_dict(),
            ),
            method_name=self.execute_complete.__name__,
            timeout=timedelta(seconds=max(0.0, wait.deadline - time.time())) + BACKSTOP,
        )

    def _can_end_from_trigger(self) -> bool:
        if not self.ends_from_trigger:
            return False
        if reason := against_ending(self) or against_both_here():
            self.log.info("end_from_trigger does not apply, the task ends on a worker: %s", reason)
        return reason is None

    def _finish(self, context: Context, outcome: Outcome) -> Any:
        self.push_xcoms(context, outcome.xcoms)
        if outcome.ending is Ending.SUCCEEDED:
            describe_to_assets(context, self.outlets, outcome)
            return outcome.value
        self.push_value(context, outcome.value)
        cancel_after(outcome, self, say=self.log.log)
        self._poller = None
        with skipped_if(self._is_soft):
            raise exception_for(outcome)

    def _get_next_poke_interval(self, *_args: Any, **_kwargs: Any) -> float:
        """Return the seconds to the next poll, so that one schedule rules in every mode."""
        if self._poller is None:  # with silent_fail Airflow goes on after an error
            return max(self.poke_interval, SAFE) if self.reschedule else self.poke_interval
        now = time.time()
        pause = max(0.0, self._poller.next_poll(now) - now)
        if self.reschedule:
            pause = max(pause, SAFE, min(self.poke_interval, self._poller.wait.deadline - now))
        return pause

    def _store(self, context: Context, batch: Batch) -> WaitStore | None:
        """Return the store of the wait, None where its process goes on.

        Of many jobs nothing is kept, as that may be much, unless their stalls could not be seen without.
        """
        if self.deferrable or not self.reschedule or (batch.many and self.stall_timeout is None):
            return None
        return WaitStore(context, say=self.log.log)

    @property
    def _is_soft(self) -> bool:
        return self.soft_fail or self.never_fail
