from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from airflow_jobstatus.sandbox import Sandbox
from tests.support.fixtures import log

__all__ = ["log", "sandbox"]


@pytest.fixture
def sandbox(monkeypatch) -> Iterator[Sandbox]:
    """Serve a sandbox whose jobs never end, with a connection ``<vendor>_default`` to each of its vendors."""
    sandbox = Sandbox(seconds=float("inf"))
    with sandbox.serve() as url:
        for vendor, fields in sandbox.connections(url).items():
            monkeypatch.setenv(f"AIRFLOW_CONN_{vendor.upper()}_DEFAULT", json.dumps(fields))
        yield sandbox
