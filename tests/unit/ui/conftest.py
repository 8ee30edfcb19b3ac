"""The JavaScript as a module that Node.js imports."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from airflow_jobstatus.ui import static

NODE = shutil.which("node")


@pytest.fixture(scope="session")
def node() -> str:
    if NODE is None:
        pytest.skip("no node")
    return NODE


@pytest.fixture(scope="session")
def module(tmp_path_factory) -> Path:
    module = tmp_path_factory.mktemp("app") / "app.mjs"
    shutil.copy(Path(static.__file__).with_name("app.js"), module)
    return module
