"""What ``airflow providers`` says of the package."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from airflow_jobstatus import __version__
from airflow_jobstatus.provider import HOOKS, get_provider_info

NAME = "airflow-provider-jobstatus"
LOADED = """
import json, sys
from airflow.providers_manager import ProvidersManager
providers = ProvidersManager()
version = providers.providers["airflow-provider-jobstatus"].version
print(json.dumps([version, sorted(name for name in sys.modules if name.startswith("airflow_jobstatus."))]))
"""


@pytest.fixture(scope="module")
def airflow_home(tmp_path_factory) -> str:
    return str(tmp_path_factory.mktemp("airflow"))


@pytest.fixture(scope="module")
def run(airflow_home) -> Callable[..., Any]:
    """Run Python in a process of its own, and give the JSON in the last line that it writes."""

    def run(*arguments: str) -> Any:
        done = subprocess.run(
            [sys.executable, *arguments],
            env={**os.environ, "AIRFLOW_HOME": airflow_home},
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(done.stdout.splitlines()[-1])

    return run


@pytest.fixture
def providers(run) -> Callable[..., list[dict[str, str]]]:
    """Give our rows of what a subcommand prints."""

    def ours(*arguments: str) -> list[dict[str, str]]:
        rows = run("-m", "airflow", "providers", *arguments, "--output", "json")
        return [row for row in rows if NAME in {row.get("package_name"), row.get("package-name")}]

    return ours


def test_list_names_us_with_our_version(providers):
    [ours] = providers("list")
    assert ours["version"].strip() == __version__


def test_get_shows_what_the_package_is_made_of(providers):
    [ours] = providers("get", NAME, "--full")
    kinds = ("integrations", "hooks", "operators", "sensors", "triggers")
    for kind in kinds:
        assert str(ours[kind]) == str(get_provider_info()[kind])


def test_hooks_has_each_connection_type_with_its_hook(providers):
    shown = {(row["connection_type"], row["class"]) for row in providers("hooks")}
    assert shown == {(vendor.conn_type, path) for path, vendor in HOOKS.items()}


def test_no_hook_is_shown_as_broken(providers):
    assert {row["conn_id_attribute_name"] for row in providers("hooks")} == {"conn_id"}


def test_triggers_has_our_modules(providers):
    shown = {row["class"] for row in providers("triggers")}
    assert shown == {
        module for group in get_provider_info()["triggers"] for module in group["python-modules"]
    }


def test_the_provider_is_loaded_without_its_hooks(run):
    version, modules = run("-c", LOADED)
    layers = {name.split(".")[1] for name in modules}
    assert (version, layers) == (__version__, {"provider", "connections", "protocol", "vendors"})
