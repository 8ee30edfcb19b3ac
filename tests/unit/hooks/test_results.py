"""Results of every vendor through its hook, from the sandbox to a file."""

from __future__ import annotations

import csv
import json
import logging
from dataclasses import replace
from hashlib import sha256

import pytest

from airflow_jobstatus.hooks.base import JobStatusHook
from airflow_jobstatus.hooks.http_job import HttpJobHook
from airflow_jobstatus.protocol import fetching
from airflow_jobstatus.protocol.errors import (
    InvalidTargetError,
    NotFoundError,
    NotReadyError,
    PermanentError,
    UnsupportedError,
)
from airflow_jobstatus.sandbox import results
from lab.until import until
from tests.support.connection import HOOKS
from tests.support.scripted_server import Reply

ALL: dict[str, type[JobStatusHook]] = {**HOOKS, "http_job": HttpJobHook}
FORMATS = {"courier": "ndjson", "elastic_path": "csv", "geobridge": "ndjson", "http_job": "csv"}
RECORDS = 2500
vendors = pytest.mark.parametrize("vendor", ALL)


class Lifetimes:
    """Adds another lifetime to the time of each link."""

    def __init__(self, *seconds: float) -> None:
        self._seconds = iter(seconds)

    def __radd__(self, now: float) -> float:
        return now + next(self._seconds)


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Ask for what is not there yet once more, and at once."""
    monkeypatch.setattr(fetching, "BACKOFFS", (0.0,))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "results"


@vendors
def test_the_results_of_a_job_are_written(sandbox, path, vendor):
    job_id = sandbox.add_job(vendor, seconds=0, records=RECORDS)
    done = ALL[vendor]().download_results(job_id, path)
    body = path.read_bytes()
    lines = body.decode().splitlines()
    rows = list(csv.DictReader(lines)) if done.format == "csv" else [json.loads(line) for line in lines]
    assert len(rows) == RECORDS
    assert done == replace(
        done,
        path=str(path),
        size=len(body),
        sha256=sha256(body).hexdigest(),
        format=FORMATS[vendor],
    )


@vendors
def test_results_that_are_not_there_yet_leave_no_file(sandbox, path, vendor):
    if vendor == "courier":
        pytest.skip("Courier shows its users while it works")
    job_id = sandbox.add_job(vendor, seconds=1000)
    with pytest.raises(NotReadyError):
        ALL[vendor]().download_results(job_id, path)
    assert list(path.parent.iterdir()) == []


@pytest.mark.usefixtures("sandbox")
@vendors
def test_a_job_that_nobody_knows_has_no_results(path, vendor):
    with pytest.raises(NotFoundError):
        ALL[vendor]().download_results("unknown", path)


def test_a_link_that_expires_before_it_is_followed_is_asked_for_again(sandbox, path, monkeypatch):
    job_id = sandbox.add_job("elastic_path", seconds=0)
    monkeypatch.setattr(results, "LINK_SECONDS", Lifetimes(-1.0, 60.0))
    ALL["elastic_path"]().download_results(job_id, path)
    asked = [request.path for request in sandbox.requests if request.path.endswith("/file")]
    assert len(asked) == 2
    assert path.read_text().startswith("order_id,")


def test_a_large_table_of_geobridges_comes_from_behind_a_link(sandbox, path):
    job_id = sandbox.add_job("geobridge", seconds=0, records=6000)
    done = ALL["geobridge"]().download_results(job_id, path, format="csv")
    assert done.format == "csv"
    assert len(path.read_text().splitlines()) == 6001
    until(lambda: any(request.path.startswith("/files/") for request in sandbox.requests))


def test_a_format_that_is_not_offered_makes_no_call(sandbox, path):
    with pytest.raises(InvalidTargetError, match="GeoBridge offers ndjson or csv"):
        ALL["geobridge"]().download_results("7", path, format="parquet")
    assert sandbox.requests == []


def test_a_target_that_cannot_be_makes_no_call(sandbox, tmp_path):
    with pytest.raises(InvalidTargetError):
        ALL["geobridge"]().download_results("7", f"{tmp_path}/")
    assert sandbox.requests == []


def test_a_vendor_without_results_says_so(connect, server, path):
    hook = connect("http_job", server.url, extra={"path": "/jobs/{id}"})
    with pytest.raises(UnsupportedError, match="no call that gets the results"):
        hook.download_results("7", path)


def test_no_credential_goes_to_the_host_of_a_link(connect, server, path):
    hook = connect("elastic_path", server.url)
    elsewhere = server.url.replace("127.0.0.1", "localhost")
    server.play(
        Reply(body={"href": f"{elsewhere}/f"}), Reply(body=b"a,b", headers={"Content-Type": "text/csv"})
    )
    hook.download_results("7", path)
    asked, file = server.requests
    assert ("authorization" in asked.headers, "authorization" in file.headers) == (True, False)


def test_a_broken_download_leaves_the_older_file(connect, server, path):
    path.write_text("older")
    hook = connect("http_job", server.url, extra={"path": "/jobs/{id}", "results": {"path": "/{id}/r"}})
    server.play(Reply(body=b"x" * 1000, keep=500, then="close"))
    with pytest.raises(Exception, match="broke off"):
        hook.download_results("7", path)
    assert [file.name for file in path.parent.iterdir()] == ["results"]
    assert path.read_text() == "older"


def test_a_link_is_in_no_message(connect, server, path, caplog):
    caplog.set_level(logging.DEBUG)
    hook = connect("elastic_path", server.url)
    server.play(
        lambda request: (
            Reply(body={"href": f"{server.url}/f?sig=s3cr3t"})
            if request.path.endswith("/file")
            else Reply(status=410, body=b"s3cr3t is over")
        )
    )
    with pytest.raises(PermanentError) as caught:
        hook.download_results("7", path)
    assert "s3cr3t" not in str(caught.value) + caplog.text


def test_a_link_is_not_in_the_log_of_a_download_that_went_well(connect, server, path, caplog):
    caplog.set_level(logging.DEBUG)
    file = Reply(body=b"a,b", headers={"Content-Type": "text/csv"})
    link = Reply(body={"href": f"{server.url}/f?sig=s3cr3t"})
    server.play(lambda request: link if request.path.endswith("/file") else file)
    connect("elastic_path", server.url).download_results("7", path)
    assert "s3cr3t" not in caplog.text
