"""Fixtures of the tests that run tasks; a conftest takes what it needs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import invalidate_caches
from pathlib import Path
from typing import Any

import pytest
import structlog

from airflow_jobstatus.sandbox import Sandbox
from tests.support.acme import CONN_ID, AcmeServer
from tests.support.airflow_names import forget_providers
from tests.support.triggerer import Comms, Triggerer
from tests.support.worker import Worker

__all__ = ["acme", "comms", "log", "run_acme", "sandbox", "sandbox_connections", "triggerer", "worker"]

RunAcme = Callable[[], AbstractContextManager[AcmeServer]]


@pytest.fixture(scope="session")
def run_acme(tmp_path_factory) -> Iterator[RunAcme]:
    """Install Acme's provider, as pip would have it, by the metadata of a distribution; and run Acme."""
    site = tmp_path_factory.mktemp("site")
    metadata = site / "airflow_provider_acme-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: airflow-provider-acme\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(
        "[apache_airflow_provider]\nprovider_info = tests.support.acme:get_provider_info\n"
    )
    with _importable(site):
        _poll_for_providers_again()
        yield _running_acme
    _poll_for_providers_again()


@pytest.fixture
def acme(run_acme) -> Iterator[AcmeServer]:
    with run_acme() as server:
        yield server


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(rate_limit=False)


@pytest.fixture
def sandbox_connections(sandbox, monkeypatch) -> Iterator[None]:
    """Serve the sandbox, with a connection ``<vendor>_default`` to each of its vendors."""
    with sandbox.serve() as url:
        for vendor, connection in sandbox.connections(url).items():
            monkeypatch.setenv(f"AIRFLOW_CONN_{vendor.upper()}_DEFAULT", json.dumps(connection))
        yield


@pytest.fixture
def comms(monkeypatch) -> Comms:
    """Give what stands for the triggerer's line to its supervisor; it keeps XComs."""
    from airflow.sdk.execution_time import task_runner  # noqa: PLC0415  only these tests need it

    comms = Comms()
    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", comms, raising=False)
    return comms


@pytest.fixture
def triggerer(comms) -> Triggerer:
    return Triggerer(comms)


@pytest.fixture
def worker() -> Worker:
    return Worker()


@pytest.fixture
def log() -> Iterator[list[Any]]:
    """Give what is logged, an entry for each line."""
    with structlog.testing.capture_logs() as entries:
        yield entries


@contextmanager
def _running_acme() -> Iterator[AcmeServer]:
    """Give a running Acme, with the connection ``acme_default`` to it."""
    server = AcmeServer()
    with server.serve(), pytest.MonkeyPatch.context() as patch:
        patch.setenv(f"AIRFLOW_CONN_{CONN_ID.upper()}", json.dumps(server.connection))
        yield server


@contextmanager
def _importable(site: Path) -> Iterator[None]:
    sys.path.append(str(site))
    try:
        yield
    finally:
        sys.path.remove(str(site))


def _poll_for_providers_again() -> None:
    invalidate_caches()
    forget_providers()
