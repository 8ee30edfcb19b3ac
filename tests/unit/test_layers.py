"""Imports go down only, in no circle; what is pure needs neither Airflow nor an HTTP library."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import airflow_jobstatus

ROOT = Path(airflow_jobstatus.__file__).parent
LAYERS = [
    "protocol",
    "waiting",
    "connections",
    "vendors",
    "transports",
    "polling",
    "hooks",
    "triggers",
    "tasks",
    "workerless",
    "sensors",
    "operators",
    "testing",
    "command",
]
"""From below upwards; a module may import from its own layer and from those below it."""
APART = {
    "waiting": {"connections", "vendors", "transports"},
    "connections": {"waiting"},
    "vendors": {"waiting"},
    "transports": {"waiting", "connections", "vendors"},
    "polling": {"connections", "vendors", "hooks"},
    "hooks": {"waiting", "polling"},
    "triggers": {"connections", "vendors"},
    "tasks": {"connections", "vendors", "transports", "triggers"},
    "workerless": {"connections", "vendors", "transports", "tasks"},
    "sensors": {"connections", "vendors", "transports"},
    "operators": {"connections", "vendors", "transports", "triggers", "workerless"},
    "testing": {"polling", "hooks", "triggers", "tasks", "workerless", "sensors", "operators"},
    "command": {
        *("connections", "transports", "triggers", "tasks", "workerless", "sensors", "operators", "testing")
    },
}
"""Layers that must not know others, even where the order would let them."""
FOREIGN = {
    "protocol": {"jmespath"},
    "waiting": set(),
    "connections": {"requests", "certifi", "flask_appbuilder", "wtforms"},
    "vendors": set(),
    "transports": {"requests", "aiohttp", "urllib3", "yarl", "typing_extensions"},
    "polling": set(),
    "hooks": {"airflow", "requests"},
    "triggers": {"airflow", "jinja2", "structlog"},
    "tasks": {"airflow", "openlineage", "attrs"},
    "workerless": {"airflow", "jinja2"},
    "sensors": {"airflow", "jinja2"},
    "operators": {"airflow"},
    "testing": {"pytest", "typing_extensions"},
    "command": {"airflow", "rich"},
}
"""The packages beyond the standard library that each layer may import, pendulum aside."""
NO_LAYER = {"sandbox", "ui"}
"""What is no part of a wait: it imports none of the layers, nor does a layer import it."""
LONGEST_FILE = 300
EVERY_FILE = sorted(ROOT.rglob("*.py"))
MODULES = [path for path in EVERY_FILE if path.relative_to(ROOT).parts[0] in LAYERS]


def of_each(paths: list[Path]) -> pytest.MarkDecorator:
    params = []
    for path in paths:
        name = str(path.relative_to(ROOT))
        params.append(pytest.param(path, id=name))
    return pytest.mark.parametrize("path", params)


def imported(path: Path) -> Iterator[str]:
    """Give what a file imports, also within functions and for type checkers alone."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path} imports by a relative name"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def layer_of(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if parts[0] == "airflow_jobstatus" and len(parts) > 1 and parts[1] in LAYERS else None


def layers_of(path: Path) -> set[str]:
    return {layer for name in imported(path) if (layer := layer_of(name))}


def circle(graph: Mapping[str, set[str]]) -> list[str]:
    """Give the modules of one circle of imports, none where there is no circle."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def graph() -> dict[str, set[str]]:
    """Give what each module of the package imports of the package."""
    modules = {module_of(path): path for path in EVERY_FILE}
    return {name: set(imported(path)) & modules.keys() - {name} for name, path in modules.items()}


@of_each(MODULES)
def test_a_module_imports_from_its_own_layer_and_those_below(path):
    own = path.relative_to(ROOT).parts[0]
    assert layers_of(path) - set(LAYERS[: LAYERS.index(own) + 1]) == set()


@of_each(MODULES)
def test_layers_that_are_apart_do_not_know_each_other(path):
    own = path.relative_to(ROOT).parts[0]
    assert layers_of(path) & APART.get(own, set()) == set()


@of_each(MODULES)
def test_a_module_imports_no_more_foreign_packages_than_its_layer_may(path):
    own = path.relative_to(ROOT).parts[0]
    tops = {name.split(".")[0] for name in imported(path)}
    foreign = tops - set(sys.stdlib_module_names) - {"airflow_jobstatus", "pendulum"}
    assert foreign <= FOREIGN[own]


def test_every_package_is_a_layer_or_known_to_be_none():
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages - NO_LAYER == set(LAYERS)


def test_no_modules_import_each_other_in_a_circle():
    assert circle(graph()) == []


def test_a_circle_of_imports_would_be_seen():
    assert set(circle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})) == {"a", "b", "c"}


@of_each(EVERY_FILE)
def test_a_file_is_short_enough_to_be_read(path):
    assert len(path.read_text().splitlines()) <= LONGEST_FILE


@of_each([path for name in sorted(NO_LAYER) for path in sorted((ROOT / name).rglob("*.py"))])
def test_what_is_no_layer_imports_none(path):
    assert not layers_of(path)


def test_the_plugin_imports_none_of_the_layers():
    assert not layers_of(ROOT / "plugin.py")


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("airflow_jobstatus.provider", ["airflow_jobstatus.hooks", "requests", "aiohttp", "airflow"]),
        ("airflow_jobstatus.waiting.watch", ["airflow", "requests", "aiohttp"]),
        ("airflow_jobstatus.vendors", ["airflow", "requests", "aiohttp", "jmespath"]),
        ("airflow_jobstatus.plugin", ["airflow_jobstatus.ui", "airflow_jobstatus.hooks", "jmespath"]),
    ],
)
def test_a_module_drags_nothing_unwanted_in(module, unwanted):
    script = f"import sys, {module}; print([name for name in {unwanted} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
