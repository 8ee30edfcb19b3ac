"""Gives Airflow a home of its own before anything imports it; connections come from the environment."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from typing import Any

os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="airflow-jobstatus-")
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__CORE__UNIT_TEST_MODE"] = "False"
for name in [
    name for name in os.environ if name.lower().endswith("_proxy") or name.startswith("AIRFLOW_CONN_")
]:
    del os.environ[name]

import pytest  # noqa: E402  AIRFLOW_HOME comes first
import trustme  # noqa: E402  AIRFLOW_HOME comes first
from hypothesis import settings  # noqa: E402  AIRFLOW_HOME comes first

from tests.support.connection import Connect  # noqa: E402  AIRFLOW_HOME comes first
from tests.support.scripted_server import ScriptedServer  # noqa: E402  AIRFLOW_HOME comes first

settings.register_profile("jobstatus", deadline=None, derandomize=True, print_blob=True, database=None)
settings.load_profile("jobstatus")


def pytest_unconfigure() -> None:
    shutil.rmtree(os.environ["AIRFLOW_HOME"], ignore_errors=True)


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_bundle(authority, tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def connect(monkeypatch, ca_bundle) -> Connect:
    """Define connections; it trusts the tests' own authority, whose one certificate is read quickly."""
    return Connect(monkeypatch, ca_bundle)


@pytest.fixture
def closed_port() -> Iterator[int]:
    """Give a port of the loopback at which nobody listens, and which is held so that nobody can."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@pytest.fixture
def unknown_names(monkeypatch) -> None:
    """Let names below ``.invalid`` have no address, without asking a resolver."""
    look_up = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        if str(host).endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return look_up(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.fixture
def server():
    with ScriptedServer() as server:
        yield server
