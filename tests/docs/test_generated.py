"""What the code knows stands in the pages as the code has it."""

from __future__ import annotations

import re

import pytest

from airflow_jobstatus.connections.extras import EXTRAS
from airflow_jobstatus.exceptions import outcome_table
from airflow_jobstatus.polling import metrics
from airflow_jobstatus.protocol.job import Job, JobState
from airflow_jobstatus.sandbox.faults import FaultKind
from airflow_jobstatus.vendors.declared import CANCEL, RESULTS, SUBMIT
from airflow_jobstatus.vendors.extra.auth import KNOWN
from airflow_jobstatus.waiting.outcome import Ending
from airflow_jobstatus.workerless.eligibility import AT_THE_END, AT_THE_START
from airflow_jobstatus.xcoms import JobXCom
from docsite.night import POKE_INTERVAL, RETRIES, RETRY_DELAY, TIMEOUT, UNREACHABLE_TIMEOUT
from docsite.page import DOCS, PAGES, ROOT, Page
from docsite.parts import PARTS
from tests.docs.blocks import of_language

REQUEST_OUTCOMES = {"good", "throttled", "failed", "unauthorized", "refused"}
EACH_PAGE = pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))


def text(name: str) -> str:
    return (DOCS / name).read_text()


@EACH_PAGE
def test_a_page_is_what_python_m_docsite_writes(path):
    page = Page(path)
    assert page.text == page.filled(PARTS)


@EACH_PAGE
def test_each_mark_has_an_end(path):
    page = Page(path)
    assert page.text.count("<!-- generated") == page.text.count("<!-- end -->") == len(page.parts)


def test_each_part_is_in_a_page():
    assert {part for path in PAGES for part in Page(path).parts} == set(PARTS)


def test_the_tables_of_outcomes_and_extras_are_those_of_the_code():
    assert outcome_table().strip() in text("reference/exceptions.md")
    assert re.findall(r"^\| `(\w+)` \|", text("guides/connections.md"), re.MULTILINE)[4:] == [
        extra.name for extra in EXTRAS
    ]


def fields(page: str, heading: str) -> list[str]:
    """Give the first column of the last table below a heading."""
    section = page.split(f"## {heading}\n")[1].split("\n## ", maxsplit=1)[0]
    return re.findall(r"^\| `(\w+)` \|", section.split("\n\n| ")[-1], re.MULTILINE)


def test_each_field_of_the_objects_of_a_declaration_has_a_row():
    page = text("reference/http-job.md")
    assert fields(page, "`submit`") == list(SUBMIT)
    assert fields(page, "`cancel`") == list(CANCEL)
    assert fields(page, "`results`") == list(RESULTS)
    assert fields(page, "`auth`") == list(KNOWN["oauth2"])
    kinds = re.findall(r"^\| `(\w+)` \|", page.split("## `auth`")[1].split("The fields")[0], re.MULTILINE)
    assert kinds == ["type", *KNOWN]


def test_the_type_of_a_job_on_xcom_has_the_keys_of_a_job():
    job = Job(vendor="v", id="j", state=JobState.RUNNING, status="busy")
    assert list(JobXCom.__annotations__) == list(job.to_dict())


@pytest.mark.parametrize("reason", [*AT_THE_START, *AT_THE_END])
def test_each_reason_for_a_worker_is_in_the_guide(reason):
    page = text("guides/without-a-worker.md")
    named = re.findall(r"[a-z]+(?:_[a-z]+)+", reason)
    assert [name for name in named if name not in page] == []


def test_each_fault_of_the_sandbox_has_a_row():
    [rows] = re.findall(r"\| kind \|.*?\n\n", text("guides/testing.md"), re.DOTALL)
    assert re.findall(r"^\| `(\w+)` \|", rows, re.MULTILINE) == [kind.value for kind in FaultKind]


def test_each_metric_has_a_row_with_the_values_of_its_tags():
    page = text("reference/metrics.md")
    named = {value for name, value in vars(metrics).items() if str(value).startswith("jobstatus.")}
    assert set(re.findall(r"^\| `(jobstatus\.\w+)` \|", page, re.MULTILINE)) == named
    [ended] = re.findall(r"^\| `jobstatus\.ended` .*$", page, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", ended.split("ending")[1])) == {*Ending}
    [requests] = re.findall(r"^\| `jobstatus\.requests` .*$", page, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", requests.split("outcome")[1])) == REQUEST_OUTCOMES


def test_the_worked_example_is_that_of_its_dag():
    [block] = [block for block in of_language("python") if "retry_delay" in block.text]
    names: dict = {}
    exec(block.text.replace("\nJobStatusSensor(", "\ntask = JobStatusSensor("), names)
    task = names["task"]
    assert (task.timeout, task.unreachable_timeout) == (TIMEOUT, UNREACHABLE_TIMEOUT)
    assert (task.retries, task.retry_delay.total_seconds()) == (RETRIES, RETRY_DELAY)
    assert task.poke_interval == POKE_INTERVAL
