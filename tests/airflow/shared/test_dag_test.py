"""``dag.test()`` with a connection that is only in Airflow's database, which no trigger reads there."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

DAG_FILE = """
import time

from airflow.sdk import DAG

from airflow_jobstatus.sensors.jobstatus import JobStatusSensor

with DAG("inline", schedule=None) as dag:
    JobStatusSensor(task_id="wait", conn_id="courier_stored", job_id="endless-inline", deferrable=True)

if __name__ == "__main__":
    began = time.monotonic()
    dag.test()
    print(f"took {time.monotonic() - began:.1f} s")
"""
SENTENCE = (
    "dag.test() runs the wait within its own process, where a trigger cannot read connection "
    "'courier_stored' from Airflow's database; define it as the environment variable "
    "AIRFLOW_CONN_COURIER_STORED, or set deferrable=False for the test"
)
AT_ONCE = 45.0
"""Seconds that it may take on two busy cores; to look for the connection in vain took 135."""


@pytest.fixture(scope="module")
def output(airflow, sandbox, tmp_path_factory) -> str:
    """Run it on a copy of Airflow's database, for a scheduler would take the run up."""
    sandbox.add_job("courier", job_id="endless-inline", seconds=float("inf"))
    home = tmp_path_factory.mktemp("inline")
    copy_home(airflow.home, home)
    file = home / "dags" / "inline.py"
    file.parent.mkdir()
    file.write_text(DAG_FILE)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW_")}
    env = {
        **inherited,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
        "NO_COLOR": "1",
        "COLUMNS": "1000",
    }
    done = subprocess.run(
        [sys.executable, str(file)],
        env=env,
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=200,
        check=False,
    )
    return done.stdout


def copy_home(source: Path, target: Path) -> None:
    """Copy Airflow's configuration and its database, which stay in use."""
    settings = (source / "airflow.cfg").read_text().replace(str(source), str(target))
    (target / "airflow.cfg").write_text(settings)
    with (
        closing(sqlite3.connect(source / "airflow.db")) as used,
        closing(sqlite3.connect(target / "airflow.db")) as copy,
    ):
        used.backup(copy)


def test_dag_test_says_that_a_trigger_cannot_read_the_connection_there_and_what_to_do(output):
    assert SENTENCE in output, output


def test_dag_test_says_so_at_once(output):
    assert float(re.search(r"^took ([\d.]+) s$", output, re.MULTILINE)[1]) < AT_ONCE, output
