"""The tutorial's connection and DAG submit a job and wait for it, and log what the tutorial shows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from airflow.providers.common.compat.sdk import TaskDeferred

from airflow_jobstatus.sandbox import HTTP_JOB_KEY, Sandbox
from docsite.page import DOCS
from tests.docs.blocks import of_language
from tests.support.fixtures import log, worker

__all__ = ["log", "worker"]

PAGE = "docs/tutorial.md"
[CONNECTION] = [json.loads(block.text) for block in of_language("json") if block.page == PAGE]
[DAG_FILE] = [block.text for block in of_language("python") if block.page == PAGE]
[LINE] = [block.text.strip() for block in of_language("text") if block.page == PAGE]


def wait():
    """Give the task that submits and waits."""
    names: dict = {}
    exec(compile(DAG_FILE.replace("\nnightly_report()", "\nmade = nightly_report()"), PAGE, "exec"), names)
    return names["made"].task_dict["report"]


@pytest.fixture
def sandbox(monkeypatch) -> Iterator[None]:
    sandbox = Sandbox(seconds=60)
    with sandbox.serve() as url:
        monkeypatch.setenv("AIRFLOW_CONN_REPORTS", json.dumps({**CONNECTION, "host": url}))
        yield


def test_the_connection_is_the_one_that_the_sandbox_prints():
    printed = Sandbox().connections("http://127.0.0.1:8099")["http_job"]
    ours = {**CONNECTION["extra"]}
    assert ours.pop("name") in LINE
    assert {**CONNECTION, "extra": ours} == {**printed, "extra": json.loads(printed["extra"])}
    assert HTTP_JOB_KEY in (DOCS / "tutorial.md").read_text().split("## 3.")[1]


@pytest.mark.usefixtures("sandbox")
def test_the_task_submits_defers_and_logs_what_the_tutorial_shows(worker, log):
    with pytest.raises(TaskDeferred):
        worker.stretch(wait())
    job_id = worker.ti.xcoms["job_id"]
    lines = [line["event"] for line in log]
    shown = re.sub(r"until .* UTC", "until", LINE).replace("job-2a8bc5c5bd9e", job_id)
    assert shown in [re.sub(r"until .* UTC", "until", line) for line in lines]
