"""Keeps what a rescheduled wait remembers from one process of its task to the next."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from airflow_jobstatus.waiting.batch import Batch
from airflow_jobstatus.waiting.log import Say
from airflow_jobstatus.waiting.state import WaitState

if TYPE_CHECKING:
    from airflow.sdk import Context

KEY = "airflow_jobstatus"


class Task(Protocol):
    """What is asked of a sensor."""

    deferrable: bool
    stall_timeout: float | None

    @property
    def reschedule(self) -> bool:
        """Whether Airflow ends the task's process between two polls."""

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
    if task.deferrable or not task.reschedule or (batch.many and task.stall_timeout is None):
        return None
    return WaitStore(context, say=task.log.log)


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
