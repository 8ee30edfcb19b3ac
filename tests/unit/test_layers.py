"""Imports go down only, and the core needs neither Airflow nor an HTTP library."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import airflow_jobstatus

ROOT = Path(airflow_jobstatus.__file__).parent
LAYERS = [
    "core",
    "vendors",
    "connections",
    "transports",
    "polling",
    "hooks",
    "triggers",
    "operators",
    "sensors",
]
"""From below upwards; a module may import from its own layer and from those below it."""
SIDE_BY_SIDE = {
    ("polling", "hooks"),
    ("hooks", "polling"),
    ("transports", "connections"),
    ("transports", "vendors"),
}
"""Layers that must not know each other although the order would let them."""
FOREIGN = {
    "core": set(),
    "vendors": set(),
    "connections": {"requests", "certifi", "flask_appbuilder", "wtforms"},
    "transports": {"requests", "aiohttp", "urllib3", "yarl", "typing_extensions"},
    "polling": set(),
    "hooks": {"airflow", "requests"},
    "triggers": {"airflow", "jinja2"},
    "operators": {"airflow"},
    "sensors": {"airflow", "jinja2"},
}
"""The packages beyond the standard library that each layer may import, pendulum aside."""
MODULES = sorted(path for layer in LAYERS for path in (ROOT / layer).rglob("*.py"))
IDS = [str(path.relative_to(ROOT)) for path in MODULES]
EVERY_MODULE = pytest.mark.parametrize("path", MODULES, ids=IDS)


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path} imports by a relative name"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def layer_of(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if parts[0] == "airflow_jobstatus" and len(parts) > 1 and parts[1] in LAYERS else None


@EVERY_MODULE
def test_a_module_imports_from_its_own_layer_and_those_below(path):
    own = path.relative_to(ROOT).parts[0]
    above = {layer for name in imported(path) if (layer := layer_of(name))} - set(
        LAYERS[: LAYERS.index(own) + 1]
    )
    assert above == set()


@EVERY_MODULE
def test_layers_side_by_side_do_not_know_each_other(path):
    own = path.relative_to(ROOT).parts[0]
    assert not [name for name in imported(path) if (own, layer_of(name)) in SIDE_BY_SIDE]


@EVERY_MODULE
def test_a_module_imports_no_more_foreign_packages_than_its_layer_may(path):
    own = path.relative_to(ROOT).parts[0]
    tops = {name.split(".")[0] for name in imported(path)}
    foreign = tops - set(sys.stdlib_module_names) - {"airflow_jobstatus", "pendulum"}
    assert foreign <= FOREIGN[own]


def test_every_package_is_a_layer_or_known_to_be_none():
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages - {"sandbox"} == set(LAYERS)


@pytest.mark.parametrize("path", sorted((ROOT / "sandbox").rglob("*.py")), ids=lambda path: path.name)
def test_the_sandbox_knows_nothing_of_what_it_is_there_to_test(path):
    assert not [name for name in imported(path) if layer_of(name)]


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("airflow_jobstatus.provider", ["airflow_jobstatus.hooks", "aiohttp", "airflow"]),
        ("airflow_jobstatus.waiting.watch", ["airflow", "requests", "aiohttp"]),
        ("airflow_jobstatus.vendors.elastic_path", ["airflow", "requests", "aiohttp"]),
    ],
)
def test_a_module_drags_nothing_unwanted_in(module, unwanted):
    script = f"import sys, {module}; print([name for name in {unwanted} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
