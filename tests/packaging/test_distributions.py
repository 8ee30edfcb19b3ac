"""Wheel and source distribution hold the package, what the law asks for, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from configparser import ConfigParser
from email.message import Message
from email.parser import Parser
from pathlib import Path, PurePosixPath

import pytest

from airflow_jobstatus import __version__

ROOT = Path(__file__).parents[2]
PACKAGE = {
    str(path.relative_to(ROOT).as_posix())
    for path in (ROOT / "airflow_jobstatus").rglob("*")
    if path.suffix in {".py", ".js"} or path.name == "py.typed"
}
NAME = f"airflow_provider_jobstatus-{__version__}"
INFO = f"{NAME}.dist-info"


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """Build the source distribution, and the wheel from that, as an installer without wheels does."""
    there = tmp_path_factory.mktemp("dist")
    hatchling = [sys.executable, "-m", "hatchling", "build", "-d", str(there)]
    subprocess.run([*hatchling, "-t", "sdist"], cwd=ROOT, check=True, capture_output=True)
    with tarfile.open(there / f"{NAME}.tar.gz") as archive:
        archive.extractall(there, filter="data")
    subprocess.run([*hatchling, "-t", "wheel"], cwd=there / NAME, check=True, capture_output=True)
    return there


@pytest.fixture(scope="module")
def sdist(built) -> set[str]:
    with tarfile.open(built / f"{NAME}.tar.gz") as archive:
        return {str(PurePosixPath(name).relative_to(NAME)) for name in archive.getnames()}


@pytest.fixture(scope="module")
def wheel(built) -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(built / f"{NAME}-py3-none-any.whl") as archive:
        yield archive


@pytest.fixture(scope="module")
def metadata(wheel) -> Message:
    return Parser().parsestr(wheel.read(f"{INFO}/METADATA").decode())


def test_the_source_distribution_holds_the_package_and_what_builds_it(sdist):
    beside = {"pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "PKG-INFO", ".gitignore"}
    assert sdist == PACKAGE | beside


def test_the_wheel_holds_the_package_and_its_metadata(wheel):
    metadata = {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"}
    assert set(wheel.namelist()) == PACKAGE | {f"{INFO}/{name}" for name in metadata}


def test_the_package_is_typed():
    assert "airflow_jobstatus/py.typed" in PACKAGE


def test_the_wheel_is_found_by_airflow(wheel):
    points = ConfigParser()
    points.read_string(wheel.read(f"{INFO}/entry_points.txt").decode())
    assert {group: dict(points[group]) for group in points.sections()} == {
        "apache_airflow_provider": {"provider_info": "airflow_jobstatus.provider:get_provider_info"},
        "airflow.plugins": {"jobstatus": "airflow_jobstatus.plugin:JobStatusPlugin"},
    }


@pytest.mark.parametrize(
    "classifier",
    [
        "Framework :: Apache Airflow",
        "Framework :: Apache Airflow :: Provider",
        "Typing :: Typed",
        *(f"Programming Language :: Python :: 3.{minor}" for minor in range(10, 14)),
    ],
)
def test_the_package_index_shows_what_it_is(metadata, classifier):
    assert classifier in metadata.get_all("Classifier", [])


@pytest.mark.parametrize("label", ["Homepage", "Documentation", "Source", "Changelog", "Issues"])
def test_the_package_index_links_to_the_project(metadata, label):
    urls = dict(entry.split(", ") for entry in metadata.get_all("Project-URL", []))
    assert "airflow-provider-jobstatus" in urls[label]


def test_every_dependency_has_a_lowest_version(metadata):
    needed = metadata.get_all("Requires-Dist", [])
    assert needed
    assert [requirement for requirement in needed if ">=" not in requirement] == []


def test_the_readme_is_the_description(metadata):
    described = metadata.get_payload()
    assert described.strip() == (ROOT / "README.md").read_text().strip()


def test_the_licence_is_named(metadata):
    assert (metadata["License-Expression"], metadata["License-File"]) == ("Apache-2.0", "LICENSE")
