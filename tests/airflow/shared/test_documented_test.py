"""The test that the guide shows passes: a DAG with a deferred wait, in pytest, beside the sandbox."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.airflow.shared.test_dag_test import copy_home

PAGE = (Path(__file__).parents[3] / "docs" / "guides" / "testing.md").read_text()
FILES = dict(re.findall(r"```python\n# (\S*nightly_batch\.py)\n(.*?)```", PAGE, re.DOTALL))


def test_the_documented_test_passes(airflow, tmp_path):
    copy_home(airflow.home, tmp_path)
    (tmp_path / "dags").mkdir()
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW_")}
    settings = {
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__CORE__DAGS_FOLDER": str(tmp_path / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_nightly_batch.py"],
        env={**inherited, **settings},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert " 1 passed" in f" {done.stdout}".replace("\n", " "), done.stdout + done.stderr
