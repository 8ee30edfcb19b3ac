"""Finds a task's arguments in the triggerer, from sources that are written when the DAG file is parsed.

A source is the same for every run of the DAG: a dict of plain JSON values with one of these keys.

``text``
    the argument itself
``template``
    a Jinja template that uses no more than ``NAMES``
``xcom``
    an XCom of the same run, as a task id and a key
``each``
    a list of sources

:func:`source_of` writes a source, :class:`Resolver` reads it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from airflow.sdk import DAG, XComArg
from airflow.sdk.definitions.xcom_arg import PlainXComArg

from airflow_jobstatus.protocol.errors import JobStatusError
from airflow_jobstatus.triggers.visible import xcom_backend
from airflow_jobstatus.workerless.eligibility import NeedsWorkerError, Waiting

Source = Mapping[str, Any]
DATES = frozenset(
    {
        "data_interval_end",
        "data_interval_start",
        "ds",
        "ds_nodash",
        "logical_date",
        "ts",
        "ts_nodash",
        "ts_nodash_with_tz",
    }
)
NAMES = DATES | {"dag_run", "params", "run_id"}
"""What of Airflow's context a template may use in the triggerer: what needs neither a worker nor a call."""
OF_THE_RUN = frozenset(
    {
        "clear_number",
        "conf",
        "dag_id",
        "data_interval_end",
        "data_interval_start",
        "logical_date",
        "partition_key",
        "run_after",
        "run_id",
    }
)
"""What of ``dag_run`` a template may use: what renders there as it does on a worker, and does not change."""
TASK_INSTANCE = frozenset({"ti", "task_instance"})


class MissingError(JobStatusError):
    """An argument cannot be found, for something that it is made of is not there."""


def source_of(task: Waiting, name: str) -> dict[str, Any]:
    """Return the source of a sensor's argument.

    :param task: The sensor.
    :param name: The argument, ``conn_id`` or ``job_id``.
    :raises NeedsWorkerError: if only a worker can find the argument.
    """
    return _source(task, name, getattr(task, name))


class Resolver:
    """Resolves the arguments of one task instance.

    :param pull: Pulls an XCom by task id and key; None where there is none.
    :param render: Renders a template of the argument that is named.
    """

    def __init__(self, pull: Callable[[str, str], Awaitable[Any]], render: Callable[[str, str], str]) -> None:
        self._pull = pull
        self._render = render

    async def resolve(self, name: str, source: Source) -> Any:
        """Return an argument as a worker would have rendered it.

        :param name: The argument.
        :param source: Its source.
        :raises MissingError: if something that it is made of is not there; the message says what.
        """
        if "text" in source:
            return source["text"]
        if "template" in source:
            return self._render(name, source["template"])
        if "each" in source:
            return [await self.resolve(name, one) for one in source["each"]]
        task_id, key = source["xcom"]
        value = await self._pull(task_id, key)
        if value is None:
            raise MissingError(f"{name} is missing: task {task_id!r} left no XCom {key!r}")
        return value


def _source(task: Waiting, name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, XComArg) and xcom_backend():
        raise NeedsWorkerError(f"{name} comes from an XCom, and a custom XCom backend is set")
    if isinstance(value, PlainXComArg):
        return {"xcom": _xcom(name, value)}
    if isinstance(value, XComArg):
        raise NeedsWorkerError(f"{name} is made of XComs by {type(value).__name__}")
    if isinstance(value, (list, tuple)):
        return {"each": [_source(task, name, one) for one in value]}
    if not isinstance(value, str):
        raise NeedsWorkerError(f"{name} is of type {type(value).__name__}")
    if not any(mark in value for mark in ("{{", "{%", "{#")):
        return {"text": value}
    _check_template(task, name, value)
    return {"template": value}


def _xcom(name: str, output: PlainXComArg) -> list[str]:
    """Return the task id and the key of a task's output; Airflow lets no task use one of another DAG.

    :raises NeedsWorkerError: if it is more than one XCom.
    """
    upstream = output.operator
    if upstream.is_mapped or upstream.get_closest_mapped_task_group() is not None:
        raise NeedsWorkerError(f"{name} pulls XComs of {upstream.task_id!r}, which is mapped")
    return [upstream.task_id, output.key]


def _check_template(task: Waiting, name: str, template: str) -> None:
    """Refuse a template that does more than the triggerer can do without a call.

    :raises NeedsWorkerError: if it does.
    """
    from jinja2 import TemplateSyntaxError, meta, nodes  # noqa: PLC0415  not needed by every DAG file

    dag = task.get_dag()
    _refuse_own_environment(dag, name)
    try:
        tree = task.get_template_env(dag).parse(template)
    except TemplateSyntaxError as error:
        raise NeedsWorkerError(f"{name} has a template that cannot be read") from error
    free = meta.find_undeclared_variables(tree)
    if free & TASK_INSTANCE:
        raise NeedsWorkerError(
            f"{name} has a template that uses the task instance, which only a worker has; "
            "the output of an upstream task, or a key of it, needs no worker"
        )
    used = {node.name for node in tree.find_all(nodes.Name)}
    own = set(dag.user_defined_macros or ()) if dag else set()
    if foreign := sorted(free - NAMES | own & used):
        raise NeedsWorkerError(f"{name} has a template that uses {', '.join(foreign)}")
    _check_run(tree, name)
    own_filters = set(dag.user_defined_filters or ()) if dag else set()
    if filters := sorted({node.name for node in tree.find_all(nodes.Filter)} & own_filters):
        raise NeedsWorkerError(f"{name} has a template that uses the DAG's filter {', '.join(filters)}")
    if any(tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends))):
        raise NeedsWorkerError(f"{name} has a template that includes others")


def _check_run(tree: Any, name: str) -> None:
    """Refuse whatever of the DAG run renders unlike on a worker, such as its type.

    :raises NeedsWorkerError: if the template uses it.
    """
    from jinja2 import nodes  # noqa: PLC0415  not needed by every DAG file

    fine = set()
    for node in tree.find_all((nodes.Getattr, nodes.Getitem)):
        part = node.attr if isinstance(node, nodes.Getattr) else getattr(node.arg, "value", None)
        if isinstance(node.node, nodes.Name) and node.node.name == "dag_run":
            if part not in OF_THE_RUN:
                what = f"dag_run.{part}" if part else "a part of dag_run that only the run names"
                raise NeedsWorkerError(f"{name} has a template that uses {what}")
            fine.add(id(node.node))
    if any(one.name == "dag_run" and id(one) not in fine for one in tree.find_all(nodes.Name)):
        raise NeedsWorkerError(f"{name} has a template that uses dag_run as a whole")


def _refuse_own_environment(dag: DAG | None, name: str) -> None:
    from jinja2 import StrictUndefined  # noqa: PLC0415  as above

    if dag and (
        dag.render_template_as_native_obj
        or dag.jinja_environment_kwargs
        or dag.template_undefined is not StrictUndefined
    ):
        raise NeedsWorkerError(f"{name} has a template, and the DAG renders templates in a way of its own")
