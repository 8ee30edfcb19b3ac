"""The sensor and the operator as a DAG file uses them."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime, timezone

import pytest
from airflow.sdk import DAG, task

from airflow_jobstatus.operators.jobstatus import JobStatusOperator
from airflow_jobstatus.sensors.jobstatus import JobStatusSensor
from tests.support.acme import CONN_ID, RUNNING, SUCCEEDED
from tests.support.airflow_names import DagSerialization

KINDS = pytest.mark.parametrize("kind", [JobStatusSensor, JobStatusOperator])
HEAVY = ("aiohttp", "requests", "urllib3", "airflow_jobstatus.hooks", "airflow_jobstatus.transports")
PARSE = """
import json, sys
from airflow.sdk import DAG, task
from tests.support.airflow_names import Providers
DAG, task
providers = Providers()
before, found_before = set(sys.modules), dict(providers._initialized_cache)
from airflow_jobstatus.operators.jobstatus import JobStatusOperator
from airflow_jobstatus.sensors.jobstatus import JobStatusSensor
with DAG("parsed", schedule=None):
    JobStatusOperator(task_id="poll", conn_id="c", job_id="x") >> [
        JobStatusSensor(task_id="wait", conn_id="c", job_id="x", deferrable=True),
        JobStatusSensor.partial(task_id="waits", conn_id="c").expand(job_id=["x", "y"]),
    ]
print(json.dumps([sorted(set(sys.modules) - before), providers._initialized_cache == found_before]))
"""


@task
def submit() -> str:
    return "made-upstream"


@pytest.fixture
def dag() -> DAG:
    with DAG("waits", schedule=None, start_date=datetime(2026, 1, 1, tzinfo=timezone.utc)) as dag:
        JobStatusSensor(
            task_id="wait", conn_id=CONN_ID, job_id=submit(), deferrable=True, max_failed=3, timeout=60
        ) >> JobStatusOperator(task_id="poll", conn_id=CONN_ID, job_id="{{ params.job }}")
        JobStatusSensor.partial(task_id="waits", conn_id=CONN_ID).expand(job_id=["a", "b"])
    return dag


@pytest.fixture
def stored(dag):
    """The DAG as the scheduler reads it from the metadata database."""
    return DagSerialization.from_dict(json.loads(json.dumps(DagSerialization.to_dict(dag))))


@pytest.fixture(scope="module")
def parsed() -> list:
    """What parsing a DAG file imports beside airflow.sdk, and whether it leaves the providers alone."""
    done = subprocess.run([sys.executable, "-c", PARSE], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def test_a_stored_dag_has_all_its_tasks(stored):
    assert set(stored.task_dict) == {"submit", "wait", "poll", "waits"}


@pytest.mark.parametrize("task_id", ["wait", "poll", "waits"])
def test_a_stored_task_shows_what_it_waits_for(stored, task_id):
    assert {"conn_id", "job_id"} <= set(stored.get_task(task_id).template_fields)


def test_a_task_whose_output_is_the_job_id_comes_first(stored):
    assert stored.get_task("wait").upstream_task_ids == {"submit"}


def test_a_mapped_sensor_is_stored_as_mapped(stored):
    assert stored.get_task("waits").is_mapped


def test_a_mapped_sensor_gets_its_own_job_id(dag):
    assert dag.get_task("waits").unmap({"job_id": "b"}).job_id == "b"


def test_a_mapped_sensor_waits(run_acme, worker):
    with run_acme() as acme, DAG("mapped", schedule=None):
        job_id = acme.add(RUNNING, SUCCEEDED)
        mapped = JobStatusSensor.partial(
            task_id="waits", conn_id=CONN_ID, deferrable=True, poke_interval=0
        ).expand(job_id=[job_id])
        ended = worker.run(lambda: mapped.unmap({"job_id": job_id}))
    assert ended.xcoms["return_value"]["state"] == "succeeded"


def test_a_limit_that_cannot_be_does_not_pass_the_dag_file_in_a_mapped_sensor_either():
    mapped = JobStatusSensor.partial(task_id="waits", conn_id="c", max_failed=-1).expand(job_id=["a"])
    with pytest.raises(ValueError, match="max_failed must be"):
        mapped.unmap({"job_id": "a"})


@KINDS
@pytest.mark.parametrize("field", ["conn_id", "job_id"])
def test_what_is_waited_for_is_templated(kind, field):
    arguments = {"conn_id": "c", "job_id": "x", field: "{{ params.given }}"}
    with DAG("templated", schedule=None):
        task = kind(task_id="t", **arguments)
    task.render_template_fields({"params": {"given": "by the run"}})
    assert getattr(task, field) == "by the run"


def test_parsing_a_dag_file_imports_no_http_library(parsed):
    imported, _ = parsed
    assert [name for name in imported if name.startswith(HEAVY)] == []


def test_parsing_a_dag_file_looks_for_no_hooks_of_providers(parsed):
    _, providers_are_as_airflow_left_them = parsed
    assert providers_are_as_airflow_left_them
