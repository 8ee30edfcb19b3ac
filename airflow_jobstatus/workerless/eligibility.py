"""Why a wait begins or ends on a worker although it was asked not to: what would be lost otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow_jobstatus.workerless.installed import has_listeners, starts_in_the_triggerer, xcom_backend

if TYPE_CHECKING:
    from airflow_jobstatus.sensors.jobstatus import JobStatusSensor

BACKSTOP = timedelta(minutes=5)
"""How long after its deadline Airflow itself ends a deferred wait, should the trigger not have done so."""

Reasons = Mapping[str, Callable[["JobStatusSensor"], Any]]

IN_BOTH: Reasons = {
    "it is not deferrable": lambda task: not task.deferrable,
    "a custom XCom backend is set": lambda task: task.do_xcom_push and xcom_backend(),
}
AT_THE_END: Reasons = {
    **IN_BOTH,
    "it has an on_success_callback": lambda task: task.on_success_callback,
    "it has outlets": lambda task: task.outlets,
    "it has operator_extra_links": lambda task: task.operator_extra_links,
    "it has multiple_outputs": lambda task: task.multiple_outputs,
    "it has a map_index_template": lambda task: task.map_index_template,
    "its result is the DAG's": lambda task: getattr(task, "returns_dag_result", False),
    "a mapped task expands over its result": lambda task: (
        task.get_dag() and any(True for _ in task.iter_mapped_dependants())
    ),
    "it has a post_execute of its own": lambda task: _has_own(task, "post_execute"),
    "its class has an execute_complete of its own": lambda task: _has_own(task, "execute_complete"),
}
AT_THE_START: Reasons = {
    "Airflow is older than 3.3": lambda _: not starts_in_the_triggerer(),
    **IN_BOTH,
    "it is mapped": lambda task: task.get_closest_mapped_task_group() is not None,
    "it has an on_execute_callback": lambda task: task.on_execute_callback,
    "it has a pre_execute of its own": lambda task: _has_own(task, "pre_execute"),
    "its class has an execute of its own": lambda task: _has_own(task, "execute"),
    "its class has a get_hook of its own": lambda task: _has_own(task, "get_hook"),
    "Airflow would cut it short at its execution_timeout": lambda task: (
        task.execution_timeout and task.execution_timeout < timedelta(seconds=task.timeout) + BACKSTOP
    ),
}


def against_ending(task: JobStatusSensor) -> str | None:
    """Say why a success of the task cannot end it in the triggerer, None if it can.

    :param task: The sensor.
    """
    return _first(AT_THE_END, task)


def against_starting(task: JobStatusSensor) -> str | None:
    """Say why the task cannot begin in the triggerer, None if it can; of its arguments nothing is said.

    :param task: The sensor.
    """
    return _first(AT_THE_START, task)


def against_both_here() -> str | None:
    """Say what in this process stands against both, None if nothing does; it loads Airflow's plugins."""
    return "a listener is installed" if has_listeners() else None


def _first(reasons: Reasons, task: JobStatusSensor) -> str | None:
    return next((reason for reason, holds in reasons.items() if holds(task)), None)


def _has_own(task: JobStatusSensor, name: str) -> bool:
    """Tell whether a task does something in a way of its own: by its class, or a hook it was given."""
    owner = next(kind for kind in type(task).__mro__ if name in vars(kind))
    is_usual = owner.__module__.partition(".")[0] in {"airflow", "airflow_jobstatus"}
    return not is_usual or getattr(task, f"_{name}_hook", None) is not None
