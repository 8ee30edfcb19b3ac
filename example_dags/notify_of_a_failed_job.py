"""How to have somebody told of a job that failed, in the words of the vendor.

``on_failure_callback`` and notifiers see the exception: its text is one sentence that says which job of which
vendor failed, how far it was and why, and its class says what may help (``JobFailed``, ``JobGone``,
``Unauthorized``, ...; see ``airflow_jobstatus.exceptions``). The counters are on XCom as after a success. The
notifier here writes to the task's log; one for e-mail, Slack or PagerDuty takes the same templates. Needs a
connection ``courier_default``; at the sandbox (``python -m airflow_jobstatus.sandbox``) the word "missing" in
a new job makes it fail.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from airflow.sdk import BaseNotifier, dag, task

from airflow_jobstatus.exceptions import JobFailed
from airflow_jobstatus.hooks.courier import CourierHook
from airflow_jobstatus.sensors.jobstatus import JobStatusSensor

log = logging.getLogger(__name__)


class LogNotifier(BaseNotifier):
    """Tells the task's log; its message is a template with everything that a task's templates have.

    :param message: What to say.
    """

    template_fields: Sequence[str] = ("message",)

    def __init__(self, message: str) -> None:
        super().__init__()
        self.message = message

    def notify(self, context: Any) -> None:  # noqa: ARG002  the templates have used it
        """Say it."""
        log.error("To whom it may concern: %s", self.message)


def say_what_helps(context: Any) -> None:
    """Tell a job that failed from an API that could not be asked: only the first is the vendor's matter."""
    failures = context["ti"].xcom_pull(task_ids=context["ti"].task_id, key="failures")
    if isinstance(context["exception"], JobFailed):
        log.error("Ask the vendor: %s records failed", failures)
    else:
        log.error("Ask whoever keeps the connection")


@dag(schedule=None, tags=["jobstatus"], doc_md=__doc__)
def notify_of_a_failed_job() -> None:
    """Submit what fails, wait, and have somebody told."""

    @task
    def submit() -> str:
        """Make a bulk send that cannot go well, and set it going."""
        payload = {"message": {"event": "MISSING-TEMPLATE"}, "users": [{"recipient": "ada"}]}
        return CourierHook("courier_default").submit_job(payload)

    JobStatusSensor(
        task_id="wait",
        conn_id="courier_default",
        job_id=submit(),
        deferrable=True,
        poke_interval=2,
        timeout=600,
        retries=2,
        on_failure_callback=[LogNotifier("{{ ti.task_id }} failed: {{ exception }}"), say_what_helps],
    )


notify_of_a_failed_job()
