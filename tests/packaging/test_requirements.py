"""What is imported is declared, each with the lowest version that may be used."""

from __future__ import annotations

import sys
from importlib.metadata import packages_distributions

import tomllib
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.matrix.cell import CELLS, ROOT
from tests.unit.test_layers import EVERY_FILE, imported

OPTIONAL = {"flask_appbuilder", "wtforms", "typing_extensions", "openlineage", "attrs"}
"""There with Airflow 3.1 only, for type checkers only, or with the OpenLineage provider, which alone asks."""


def declared() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [Requirement(line) for line in project["dependencies"]]


def of_extras() -> set[str]:
    """Give the packages that only somebody who asks for an extra needs."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    return {canonicalize_name(Requirement(line).name) for lines in extras.values() for line in lines}


def test_every_package_that_is_imported_is_declared():
    tops = {name.split(".")[0] for path in EVERY_FILE for name in imported(path)}
    foreign = tops - set(sys.stdlib_module_names) - {"airflow_jobstatus", ""} - OPTIONAL
    known = packages_distributions()
    found = {canonicalize_name(known[name][0]) for name in foreign if name != "airflow"}
    names = {canonicalize_name(requirement.name) for requirement in declared()}
    assert found - names - of_extras() == set()


def test_every_declared_package_has_a_lowest_version():
    assert [str(r) for r in declared() if not any(one.operator == ">=" for one in r.specifier)] == []


def test_the_lowest_cell_pins_every_declared_package():
    lines = CELLS["lowest"].versions(declared()).splitlines()
    pinned = {canonicalize_name(Requirement(line).name) for line in lines}
    assert {canonicalize_name(requirement.name) for requirement in declared()} <= pinned
