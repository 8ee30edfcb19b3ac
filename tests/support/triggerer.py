"""Plays Airflow's triggerer: it starts what the scheduler handed to it, and keeps XComs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pkgutil import resolve_name
from types import SimpleNamespace
from typing import Any

from airflow.sdk import DAG
from airflow.sdk.exceptions import ErrorType
from airflow.sdk.execution_time.comms import (
    DeleteXCom,
    ErrorResponse,
    GetConnection,
    GetTaskStates,
    GetXCom,
    MaskSecret,
    SetXCom,
    TaskStatesResult,
    XComResult,
)
from airflow.triggers.base import BaseTrigger, TriggerEvent

from tests.support.airflow_names import DagSerialization

WITHIN = 120.0
"""Seconds after which a trigger that fires no event counts as hung."""
DAG_ID, RUN_ID = "waits", "manual__1"

XComKey = tuple[str, str, int]


@dataclass
class Comms:
    """The triggerer's side of ``SUPERVISOR_COMMS``: it answers what Airflow's answers, and nothing else."""

    xcoms: dict[XComKey, Any] = field(default_factory=dict)
    asked: list[Any] = field(default_factory=list)
    before: Callable[[Any], None] = lambda _: None
    """Called with each message before it is dealt with; it may raise."""
    state: str | None = "failed"
    """The state of the task instance that is asked for."""
    silent_on: tuple[type, ...] = ()
    """The kinds of messages that are never answered."""

    async def asend(self, message: Any) -> Any:
        await asyncio.sleep(0)
        if isinstance(message, (MaskSecret, GetConnection)):
            return self.send(message)
        self.asked.append(message)
        self.before(message)
        if isinstance(message, self.silent_on):
            await asyncio.Event().wait()
        match message:
            case SetXCom():
                self.xcoms[_key(message)] = json.loads(json.dumps(message.value))
            case DeleteXCom():
                self.xcoms.pop(_key(message), None)
            case GetXCom():
                return XComResult(key=message.key, value=self.xcoms.get(_key(message)))
            case GetTaskStates():
                assert message.run_ids
                assert message.task_ids
                [run_id], [task_id] = message.run_ids, message.task_ids
                return TaskStatesResult(task_states={run_id: {task_id: self.state}})
            case _:
                await asyncio.Event().wait()
        return None

    def send(self, message: Any) -> Any:
        """Answer what is asked about connections, which the environment holds; 3.1 asks in a thread."""
        return (
            None if isinstance(message, MaskSecret) else ErrorResponse(error=ErrorType.CONNECTION_NOT_FOUND)
        )

    def left(self, task_id: str = "wait", map_index: int = -1) -> dict[str, Any]:
        """Give the XComs of a task instance by their keys."""
        return {
            key: value
            for (task, key, index), value in self.xcoms.items()
            if (task, index) == (task_id, map_index)
        }


def _key(message: Any) -> XComKey:
    return message.task_id, message.key, -1 if message.map_index is None else message.map_index


@dataclass
class Triggerer:
    """Starts the tasks of a DAG as the triggerer does when the scheduler deferred them."""

    comms: Comms = field(default_factory=Comms)

    def instance(self, task_id: str = "wait", try_number: int = 1, **context: Any) -> SimpleNamespace:
        """Give what a trigger gets to know of its task instance."""
        ti = SimpleNamespace(
            dag_id=DAG_ID, run_id=RUN_ID, task_id=task_id, map_index=-1, try_number=try_number
        )
        ti.get_template_context = lambda: {"run_id": RUN_ID, "ti": ti, **context}
        return ti

    def trigger(self, dag: DAG, task_id: str = "wait", try_number: int = 1, **context: Any) -> BaseTrigger:
        """Give the trigger in which a task starts, after the DAG was stored and the trigger was."""
        from airflow.models.trigger import Trigger  # noqa: PLC0415  the ORM takes long
        from airflow.serialization.decoders import smart_decode_trigger_kwargs  # noqa: PLC0415  since 3.3

        stored = DagSerialization.from_dict(json.loads(json.dumps(DagSerialization.to_dict(dag))))
        task = stored.get_task(task_id)
        assert task.start_from_trigger is True
        args = task.start_trigger_args
        row = Trigger(classpath=args.trigger_cls, kwargs=args.trigger_kwargs or {})
        kwargs = {key: smart_decode_trigger_kwargs(value) for key, value in row.kwargs.items()}
        trigger: BaseTrigger = resolve_name(row.classpath)(**kwargs)
        trigger.task_instance = self.instance(task_id, try_number, **context)
        trigger.timeout_after = datetime.now(timezone.utc) + args.timeout
        return trigger


async def event_of(trigger: BaseTrigger) -> TriggerEvent:
    """Run a trigger until it fires, and give its event."""
    async with aclosing(trigger.run()) as events:
        return await asyncio.wait_for(anext(events), WITHIN)
