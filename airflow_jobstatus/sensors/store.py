"""Keeps what a rescheduled wait remembers from one process of its task to the next."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from airflow_jobstatus.protocol.errors import UnknownConnectionError
from airflow_jobstatus.sensors.pause import PausingTask, is_rescheduled
from airflow_jobstatus.waiting.batch import Batch
from airflow_jobstatus.waiting.log import Say, time_of
from airflow_jobstatus.waiting.state import WaitState

if TYPE_CHECKING:
    from airflow.sdk import Context

KEY = "airflow_jobstatus"
LOST = "airflow_jobstatus_lost"
LOST_FOR = 300.0
"""Seconds, beside two intervals, without a look-up that failed, after which one has succeeded meanwhile."""


class Task(PausingTask, Protocol):
    """What is asked of a sensor."""

    stall_timeout: float | None
    unreachable_timeout: float

    @property
    def log(self) -> Any:
        """The task's logger."""


def store_of(task: Task, context: Context, batch: Batch) -> WaitStore | None:
    """Return the store of a wait, None where its process goes on.

    Of many jobs nothing is kept, as that may be much, unless their stalls could not be seen without.

    :param task: The sensor.
    :param context: Airflow's task context.
    :param batch: The jobs that are waited for.
    """
    if not is_rescheduled(task) or (batch.many and task.stall_timeout is None):
        return None
    return WaitStore(context, say=task.log.log)


@contextmanager
def outlasting(task: Task, context: Context) -> Iterator[None]:
    """Have a rescheduled wait outlast a time without a look-up of its connection, as a deferred one does.

    Whether there is such a connection at all, the first process of the task finds out.

    :param task: The sensor.
    :param context: Airflow's task context.
    :raises UnknownConnectionError: if it has not been found for the task's ``unreachable_timeout``. Where
        nothing keeps since when, as before Airflow 3.3, only the task's ``timeout`` ends the wait.
    """
    try:
        yield
    except UnknownConnectionError as error:
        if not is_rescheduled(task) or not context["ti"].get_first_reschedule_date(context):
            raise
        now, until = time.time(), "the task's timeout"
        store = WaitStore(context, say=task.log.log)
        if (since := store.lost_since(now, gap=LOST_FOR + 2 * task.poke_interval)) is not None:
            if now >= since + task.unreachable_timeout:
                raise
            until = time_of(since + task.unreachable_timeout)
        task.log.warning("%s; retrying until %s", error, until)


class WaitStore:
    """The state of one wait in Airflow's task state store, which Airflow has from 3.3.

    A wait needs no state to end right. So where the store is missing or fails, the wait goes on without it.

    :param context: Airflow's task context.
    :param say: Takes log lines.
    """

    def __init__(self, context: Context, *, say: Say) -> None:
        self._context = context
        self._say = say

    def load(self) -> dict[str, WaitState]:
        """Return what an earlier process of the same try saved of each job, by id."""
        with self._unessential():
            kept = None if self._store is None else self._store.get(KEY)
            if isinstance(kept, dict) and kept.get("try_number") == self._try_number:
                return {job_id: WaitState.from_dict(state)[0] for job_id, state in kept["jobs"].items()}
        return {}

    def save(self, states: Mapping[str, WaitState]) -> None:
        """Save what the next process is to know.

        :param states: What the wait remembers of each job, by id.
        """
        with self._unessential():
            if self._store is not None:
                jobs = {job_id: state.to_dict() for job_id, state in states.items()}
                self._store.set(KEY, {"try_number": self._try_number, "jobs": jobs})

    def lost_since(self, now: float, *, gap: float) -> float | None:
        """Return since when this try cannot look its connection up, None where that cannot be kept.

        :param now: Seconds since the epoch.
        :param gap: Seconds since the last look-up that failed after which one must have succeeded.
        """
        with self._unessential():
            if self._store is not None:
                kept = self._store.get(LOST)
                if not isinstance(kept, dict) or kept.get("try_number") != self._try_number:
                    kept = {"since": now, "at": now}
                since = float(kept["since"]) if now - float(kept["at"]) < gap else now
                self._store.set(LOST, {"try_number": self._try_number, "since": since, "at": now})
                return since
        return None

    @property
    def _store(self) -> Any:
        return self._context.get("task_state_store")

    @property
    def _try_number(self) -> int:
        return self._context["ti"].try_number

    @contextmanager
    def _unessential(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001  whatever a store's backend raises
            message = f"Airflow's task state store failed, the wait goes on ({type(error).__name__})"
            self._say(logging.WARNING, message)
