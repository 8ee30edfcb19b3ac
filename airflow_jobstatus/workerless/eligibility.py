"""Says why a wait begins or ends on a worker although it was asked not to: what would be lost otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any, Protocol

from airflow.providers.common.compat.sdk import BaseOperator, conf
from airflow.sdk import DAG

from airflow_jobstatus.link import JobLink
from airflow_jobstatus.triggers.options import TriggerOptions
from airflow_jobstatus.triggers.visible import xcom_backend

DEFAULT_POOL_NAME = "default_pool"
BACKSTOP = timedelta(minutes=5)
"""How long after its deadline Airflow itself ends a deferred wait, should the trigger not have done so."""


class NeedsWorkerError(Exception):
    """The wait cannot begin in the triggerer; the message says why."""


class Waiting(Protocol):
    """What this folder needs of a sensor: what is waited for, and all that could be lost without a worker."""

    task_id: str
    conn_id: str
    timeout: float
    deferrable: bool
    do_xcom_push: bool
    starts_from_trigger: bool
    multiple_outputs: bool
    pool: str
    pool_slots: int
    max_active_tis_per_dag: int | None
    max_active_tis_per_dagrun: int | None

    @property
    def job_id(self) -> Any:
        """The id of the job, ids of many, or where they come from."""

    @property
    def trigger_options(self) -> TriggerOptions:
        """What the task asks of its wait."""

    @property
    def execution_timeout(self) -> timedelta | None:
        """How long Airflow lets the task run."""

    @property
    def on_execute_callback(self) -> Any:
        """What a worker calls before the task begins."""

    @property
    def on_success_callback(self) -> Any:
        """What a worker calls after a success."""

    @property
    def outlets(self) -> Any:
        """The assets that a success updates."""

    @property
    def operator_extra_links(self) -> Any:
        """The links that a worker writes at the end."""

    @property
    def map_index_template(self) -> str | None:
        """The template of a mapped task instance's name."""

    def get_dag(self) -> DAG | None:
        """Return the DAG."""

    def get_template_env(self, dag: DAG | None = None) -> Any:
        """Return the Jinja environment of the task's templates."""

    def get_closest_mapped_task_group(self) -> Any:
        """Return the mapped group that the task is in."""

    def iter_mapped_dependants(self) -> Iterator[Any]:
        """Yield the mapped tasks that expand over the task's result."""


Reasons = Mapping[str, Callable[[Waiting], Any]]

IN_BOTH: Reasons = {
    "it is not deferrable": lambda task: not task.deferrable,
    "a custom XCom backend is set": lambda task: task.do_xcom_push and xcom_backend(),
    "it has multiple_outputs": lambda task: task.multiple_outputs,
}
AT_THE_END: Reasons = {
    **IN_BOTH,
    "it has an on_success_callback": lambda task: task.on_success_callback,
    "it has outlets": lambda task: task.outlets,
    "it has operator_extra_links of its own": lambda task: any(
        not isinstance(link, JobLink) for link in task.operator_extra_links
    ),
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
    "it has a pool, which Airflow does not keep there": lambda task: (
        task.pool != DEFAULT_POOL_NAME or task.pool_slots != 1
    ),
    "it has max_active_tis_per_dag, which Airflow does not keep there": lambda task: (
        task.max_active_tis_per_dag is not None
    ),
    "it has max_active_tis_per_dagrun, which Airflow does not keep there": lambda task: (
        task.max_active_tis_per_dagrun is not None
    ),
    "triggerers have queues, and Airflow puts a task that starts there into none": lambda _: has_queues(),
    "Airflow would cut it short at its execution_timeout": lambda task: (
        task.execution_timeout and task.execution_timeout < timedelta(seconds=task.timeout) + BACKSTOP
    ),
}
"""The DAG's ``max_active_tasks`` is no reason: Airflow counts no deferred task, wherever it was deferred."""


def against_ending(task: Waiting) -> str | None:
    """Return why a success of the task cannot end it in the triggerer, None if it can.

    :param task: The sensor.
    """
    return _first(AT_THE_END, task)


def against_starting(task: Waiting) -> str | None:
    """Return why the task cannot begin in the triggerer, its arguments aside; None if it can.

    :param task: The sensor.
    """
    return _first(AT_THE_START, task)


def against_both_here() -> str | None:
    """Return what in this process stands against both, None if nothing does; it loads Airflow's plugins."""
    return "a listener is installed" if has_listeners() else None


def starts_in_the_triggerer() -> bool:
    """Return whether Airflow can start a task in the triggerer and lets the trigger know its task.

    Airflow 3.1 and 3.2 take the arguments for that and ignore them. 3.3, where it works, is also the first
    that checks them.
    """
    return hasattr(BaseOperator, "_validate_start_from_trigger_kwargs")


def has_queues() -> bool:
    """Return whether triggerers serve queues: a deferred task then has the queue of its worker."""
    return bool(conf.getboolean("triggerer", "queues_enabled", fallback=False))


def has_listeners() -> bool:
    """Return whether a plugin listens to what becomes of tasks; the first call loads the plugins."""
    try:
        from airflow.sdk.listener import get_listener_manager  # noqa: PLC0415  its place since Airflow 3.2
    except ImportError:
        from airflow.listeners.listener import (  # type: ignore[assignment]  # noqa: PLC0415
            get_listener_manager,
        )
    return bool(get_listener_manager().has_listeners)


def _first(reasons: Reasons, task: Waiting) -> str | None:
    return next((reason for reason, holds in reasons.items() if holds(task)), None)


def _has_own(task: Waiting, name: str) -> bool:
    """Return whether a task does something in a way of its own: by its class, or by a hook it was given."""
    owner = next(kind for kind in type(task).__mro__ if name in vars(kind))
    is_usual = owner.__module__.partition(".")[0] in {"airflow", "airflow_jobstatus"}
    return not is_usual or getattr(task, f"_{name}_hook", None) is not None
