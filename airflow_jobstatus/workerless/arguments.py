"""Where the triggerer gets a task's argument from: plain JSON values, made when the DAG file is parsed.

Each source is a dict with one of these keys:

``text``
    the argument itself
``template``
    a Jinja template, beside ``pulls``: the XComs that it pulls, each a task id and a key
``xcom``
    an XCom, a task id and a key
``each``
    a list of sources
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from airflow_jobstatus.protocol.errors import JobStatusError

Source = Mapping[str, Any]
TI_NAMES = frozenset({"ti", "task_instance"})
"""The names under which a template finds its task instance."""
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


class NeedsWorkerError(Exception):
    """The wait cannot begin in the triggerer; the message says why."""


class MissingError(JobStatusError):
    """An argument cannot be told, for something that it is made of is not there."""


class Pulled:
    """Stands for the task instance in a template: it has the XComs that were pulled for it.

    :param values: The XComs by task id and key.
    """

    def __init__(self, values: Mapping[tuple[str, str], Any]) -> None:
        self._values = values

    def xcom_pull(self, task_ids: str, *, key: str = "return_value", **_others: Any) -> Any:
        """Return what was pulled."""
        return self._values[task_ids, key]


class Resolver:
    """Resolves the arguments of one task instance.

    :param pull: Pulls an XCom by task id and key; None where there is none.
    :param render: Renders an argument's template with names that it may use besides Airflow's context.
    """

    def __init__(
        self,
        pull: Callable[[str, str], Awaitable[Any]],
        render: Callable[[str, str, Mapping[str, Any]], str],
    ) -> None:
        self._pull = pull
        self._render = render

    async def resolve(self, name: str, source: Source) -> Any:
        """Return an argument as a worker would have rendered it.

        :param name: The argument.
        :param source: Where it comes from.
        :raises MissingError: saying what it lacks.
        """
        if "text" in source:
            return source["text"]
        if "each" in source:
            return [await self.resolve(name, one) for one in source["each"]]
        if "xcom" in source:
            task_id, key = source["xcom"]
            value = await self._pull(task_id, key)
            if value is None:
                raise MissingError(f"{name} is missing: task {task_id!r} left no XCom {key!r}")
            return value
        values = {(task_id, key): await self._pull(task_id, key) for task_id, key in source["pulls"]}
        names = dict.fromkeys(TI_NAMES, Pulled(values))
        rendered = self._render(name, source["template"], names)
        if rendered in {"", "None"} and None in values.values():
            lost = ", ".join(f"XCom {key!r} of task {task_id!r}" for task_id, key in values)
            raise MissingError(f"{name} is missing: {source['template']!r} found no {lost}")
        return rendered
