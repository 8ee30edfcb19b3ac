"""Submits a bulk job of any vendor, and waits for it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_jobstatus.exceptions import JobMayExist, Unreachable
from airflow_jobstatus.operators.submissions import Attempt, SubmissionStore
from airflow_jobstatus.polling.worker import cancel_jobs
from airflow_jobstatus.protocol.errors import (
    JobStatusError,
    MaybeSubmittedError,
    NotFoundError,
    PermanentError,
    UnauthorizedError,
    UnsupportedError,
)
from airflow_jobstatus.protocol.job import JobState
from airflow_jobstatus.sensors.jobstatus import JobStatusSensor
from airflow_jobstatus.tasks.exceptions import airflow_errors, skipped_if
from airflow_jobstatus.waiting.outcome import Ending, Outcome

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_jobstatus.hooks.base import JobStatusHook

JOB_ID = "job_id"
"""The key of the XCom with the job's id."""
UNKNOWN = ""
"""The job's id until it is submitted."""


class BulkJobOperator(JobStatusSensor):
    """Submits a bulk job, then waits until it has ended as ``JobStatusSensor`` does; succeeds if it did.

    The connection's type says who the vendor is. The XCom ``job_id`` is there before the wait begins. A new
    try of the task takes up the job of the earlier one if that still runs or has succeeded meanwhile, and
    submits another otherwise; that needs Airflow 3.3. It also submits another if a person has changed the
    payload and cleared the task. If an earlier try died before it heard of its job, the submission is
    repeated with its idempotency key; if the vendor takes no such keys, the task fails once, without
    retries, and says how to look for the job.

    :param conn_id: The id of a connection of type ``courier``, ``elastic_path``, ``geobridge``, or
        ``http_job`` with ``submit`` in its extra, or of another type whose vendor declares how to submit
        (templated).
    :param payload: What the vendor is to do, in its own form: a JSON object or list, or the JSON text of one
        (templated). It is checked before the first call.
    :param wait_for_completion: Whether to wait for the job. If not, the task ends after the submission, and
        ``return_value`` is the job's id, not the job.
    :param cancel_on_kill: Whether to cancel the job when a person ends the task, if the vendor can; True by
        default, as the task itself started the job.
    :param kwargs: The other arguments of ``JobStatusSensor``, but not ``job_id``, ``mode="reschedule"`` (each
        of its processes begins anew) or ``start_from_trigger`` (a job is submitted on a worker). ``timeout``
        counts from the submission of the job, or from when the try takes it up.
    :raises ValueError: if an argument cannot be used.
    """

    template_fields: Sequence[str] = ("conn_id", "payload")
    template_fields_renderers = {"payload": "json"}  # noqa: RUF012  as Airflow declares it
    ui_color = "#d9ead3"

    def __init__(
        self,
        *,
        conn_id: str,
        payload: Any,
        wait_for_completion: bool = True,
        cancel_on_kill: bool = True,
        start_from_trigger: bool = False,
        **kwargs: Any,
    ) -> None:
        if start_from_trigger:
            raise ValueError(
                "start_from_trigger is not for BulkJobOperator: a job is submitted on a worker; leave it "
                "out, and set deferrable=True to wait without one"
            )
        if kwargs.get("multiple_outputs") and not wait_for_completion:
            raise ValueError(
                "multiple_outputs is not for BulkJobOperator without wait_for_completion: it returns an id, "
                "which has no keys"
            )
        if JOB_ID in kwargs:
            raise ValueError("BulkJobOperator submits a job of its own; JobStatusSensor waits for a job_id")
        super().__init__(
            conn_id=conn_id, job_id=UNKNOWN, cancel_on_kill=cancel_on_kill, start_from_trigger=False, **kwargs
        )
        if self.reschedule:
            raise ValueError(
                "mode='reschedule' is not for BulkJobOperator, as each of its processes begins anew; set "
                "deferrable=True to wait without a worker"
            )
        self.payload = payload
        self.wait_for_completion = wait_for_completion
        self._is_killed = False

    def execute(self, context: Context) -> Any:
        """Submit the job, or take up that of an earlier try; then wait for it.

        :param context: Airflow's task context.
        :returns: the job, as ``Job.to_dict()`` returns it; its id without ``wait_for_completion``.
        :raises JobMayExist: if a job may have been submitted, and a retry might submit it twice.
        :raises JobRejected: if the payload or the connection cannot be used, or the vendor will not do it.
        :raises StoreUnavailable: before any call, if Airflow's task state store fails.
        :raises AirflowException: as ``JobStatusSensor`` does.
        """
        self._poller, self.job_id, self._is_killed = None, UNKNOWN, False  # dag.test() runs an object again
        self._ti = context["ti"]
        with skipped_if(self._is_soft), airflow_errors():
            hook = self.get_hook()
            job_id = self.job_id = self._take_up(context, hook)
        self.push_xcoms(context, {JOB_ID: job_id})
        if self._is_killed:
            cancel_jobs(hook, [job_id], say=self.log.log)
        if self.wait_for_completion:
            return self._wait(context, None)
        self.link_to(context, job_id, hook.api.account)
        return job_id

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Context) -> Any:
        """Go on after a deferral, with the job that was submitted before it.

        :param next_method: What Airflow goes on with.
        :param next_kwargs: What it passes to that.
        :param context: Airflow's task context.
        """
        ti = self._ti = context["ti"]
        pushed = ti.xcom_pull(task_ids=ti.task_id, key=JOB_ID, map_indexes=ti.map_index)
        kept = None if pushed else SubmissionStore(context, self.log).load()
        self.job_id = pushed or (kept and kept.job_id) or UNKNOWN
        return super().resume_execution(next_method, next_kwargs, context)

    def on_kill(self) -> None:
        """Cancel the job if that is wanted; one whose submission is under way, once its id is known."""
        if self._poller is not None:
            super().on_kill()
        elif self._cancels_now():
            self._is_killed = True
            if self.job_id != UNKNOWN:
                cancel_jobs(self.get_hook(), [str(self.job_id)], say=self.log.log)

    def _take_up(self, context: Context, hook: JobStatusHook) -> str:
        """Return the id of the job to wait for, which is submitted if need be."""
        store = SubmissionStore(context, self.log)
        own = Attempt.of(context, f"{hook.conn_id} {hook.api.account.base_url}", self.payload)
        earlier = store.load()
        if earlier is not None and earlier.account not in {None, own.account}:
            self.log.info("An earlier try had another connection or host: its job is not looked at")
            earlier = None
        if earlier is not None and earlier.job_id is not None:
            if own.corrects(earlier):
                self.log.warning(
                    "Job %r of an earlier try had another payload: it is left as it is, and another is "
                    "submitted",
                    earlier.job_id,
                )
            elif self._is_taken_up(hook, earlier, earlier.job_id, is_retry=own.is_retry_of(earlier)):
                return earlier.job_id
            earlier = None
        if earlier is not None:
            self._check_repeatable(hook, earlier, store, is_corrected=own.corrects(earlier))
            self.log.info("An earlier try heard of no job: its submission is repeated, with its key")
        if self._is_killed:
            raise AirflowFailException("the task was ended before its job was submitted, so none was")
        attempt = earlier or own
        store.begin(attempt)
        job_id = self._submit(hook, attempt, store, is_repetition=earlier is not None)
        store.end(attempt.with_job(job_id))
        return job_id

    def _is_taken_up(self, hook: JobStatusHook, earlier: Attempt, job_id: str, *, is_retry: bool) -> bool:
        try:
            job = hook.get_job(job_id)
        except UnauthorizedError:
            raise
        except PermanentError as error:
            is_unknown = isinstance(error, NotFoundError)
            if is_unknown and time.time() - earlier.at < hook.api.vendor.lag:
                return True  # reads lag writes, which the wait bears
            if is_retry and is_unknown and not error.from_vendor:
                return True  # a page stands between, which the wait bears too
            if not is_unknown and (is_retry or not error.from_vendor):
                raise
            self.log.info("Job %r of an earlier try is gone (%s): another is submitted", job_id, error.reason)
            return False
        is_wanted = not job.state.is_terminal or (is_retry and job.state is JobState.SUCCEEDED)
        what = "it is taken up" if is_wanted else "another is submitted"
        self.log.info("Job %r of an earlier try is %s: %s", job_id, job.state.value, what)
        return is_wanted

    def _check_repeatable(
        self, hook: JobStatusHook, earlier: Attempt, store: SubmissionStore, *, is_corrected: bool
    ) -> None:
        vendor = hook.api.vendor
        if vendor.submit is None:
            raise UnsupportedError(f"{vendor.name} has no call that submits a job")
        if vendor.submit.idempotency_header is None:
            why = "the vendor knows no idempotency keys"
        elif is_corrected:
            why = "its payload was another"
        elif time.time() - earlier.at >= vendor.submit.replays_for:
            why = "the vendor knows submissions no longer by such an old key"
        else:
            return
        store.end(None)
        raise JobMayExist(
            f"{vendor.name}: an earlier try of this task died before it heard of its job, and {why}. "
            f"So a job may have been submitted: {vendor.submit.find} and clear this task to submit one"
        )

    def _submit(
        self, hook: JobStatusHook, attempt: Attempt, store: SubmissionStore, *, is_repetition: bool
    ) -> str:
        try:
            return hook.submit_job(self.payload, idempotency_key=attempt.key)
        except MaybeSubmittedError as error:
            if error.is_repeatable and store.is_there:
                raise Unreachable(
                    f"{error}; another try of this task repeats it safely, by its key"
                ) from None
            store.end(None)
            raise
        except JobStatusError as error:
            if not is_repetition:
                store.end(None)  # there is no job
            elif isinstance(error, PermanentError) and not isinstance(error, UnauthorizedError):
                store.end(None)
                raise JobMayExist(f"{error}. A job of an earlier try may exist all the same") from None
            raise

    def _finish(self, context: Context, outcome: Outcome) -> Any:
        if outcome.ending is Ending.TOO_MANY_FAILED:  # else it would be taken up as one that has succeeded
            SubmissionStore(context, self.log).end(None)
        return super()._finish(context, outcome)
