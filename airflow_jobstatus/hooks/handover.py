"""Says whether the triggerer can poll through the very hook that a worker has used."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pkgutil import resolve_name
from typing import Any

from airflow.providers.common.compat.sdk import BaseHook

from airflow_jobstatus.hooks.base import JobStatusHook
from airflow_jobstatus.hooks.likeness import are_alike

DAG_FILE = "unusual_prefix_"
"""How Airflow begins the name of the module that it makes of a DAG file."""
CONNECTING = ("get_connection", "aget_connection")
ON_A_WORKER = ("get_job", "cancel_job", "api", "_transport")
"""What a worker polls through, and the triggerer does not: it takes the calls of ``aget_api`` and no more."""
FOUND_ANEW = frozenset({"api", "_transport", "_log", "log", "_logger_name"})
"""What a hook keeps and another of its kind finds for itself."""


def against_handover(hook: JobStatusHook) -> str | None:
    """Return why the triggerer could not poll as this hook does, None if it could.

    The triggerer makes the hook anew, of the import path of its class and its connection's id.

    :param hook: The hook that polls on the worker.
    """
    return next((reason for reason, holds in REASONS.items() if holds(hook)), None)


def made_of(path: str, conn_id: str) -> JobStatusHook:
    """Return the hook that a path and a connection's id name.

    :raises Exception: whatever importing it or making it raises.
    """
    kind = resolve_name(path)
    if not (isinstance(kind, type) and issubclass(kind, JobStatusHook)):
        raise TypeError(f"{path} is no JobStatusHook")
    return kind(conn_id)


def _is_of_a_dag_file(hook: JobStatusHook) -> bool:
    module = type(hook).__module__
    return module == "__main__" or module.startswith(DAG_FILE)


def _is_elsewhere(hook: JobStatusHook) -> bool:
    """Return whether the path of a hook's class leads to another class, or to none."""
    kind = type(hook)
    try:
        module = sys.modules.get(kind.__module__) or import_module(kind.__module__)
        found: Any = module
        for name in kind.__qualname__.split("."):
            found = getattr(found, name)
    except (ImportError, AttributeError):
        return True
    return found is not kind or getattr(module, "__spec__", None) is None


def _polls_in_a_way_of_its_own(hook: JobStatusHook) -> bool:
    if any(name in vars(hook) for name in ("get_job", "cancel_job", "aget_api", *CONNECTING)):
        return True
    own = {name for name in (*ON_A_WORKER, "aget_api") if _is_own(hook, name)}
    return bool(own) and own != {"api", "aget_api"}


def _signs_in_in_a_way_of_its_own(hook: JobStatusHook) -> bool:
    """Return whether only one of the two ways to look the connection up is the hook's own.

    ``aget_api`` takes a ``get_connection`` of the hook's own too, so that one alone is alike in both.
    """
    return _is_own(hook, "aget_connection") and not _is_own(hook, "get_connection")


def _is_made_of_more(hook: JobStatusHook) -> bool:
    """Return whether the class and the connection's id alone make another hook than this."""
    try:
        other = type(hook)(hook.conn_id)
    except Exception:  # noqa: BLE001  whatever a constructor raises
        return True
    return not are_alike(_kept(hook), _kept(other), owners=(hook, other))


REASONS: Mapping[str, Callable[[JobStatusHook], bool]] = {
    "its hook's class is of the DAG file, which the triggerer does not read": _is_of_a_dag_file,
    "its hook's class cannot be imported by its name": _is_elsewhere,
    "its hook polls on a worker in a way of its own": _polls_in_a_way_of_its_own,
    "its hook looks up the connection in a way of its own for the triggerer": _signs_in_in_a_way_of_its_own,
    "its hook was made of more than the connection's id": _is_made_of_more,
}


def _is_own(hook: JobStatusHook, name: str) -> bool:
    """Return whether a class below ours defines a name; of a look-up also one beside ours."""
    kinds = type(hook).__mro__
    end = BaseHook if name in CONNECTING else JobStatusHook
    return any(name in vars(kind) for kind in kinds[: kinds.index(end)])


def _kept(hook: JobStatusHook) -> dict[str, Any]:
    return {name: value for name, value in vars(hook).items() if name not in FOUND_ANEW}
