"""Runs a task as Airflow's worker, scheduler and triggerer do together, within one process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import partial
from pkgutil import resolve_name
from typing import Any

from airflow.providers.common.compat.sdk import AirflowException, AirflowTaskTimeout, TaskDeferred
from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import ErrorType
from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.comms import DeleteXCom, ErrorResponse, GetXCom, XComResult
from airflow.triggers.base import BaseTrigger

from tests.support.airflow_names import (
    AirflowRescheduleException,
    ExecutorSafeguard,
    deserialize,
    serialize,
)

WITHIN = 120.0
"""Seconds after which a trigger that fires no event counts as hung."""
MOST_RESCHEDULES = 1000
"""How often a task may be rescheduled before it counts as hung."""


def carried(value: Any) -> Any:
    """Give what arrives where a value is sent through Airflow's own serialisation and JSON."""
    return deserialize(json.loads(json.dumps(serialize(value))))


def recreated(trigger: BaseTrigger) -> BaseTrigger:
    """Give the trigger as the triggerer makes it anew from the metadata database."""
    return recreated_from(*trigger.serialize())


def recreated_from(class_path: str, arguments: dict[str, Any]) -> BaseTrigger:
    """Give the trigger that the metadata database holds."""
    instance: BaseTrigger = resolve_name(class_path)(**carried(arguments))
    return instance


async def fired(trigger: BaseTrigger) -> Any:
    """Run a trigger until it fires, and give its event's payload as it arrives at the worker."""
    async with aclosing(trigger.run()) as events:
        event = await asyncio.wait_for(anext(events), WITHIN)
        return carried(event.payload)


class TaskInstance:
    """What a task asks of its task instance; keeps XComs as Airflow does."""

    dag_id, run_id, task_id, map_index = "waits", "manual__1", "wait", -1
    try_number = 1
    max_tries = 0
    dag_id = "dag"
    task_id = "task"
    run_id = "run"
    map_index = -1

    def __init__(self) -> None:
        self.xcoms: dict[str, Any] = {}
        self.state: str | None = "failed"
        """What Airflow says of it when it ends the process: by default that a person marked it."""
        self.first_reschedule: datetime | None = None

    def xcom_push(self, key: str, value: Any) -> None:
        self.xcoms[key] = carried(value)

    def xcom_pull(self, task_ids: str, key: str, map_indexes: int) -> Any:
        assert (task_ids, map_indexes) == (self.task_id, self.map_index)
        return self.xcoms.get(key)

    def get_task_states(
        self, dag_id: str, map_index: int, task_ids: list[str], run_ids: list[str]
    ) -> dict[str, dict[str, str | None]]:
        assert (dag_id, map_index) == (self.dag_id, self.map_index)
        return {run_id: dict.fromkeys(task_ids, self.state) for run_id in run_ids}

    def retry(self) -> None:
        """Begin another try, as Airflow does by itself."""
        self.try_number += 1
        self.xcoms.clear()

    def clear(self) -> None:
        """Begin another try, as Airflow does when a person clears the task, which has no retries."""
        self.max_tries = self.try_number
        self.retry()

    def get_first_reschedule_date(self, _context: Any) -> datetime | None:
        return self.first_reschedule


class Supervisor:
    """What answers a worker's process: it keeps the XComs of its task instance, and has no connections."""

    def __init__(self, ti: TaskInstance) -> None:
        self._ti = ti

    def send(self, msg: Any) -> Any:
        match msg:
            case GetXCom():
                return XComResult(key=msg.key, value=self._ti.xcoms.get(msg.key))
            case DeleteXCom():
                self._ti.xcoms.pop(msg.key, None)
                return None
        return ErrorResponse(error=ErrorType.CONNECTION_NOT_FOUND)


class StateStore:
    """Airflow's task state store, which outlives a rescheduled task's processes."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    def get(self, key: str) -> Any:
        return json.loads(self._values[key]) if key in self._values else None

    def set(self, key: str, value: Any) -> None:
        self._values[key] = json.dumps(value)

    def delete(self, key: str) -> None:
        self._values.pop(key, None)


@dataclass(frozen=True)
class Ended:
    """How a task ended."""

    error: BaseException | None
    xcoms: dict[str, Any]
    deferrals: list[TaskDeferred]
    reschedules: int


@dataclass
class Worker:
    """Runs one task to its end; each stretch of it gets a new task object, as it gets a new process."""

    ti: TaskInstance = field(default_factory=TaskInstance)
    store: StateStore | None = field(default_factory=StateStore)
    deferrals: list[TaskDeferred] = field(default_factory=list)
    reschedules: int = 0

    def run(self, make_task: Callable[[], BaseOperator]) -> Ended:
        """Run the task that a factory makes."""
        began = datetime.now(timezone.utc)
        error: BaseException | None = None
        step: Callable[[BaseOperator, Any], Any] = _execute
        while True:
            try:
                self._push(self.stretch(make_task(), step))
            except AirflowRescheduleException:
                self.reschedules += 1
                if self.reschedules > MOST_RESCHEDULES:
                    raise TimeoutError("the task is rescheduled for ever") from None
                self.ti.first_reschedule = self.ti.first_reschedule or began
                step = _execute
            except TaskDeferred as deferral:
                self.deferrals.append(deferral)
                event = asyncio.run(fired(recreated(deferral.trigger)))
                step = partial(_resume, deferral, event)
            except (AirflowException, AirflowTaskTimeout) as raised:
                error = raised
                break
            else:
                break
        return Ended(error, self.ti.xcoms, self.deferrals, self.reschedules)

    def stretch(self, task: BaseOperator, step: Callable[[BaseOperator, Any], Any] | None = None) -> Any:
        """Run a task until it ends, defers or is rescheduled."""
        context = {"ti": self.ti, "task_instance": self.ti, "task": task, "task_state_store": self.store}
        with _answered_by(Supervisor(self.ti)):
            return copy_context().run(_as_task_runner, task, step or _execute, context)

    def _push(self, result: Any) -> None:
        if result is not None:
            self.ti.xcom_push("return_value", result)


@contextmanager
def _answered_by(supervisor: Supervisor) -> Iterator[None]:
    task_runner.SUPERVISOR_COMMS = supervisor  # type: ignore[assignment]
    try:
        yield
    finally:
        del task_runner.SUPERVISOR_COMMS


def _as_task_runner(task: BaseOperator, step: Callable[[BaseOperator, Any], Any], context: Any) -> Any:
    ExecutorSafeguard.tracker.set(task)
    return step(task, context)


def _execute(task: BaseOperator, context: Any) -> Any:
    return task.execute(context)


def _resume(deferral: TaskDeferred, event: Any, task: BaseOperator, context: Any) -> Any:
    kwargs = {**(deferral.kwargs or {}), "event": event}
    return task.resume_execution(deferral.method_name, kwargs, context)
