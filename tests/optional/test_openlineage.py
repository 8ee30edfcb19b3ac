"""What OpenLineage is told by each task, through the extractor of Airflow's own provider."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from airflow.providers.openlineage.extractors.base import DefaultExtractor
from airflow.sdk import BaseOperator
from openlineage.client.serde import Serde

from airflow_jobstatus.operators.jobstatus import JobStatusOperator
from airflow_jobstatus.operators.results import JobResultsOperator
from airflow_jobstatus.sandbox import Sandbox
from airflow_jobstatus.sensors.jobstatus import JobStatusSensor
from airflow_jobstatus.tasks.lineage import MOST_JOBS, lineage
from tests.support.fixtures import worker
from tests.support.worker import Worker

__all__ = ["worker"]


@pytest.fixture
def sandbox(monkeypatch) -> Iterator[Sandbox]:
    """Serve a sandbox whose jobs have ended, with a connection ``<vendor>_default`` to each vendor."""
    sandbox = Sandbox(seconds=0, rate_limit=False)
    with sandbox.serve() as url:
        for vendor, fields in sandbox.connections(url).items():
            monkeypatch.setenv(f"AIRFLOW_CONN_{vendor.upper()}_DEFAULT", json.dumps(fields))
        sandbox.url = url
        yield sandbox


@pytest.fixture
def told(worker: Worker) -> Callable[[BaseOperator], dict[str, Any]]:
    """Run a task to its end; give what its provider tells OpenLineage, as JSON."""

    def run(task: BaseOperator) -> dict[str, Any]:
        ended = worker.run(lambda: task)
        extracted = DefaultExtractor(task).extract_on_complete(worker.ti)
        assert extracted is not None, ended
        return {
            "inputs": [(one.namespace, one.name) for one in extracted.inputs],
            "outputs": [(one.namespace, one.name) for one in extracted.outputs],
            "facets": {
                name: json.loads(Serde.to_json(facet)) for name, facet in extracted.run_facets.items()
            },
        }

    return run


def test_a_poll_tells_its_job(sandbox, told):
    job_id = sandbox.add_job("courier", records=5)
    facets = told(JobStatusOperator(task_id="poll", conn_id="courier_default", job_id=job_id))["facets"]
    assert facets["jobstatus"]["jobs"] == [
        {
            "vendor": "courier",
            "id": job_id,
            "state": "succeeded",
            "status": "COMPLETED",
            "counters": {"received": 5, "enqueued": 5, "failures": 0},
        }
    ]


@pytest.mark.parametrize("outcome", ["succeeded", "failed"])
def test_a_wait_tells_how_its_job_ended(sandbox, told, outcome):
    job_id = sandbox.add_job("courier", outcome=outcome)
    sensor = JobStatusSensor(task_id="wait", conn_id="courier_default", job_id=job_id)
    assert [job["state"] for job in told(sensor)["facets"]["jobstatus"]["jobs"]] == [outcome]


def test_a_wait_for_many_tells_of_fifty_and_how_many_there_were(sandbox, told):
    job_ids = [sandbox.add_job("courier") for _ in range(MOST_JOBS + 1)]
    sensor = JobStatusSensor(task_id="wait", conn_id="courier_default", job_id=job_ids, poke_interval=1)
    facet = told(sensor)["facets"]["jobstatus"]
    assert (len(facet["jobs"]), facet["total"]) == (MOST_JOBS, MOST_JOBS + 1)


def test_a_download_tells_what_it_read_and_what_it_wrote(sandbox, told, tmp_path):
    job_id = sandbox.add_job("elastic_path")
    path = f"{tmp_path}/orders.csv"
    fetch = JobResultsOperator(task_id="fetch", conn_id="elastic_path_default", job_id=job_id, path=path)
    found = told(fetch)
    assert found["inputs"] == [(sandbox.url, f"/v2/jobs/{job_id}")]
    assert found["outputs"] == [("file", path)]


def test_an_object_is_named_by_its_bucket_and_key():
    told = lineage((), written=["s3://aws_default@bucket/orders/a.csv"])
    assert [(one.namespace, one.name) for one in told.outputs] == [("s3://bucket", "orders/a.csv")]
