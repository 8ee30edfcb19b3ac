"""The operator writes the results of a job to a file, and says what it has written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException

from airflow_jobstatus.exceptions import (
    ConnectionMissing,
    JobRejected,
    ResultsNotReady,
    ResultsNotWritten,
    Unauthorized,
    Unreachable,
)
from airflow_jobstatus.hooks.target import TargetFile
from airflow_jobstatus.operators.results import JobResultsOperator
from airflow_jobstatus.protocol import fetching
from tests.support.scripted_server import Reply
from tests.support.worker import Ended

pytestmark = pytest.mark.usefixtures("sandbox_connections")


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Ask for what is not there yet once more, and at once."""
    monkeypatch.setattr(fetching, "BACKOFFS", (0.0,))


@pytest.fixture
def path(tmp_path) -> str:
    return f"{tmp_path}/orders.csv"


@pytest.fixture
def fetch(worker, path) -> Callable[..., Ended]:
    """Run an operator to its end."""

    def run(kind: type[JobResultsOperator] = JobResultsOperator, **arguments: Any) -> Ended:
        ours = {"task_id": "fetch", "conn_id": "elastic_path_default", "path": path}
        return worker.run(lambda: kind(**{**ours, **arguments}))

    return run


def test_it_returns_what_it_has_written(sandbox, fetch, path):
    value = fetch(job_id=sandbox.add_job("elastic_path", seconds=0, records=2)).xcoms["return_value"]
    text = "order_id,total,currency\r\norder-1,100,EUR\r\norder-2,200,EUR\r\n"
    assert (value["path"], value["size"], value["format"]) == (path, len(text), "csv")
    assert len(value["sha256"]) == 64


def test_it_counts_records_that_come_page_by_page(sandbox, fetch):
    job_id = sandbox.add_job("courier", seconds=0, records=250)
    assert fetch(conn_id="courier_default", job_id=job_id).xcoms["return_value"]["records"] == 250


def test_a_format_may_be_asked_for(sandbox, fetch):
    job_id = sandbox.add_job("geobridge", seconds=0)
    assert (
        fetch(conn_id="geobridge_default", job_id=job_id, format="csv").xcoms["return_value"]["format"]
        == "csv"
    )


def test_its_log_says_where_the_results_are(sandbox, fetch, path, log):
    fetch(job_id=sandbox.add_job("elastic_path", seconds=0, records=2))
    assert f"The results are in {path}: 59 bytes of csv - Elastic Path job " in str(log)


ENDS: dict[str, tuple[dict[str, Any], type[Exception]]] = {
    "no such job": ({"job_id": "unknown"}, JobRejected),
    "no id": ({"job_id": ""}, JobRejected),
    "a list": ({"job_id": ["1", "2"]}, JobRejected),
    "no file": ({"job_id": "1", "path": "folder/"}, JobRejected),
    "no such format": ({"job_id": "1", "format": "xlsx"}, JobRejected),
    "no such connection": ({"job_id": "1", "conn_id": "nobody"}, ConnectionMissing),
}


@pytest.mark.parametrize("name", ENDS)
def test_what_can_never_succeed_says_so(fetch, name):
    arguments, kind = ENDS[name]
    assert type(fetch(**arguments).error) is kind


def test_results_that_are_not_there_yet_are_retried(sandbox, fetch):
    error = fetch(job_id=sandbox.add_job("elastic_path", seconds=1000)).error
    assert type(error) is ResultsNotReady
    assert isinstance(error, AirflowException)
    assert not isinstance(error, AirflowFailException)


def test_a_store_that_does_not_take_them_is_retried(sandbox, fetch, tmp_path):
    (tmp_path / "file").touch()
    job_id = sandbox.add_job("elastic_path", seconds=0)
    assert type(fetch(job_id=job_id, path=f"{tmp_path}/file/a.csv").error) is ResultsNotWritten


def test_an_api_that_is_away_is_unreachable(sandbox, fetch):
    job_id = sandbox.add_job("elastic_path", seconds=0)
    sandbox.add_fault("elastic_path", "outage")
    assert type(fetch(job_id=job_id).error) is Unreachable


def test_a_refused_credential_says_so(fetch, connect, server):
    server.play(Reply(status=401, body={"message": "Unauthorized"}))
    connect("courier", server.url)
    assert type(fetch(conn_id="courier_default", job_id="1").error) is Unauthorized


def test_a_person_who_ends_it_leaves_no_file(fetch, connect, server, tmp_path, monkeypatch):
    began: list[JobResultsOperator] = []
    monkeypatch.setattr(TargetFile, "expect", lambda *_: began[0].on_kill())
    connect("http_job", server.url, extra={"path": "/{id}", "results": {"path": "/{id}/r"}})
    server.play(Reply(body=b"row", headers={"Content-Type": "text/csv"}))

    class Noted(JobResultsOperator):
        def execute(self, context):
            began.append(self)
            return super().execute(context)

    assert type(fetch(Noted, conn_id="http_job_default", job_id="1").error) is ResultsNotWritten
    assert list(tmp_path.iterdir()) == []


def test_its_arguments_are_templates():
    assert set(JobResultsOperator.template_fields) == {"conn_id", "job_id", "path", "format"}
