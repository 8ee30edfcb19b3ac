"""Any public module can be the first import of a process, whatever providers are installed beside it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from airflow_jobstatus.provider import get_provider_info

PAGE = (Path(__file__).parents[2] / "docs" / "guides" / "adding-a-vendor.md").read_text()
INFO = get_provider_info()
PUBLIC = [
    "airflow_jobstatus.vendors",
    "airflow_jobstatus.hooks.base",
    "airflow_jobstatus.exceptions",
    "airflow_jobstatus.xcoms",
    "airflow_jobstatus.testing",
    "airflow_jobstatus.sandbox",
    *(
        module
        for kind in ("hooks", "sensors", "operators", "triggers")
        for group in INFO[kind]
        for module in group["python-modules"]
    ),
]
RECIPE = {
    match[1]: match[2] for match in re.finditer(r"```python\n# (pcm/\w+\.py)\n(.*?)```", PAGE, re.DOTALL)
}
"""The files of the vendor that the guide adds."""
CARELESS = """
from dataclasses import replace

from airflow_jobstatus.hooks.base import JobStatusHook
from airflow_jobstatus.vendors import GEOBRIDGE, connection_type


class AcmeHook(JobStatusHook):
    vendor = replace(GEOBRIDGE, name="Acme", conn_type="acme")


def get_provider_info():
    return {
        "package-name": "airflow-provider-acme",
        "name": "Acme",
        "description": "A vendor whose description cannot be had without its hook.",
        "connection-types": [connection_type(AcmeHook.vendor, "acme.hooks.AcmeHook")],
    }
"""


def install(site: Path, name: str, files: Mapping[str, str], entry_point: str) -> None:
    """Put a provider's files and the metadata of its distribution into a folder."""
    for path, text in files.items():
        (site / path).parent.mkdir(exist_ok=True)
        (site / path).write_text(text)
    metadata = site / f"airflow_provider_{name}-1.0.dist-info"
    metadata.mkdir()
    metadata.joinpath("METADATA").write_text(
        f"Metadata-Version: 2.1\nName: airflow-provider-{name}\nVersion: 1.0\n"
    )
    metadata.joinpath("entry_points.txt").write_text(
        f"[apache_airflow_provider]\nprovider_info = {entry_point}:get_provider_info\n"
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """A folder with two vendors of other people."""
    site = tmp_path_factory.mktemp("site")
    install(site, "pcm", RECIPE, "pcm.vendor")
    install(site, "acme", {"acme/hooks.py": CARELESS}, "acme.hooks")
    return site


def run(site: Path, script: str) -> str:
    """Run a script in a fresh interpreter, and give what went wrong."""
    environment = {**os.environ, "PYTHONPATH": str(site)}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False
    )
    return done.stderr if done.returncode else ""


@pytest.mark.parametrize("module", PUBLIC)
def test_a_public_module_can_be_the_first_import(site, module):
    assert run(site, f"import {module}, airflow") == ""


@pytest.mark.parametrize("module", ["pcm.vendor", "pcm.hooks"])
def test_a_module_of_the_guides_vendor_can_be_the_first_import(site, module):
    assert run(site, f"import {module}, airflow") == ""


def test_airflow_finds_the_hook_of_the_guides_vendor(site):
    script = """
from airflow.sdk import Connection
hook = Connection(conn_id="x", conn_type="elastic_path_pcm").get_hook()
assert (type(hook).__name__, hook.hook_name) == ("PcmHook", "Elastic Path PCM")
"""
    assert run(site, script) == ""
