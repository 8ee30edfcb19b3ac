"""The provider's description names every class that a DAG or the triggerer may name, and of no other."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

import pytest
from airflow.providers.common.compat.sdk import BaseHook, BaseOperator, BaseSensorOperator
from airflow.triggers.base import BaseTrigger

import airflow_jobstatus
from airflow_jobstatus.hooks.base import JobStatusHook
from airflow_jobstatus.provider import get_provider_info

INFO = get_provider_info()
KINDS: dict[str, type] = {
    "hooks": BaseHook,
    "operators": BaseOperator,
    "sensors": BaseSensorOperator,
    "triggers": BaseTrigger,
}
PLACES = {"triggers": ["triggers", "workerless"]}
"""The layers that hold a kind, where they are others than the one of its name."""
EACH_KIND = pytest.mark.parametrize("kind", KINDS)


def classes(kind: str) -> Iterator[type]:
    """Give the classes of a kind that the package defines, in whatever module of its layers."""
    for place in PLACES.get(kind, [kind]):
        layer = import_module(f"{airflow_jobstatus.__name__}.{place}")
        for found in iter_modules(layer.__path__, f"{layer.__name__}."):
            for _, one in inspect.getmembers(import_module(found.name), inspect.isclass):
                if one.__module__ == found.name and issubclass(one, KINDS[kind]) and one is not JobStatusHook:
                    yield one


def declared(kind: str) -> set[str]:
    return {module for group in INFO[kind] for module in group["python-modules"]}


@EACH_KIND
def test_every_class_is_in_a_module_that_is_declared_and_every_such_module_has_one(kind):
    assert {one.__module__ for one in classes(kind)} == declared(kind)


@EACH_KIND
def test_every_class_is_public_and_described(kind):
    assert [one for one in classes(kind) if one.__name__.startswith("_") or not one.__doc__] == []


def test_every_hook_has_a_connection_type_and_every_connection_type_a_hook():
    hooks = {f"{hook.__module__}.{hook.__qualname__}" for hook in classes("hooks")}
    assert {entry["hook-class-name"] for entry in INFO["connection-types"]} == hooks
