"""Keeps an XCom with the progress of a wait on a worker, for people to see inside Airflow."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from airflow.providers.common.compat.sdk import XCom

from airflow_jobstatus.triggers.visible import shows_progress
from airflow_jobstatus.waiting.batch import BatchRun
from airflow_jobstatus.waiting.progress import ELSE_AFTER, KEY, NEWS_AFTER, progress

if TYPE_CHECKING:
    from airflow.sdk import Context


class Shown(Protocol):
    """What is asked of a task."""

    conn_id: str
    do_xcom_push: bool


log = logging.getLogger(__name__)


class WorkerProgress:
    """The progress of one task's wait, written as its polls go on; that it cannot be written harms no wait.

    :param task: The task.
    :param context: Airflow's task context.
    :param clock: Seconds since the epoch.
    """

    def __init__(self, task: Shown, context: Context, *, clock: Callable[[], float] = time.time) -> None:
        self._ti: Any = context.get("ti")
        self._is_shown = self._ti is not None and shows_progress(do_xcom_push=task.do_xcom_push)
        self._conn_id = task.conn_id
        self._clock = clock
        self._written = clock()
        self._run: BatchRun | None = None
        self._has_news = False

    def polled(self, run: BatchRun, news: bool) -> None:  # noqa: FBT001  as a batch calls it
        """Note what a poll has changed; write it in between, where a round of many polls takes long.

        :param run: The wait.
        :param news: Whether a person would want to know at once.
        """
        self._run = run
        self._has_news = self._has_news or news
        if self._is_shown and self._clock() - self._written >= (NEWS_AFTER if self._has_news else ELSE_AFTER):
            self._write(run)

    def settle(self) -> None:
        """Write what is new, before a pause."""
        if self._is_shown and self._run is not None and self._has_news:
            self._write(self._run)

    def remove(self) -> None:
        """Remove what was written: the wait is over, and the return value says what became of the job."""
        if not self._is_shown:
            return
        ti = self._ti
        with self._unessential():
            XCom.delete(
                key=KEY, dag_id=ti.dag_id, run_id=ti.run_id, task_id=ti.task_id, map_index=ti.map_index
            )

    def _write(self, run: BatchRun) -> None:
        now = self._clock()
        self._written, self._has_news = now, False
        with self._unessential():
            self._ti.xcom_push(key=KEY, value={"conn_id": self._conn_id, **progress(run, now)})

    @contextmanager
    def _unessential(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001  whatever stands between here and Airflow's database
            log.debug("The progress of a wait is not shown (%s)", type(error).__name__)
