"""Waits for a bulk job of any vendor."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from airflow.providers.common.compat.sdk import (
    AirflowSkipException,
    AirflowTaskTimeout,
    BaseSensorOperator,
    PokeReturnValue,
    conf,
)

from airflow_jobstatus.polling.worker import WorkerPoller
from airflow_jobstatus.protocol.errors import JobStatusError
from airflow_jobstatus.sensors.arguments import (
    check_outputs,
    count,
    or_configured,
    seconds,
    share,
)
from airflow_jobstatus.sensors.pause import apart, pause_before, warn_of_haste
from airflow_jobstatus.sensors.progress import WorkerProgress
from airflow_jobstatus.sensors.span import span_of
from airflow_jobstatus.sensors.store import outlasting, store_of
from airflow_jobstatus.tasks.assets import describe_to_assets
from airflow_jobstatus.tasks.base import JobStatusMixin
from airflow_jobstatus.tasks.cancelling import cancel_after, cancels_now
from airflow_jobstatus.tasks.exceptions import (
    airflow_errors,
    exception_for,
    outcome_of,
    skipped_if,
    skipped_once,
)
from airflow_jobstatus.triggers.options import TriggerOptions
from airflow_jobstatus.waiting.batch import Batch
from airflow_jobstatus.waiting.outcome import Ending, Outcome
from airflow_jobstatus.waiting.verdict import check_limits
from airflow_jobstatus.waiting.wait import DEFAULT_UNREACHABLE_TIMEOUT
from airflow_jobstatus.workerless.eligibility import BACKSTOP, against_both_here
from airflow_jobstatus.workerless.start import StartArgs, StartFromTrigger, why_on_a_worker

if TYPE_CHECKING:
    from airflow.sdk import Context


class JobStatusSensor(JobStatusMixin, BaseSensorOperator):
    """Waits until a bulk job has ended; succeeds if the job did.

    The connection's type says who the vendor is. In every mode, and also when the task fails,
    ``return_value`` is ``Job.to_dict()`` and each counter has an XCom of its own, an int under the vendor's
    own name.

    :param conn_id: The id of a connection of type ``courier``, ``elastic_path``, ``geobridge`` or
        ``http_job``, or of another type whose hook extends ``JobStatusHook`` (templated).
    :param job_id: The vendor's id of the job, or a list of ids (templated). With a list the task waits for
        all of them: ``return_value`` is the list of jobs in the order given, and each counter is the sum. An
        empty list skips the task.
    :param deferrable: Whether to wait in the triggerer, without a worker; ``[operators] default_deferrable``
        by default.
    :param max_failed: How many records of a successful job may have failed; any number by default. A final
        answer that does not count them passes.
    :param max_failed_ratio: What share of its records may have failed, 0 to 1; any share by default.
    :param unreachable_timeout: How long the vendor's API may give no good answer before the task fails:
        seconds or a timedelta, an hour by default.
    :param stall_timeout: How long the job's status, counters and ``updated_at`` may stay the same before the
        task fails: seconds or a timedelta, no limit by default. After a restart of the triggerer the time is
        taken from the XCom ``job_progress``, which holds up to fifty jobs. It goes on for those of them that
        have not moved since the XCom was written, and begins anew for all other jobs. Before Airflow 3.3 it
        also begins anew at each poll of ``mode="reschedule"``. The log says when it begins anew.
    :param cancel_on_kill: Whether to cancel the job, if the vendor can, when a person marks the task as
        failed or as successful. For a deferred task that needs Airflow 3.3. When the task is cleared, the job
        goes on, and the task waits for it again. It also goes on if it is not certain that the task is over.
    :param cancel_on_timeout: Whether to cancel the job, if the vendor can, when ``timeout`` or
        ``execution_timeout`` is over; in every mode.
    :param start_from_trigger: Whether a deferrable wait begins in the triggerer, so that it starts no worker;
        ``[jobstatus] start_from_trigger`` by default. It needs Airflow 3.3.
    :param end_from_trigger: Whether a deferrable wait that succeeds ends in the triggerer, so that it starts
        no worker again; ``[jobstatus] end_from_trigger`` by default. Any other wait ends on a worker. Where
        beginning or ending there would lose something, a worker does it, and the log says why.
    :param kwargs: What every sensor takes: ``poke_interval``, ``exponential_backoff``, ``max_wait``,
        ``timeout``, ``mode``, ``soft_fail``, ``never_fail`` and so on. They mean the same in every mode.
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
        for name in ("timeout", "poke_interval", "max_wait"):  # before Airflow turns them into numbers
            seconds(name, kwargs.get(name))
        super().__init__(**kwargs)
        self.conn_id = conn_id
        self.job_id = job_id
        self.deferrable: bool = deferrable
        self.max_failed = count("max_failed", max_failed)
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
        self._ti: Any = None
        self._poller: WorkerPoller | None = None
        self._progress: WorkerProgress | None = None

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
        try:
            outcome = self._poll(context)
        except AirflowTaskTimeout:
            if self._is_soft:  # Airflow makes a skip of it, and then calls no on_kill
                self.on_kill()
            raise
        if outcome is None:
            return PokeReturnValue(is_done=False)
        return PokeReturnValue(is_done=True, xcom_value=self._finish(context, outcome))

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Context) -> Any:
        """Go on after a deferral. Where no triggerer ended it in time, a worker polls a last time.

        :param next_method: What Airflow goes on with.
        :param next_kwargs: What it passes to that.
        :param context: Airflow's task context.
        """
        from airflow_jobstatus.sensors.deferral import has_run_out  # noqa: PLC0415  no HTTP at DAG parse

        if not has_run_out(next_method, next_kwargs):
            with skipped_once():
                return super().resume_execution(next_method, next_kwargs, context)
        self.log.warning("No triggerer has ended the wait in time: is one up, and has it room for more?")
        try:
            self._poller = self._begin(context, is_over=True)
        except JobStatusError as error:
            self.log.warning("The last poll cannot be made: %s", error)
        if outcome := self._poller and self._poll(context):
            return self._finish(context, outcome)
        return super().resume_execution(next_method, next_kwargs, context)

    def execute_complete(self, context: Context, event: Mapping[str, Any]) -> Any:
        """End the task after its trigger, or begin the wait where the trigger could not.

        :param context: Airflow's task context.
        :param event: How the wait ended, as ``Outcome.to_dict()`` returns it; or why it begins here.
        """
        if isinstance(event, Mapping) and (reason := event.get("worker")):
            return self._wait(context, reason)
        with skipped_if(self._is_soft):
            outcome = outcome_of(event)
        return self._finish(context, outcome)

    def on_kill(self) -> None:
        """Cancel the vendor's jobs, if the task was asked to, when Airflow ends its process or its time."""
        if self._poller is not None and self._cancels_now():
            self._poller.cancel()

    def _cancels_now(self) -> bool:
        return cancels_now(self, self._ti, say=self.log.log)

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
        outcome = None
        with skipped_if(self._is_soft), airflow_errors(), outlasting(self, context):
            if self._poller is None:
                self._poller = self._begin(context)
            outcome = self._poller.poll(at_most=at_most)
        if outcome is None and self._progress is not None:
            self._progress.settle()
        if outcome is None and (poller := self._poller) and (store := store_of(self, context, poller.batch)):
            store.save(poller.states)
        return outcome

    def _begin(self, context: Context, *, is_over: bool = False) -> WorkerPoller:
        # Before the hook is looked up: Airflow's sensor counts from here, and it must not time out before us.
        began, self._ti = time.time(), context.get("ti")
        from airflow_jobstatus.hooks.handover import against_handover  # noqa: PLC0415  no HTTP at DAG parse

        batch = Batch.of(self.job_id)
        if not batch.job_ids:
            raise AirflowSkipException("job_id is an empty list: there is nothing to wait for")
        check_outputs(multiple=self.multiple_outputs, many=batch.many)
        hook = self.get_hook()
        if self.deferrable and (reason := against_handover(hook)):
            self.log.warning("The wait takes a worker until it ends, and is not deferred: %s", reason)
            self.deferrable = False
        span = span_of(self, context, began, is_over=is_over)
        if batch.repeated and not span.is_resumed:
            self.log.info("%s", batch.repeated)
        wait = span.wait(self.trigger_options, batch.job_ids[0], apart=apart(self))
        check_limits(hook.api.vendor, wait)
        if not batch.many:
            self.link_to(context, wait.job_id, hook.api.account)
        store = store_of(self, context, batch)
        self._progress = shown = WorkerProgress(self, context)
        states = store.load() if store else {}
        return WorkerPoller(
            hook, batch, wait, say=self.log.log, states=states, resumed=span.is_resumed, polled=shown.polled
        )

    def _defer(self, poller: WorkerPoller) -> NoReturn:
        from airflow_jobstatus.sensors.deferral import trigger_after  # noqa: PLC0415  no HTTP at DAG parse

        self.defer(
            trigger=trigger_after(self, poller),
            method_name=self.execute_complete.__name__,
            timeout=timedelta(seconds=max(0.0, poller.wait.deadline - time.time())) + BACKSTOP,
        )

    def _finish(self, context: Context, outcome: Outcome) -> Any:
        self.seen_jobs = outcome.seen
        self.push_xcoms(context, outcome.xcoms)
        WorkerProgress(self, context).remove()
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
        return pause_before(self._poller, self.poke_interval, rescheduled=self.reschedule)

    @property
    def _is_soft(self) -> bool:
        return self.soft_fail or self.never_fail
