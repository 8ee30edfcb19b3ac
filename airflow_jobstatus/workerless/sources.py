"""Finds out where the triggerer can get a sensor's argument from, when the DAG file is parsed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from airflow.sdk import XComArg
from airflow.sdk.definitions.xcom_arg import PlainXComArg

from airflow_jobstatus.workerless.arguments import NAMES, TI_NAMES, NeedsWorkerError

if TYPE_CHECKING:
    from airflow.sdk import DAG
    from jinja2.nodes import Call

    from airflow_jobstatus.sensors.jobstatus import JobStatusSensor

PULL_ARGUMENTS = {"task_ids", "dag_id", "key", "map_indexes"}
"""What ``ti.xcom_pull`` may be told in the triggerer."""
UNMAPPED = (None, -1)
"""What its ``map_indexes`` may be there: what means a task that is not mapped."""


def source_of(task: JobStatusSensor, name: str) -> dict[str, Any]:
    """Return the source of an argument, as ``triggers.sources`` describes it.

    :param task: The sensor.
    :param name: The argument.
    :raises NeedsWorkerError: if only a worker can tell it.
    """
    return _source(task, name, getattr(task, name))


def _source(task: JobStatusSensor, name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, PlainXComArg):
        return {"xcom": _pull(task, value.operator.task_id, value.key, name)}
    if isinstance(value, XComArg):
        raise NeedsWorkerError(f"{name} is made of XComs by {type(value).__name__}")
    if isinstance(value, (list, tuple)):
        return {"each": [_source(task, name, one) for one in value]}
    if not isinstance(value, str):
        raise NeedsWorkerError(f"{name} is of type {type(value).__name__}")
    if not any(mark in value for mark in ("{{", "{%", "{#")):
        return {"text": value}
    return {"template": value, "pulls": list(_pulls(task, name, value))}


def _pulls(task: JobStatusSensor, name: str, template: str) -> Iterator[list[str]]:
    """Yield the XComs that a template pulls.

    :raises NeedsWorkerError: if it does more than the triggerer can do without a call.
    """
    from jinja2 import TemplateSyntaxError, meta, nodes  # noqa: PLC0415  not needed by every DAG file

    dag = task.get_dag()
    _refuse_own_environment(dag, name)
    environment = task.get_template_env(dag)
    try:
        tree = environment.parse(template)
    except TemplateSyntaxError as error:
        raise NeedsWorkerError(f"{name} has a template that cannot be read") from error
    own = set(dag.user_defined_macros or ()) if dag else set()
    if foreign := sorted(meta.find_undeclared_variables(tree) - NAMES - TI_NAMES | own & _names(tree)):
        raise NeedsWorkerError(f"{name} has a template that uses {', '.join(foreign)}")
    own_filters = set(dag.user_defined_filters or ()) if dag else set()
    if filters := sorted({node.name for node in tree.find_all(nodes.Filter)} & own_filters):
        raise NeedsWorkerError(f"{name} has a template that uses the DAG's filter {', '.join(filters)}")
    if any(tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends))):
        raise NeedsWorkerError(f"{name} has a template that includes others")
    calls = [call for call in tree.find_all(nodes.Call) if _is_pull(call)]
    if len(calls) != sum(node.name in TI_NAMES for node in tree.find_all(nodes.Name)):
        raise NeedsWorkerError(f"{name} has a template that asks the task instance for more than an XCom")
    for call in calls:
        yield _pulled(task, name, call)


def _names(tree: Any) -> set[str]:
    from jinja2 import nodes  # noqa: PLC0415  as above

    return {node.name for node in tree.find_all(nodes.Name)}


def _refuse_own_environment(dag: DAG | None, name: str) -> None:
    from jinja2 import StrictUndefined  # noqa: PLC0415  as above

    if dag and (
        dag.render_template_as_native_obj
        or dag.jinja_environment_kwargs
        or dag.template_undefined is not StrictUndefined
    ):
        raise NeedsWorkerError(f"{name} has a template, and the DAG renders templates in a way of its own")


def _is_pull(call: Call) -> bool:
    from jinja2 import nodes  # noqa: PLC0415  as above

    return (
        isinstance(call.node, nodes.Getattr)
        and call.node.attr == "xcom_pull"
        and isinstance(call.node.node, nodes.Name)
        and call.node.node.name in TI_NAMES
    )


def _pulled(task: JobStatusSensor, name: str, call: Call) -> list[str]:
    from jinja2 import nodes  # noqa: PLC0415  as above

    given = [("task_ids", node) for node in call.args[:1]] + [(pair.key, pair.value) for pair in call.kwargs]
    arguments: dict[str, Any] = {}
    for key, node in given:
        try:
            arguments[key] = node.as_const()
        except nodes.Impossible:
            raise NeedsWorkerError(f"{name} pulls an XCom that only a worker can name") from None
    task_id, key = arguments.get("task_ids"), arguments.get("key", "return_value")
    if (
        len(call.args) > 1
        or call.dyn_args
        or call.dyn_kwargs
        or not arguments.keys() <= PULL_ARGUMENTS
        or not isinstance(task_id, str)
        or not isinstance(key, str)
        or arguments.get("dag_id", task.dag_id) != task.dag_id
        or arguments.get("map_indexes") not in UNMAPPED
    ):
        raise NeedsWorkerError(f"{name} pulls more than one XCom of one task of this DAG")
    return _pull(task, task_id, key, name)


def _pull(task: JobStatusSensor, task_id: str, key: str, name: str) -> list[str]:
    dag = task.get_dag()
    upstream = dag.task_dict.get(task_id) if dag else None
    if upstream is None:
        raise NeedsWorkerError(f"{name} pulls an XCom of {task_id!r}, which is no task of this DAG")
    if upstream.is_mapped or upstream.get_closest_mapped_task_group() is not None:
        raise NeedsWorkerError(f"{name} pulls XComs of {task_id!r}, which is mapped")
    return [task_id, key]
