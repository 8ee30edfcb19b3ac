"""Every message that the pages explain is one that the code says."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from airflow_jobstatus.protocol.job import Job, JobState
from airflow_jobstatus.tasks.exceptions import exception_for
from airflow_jobstatus.waiting.verdict import conclude
from airflow_jobstatus.waiting.wait import Wait
from docsite.page import DOCS, ROOT
from tests.docs.blocks import of_language

MISSING = "..."
"""What stands for a part that differs."""


@cache
def said() -> str:
    """Give every text of the package, with ``...`` for what is filled in."""
    texts = []
    for path in (ROOT / "airflow_jobstatus").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr):
                parts = [part.value if isinstance(part, ast.Constant) else "\0" for part in node.values]
                texts.append("".join(map(str, parts)))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.append(re.sub(r"%[rsg]", "\0", node.value))
    return "\n".join(texts)


def messages(page: str) -> list[str]:
    """Give what stands as code in the first column of the tables, and lines quoted in the others."""
    rows = re.findall(r"^\| (`[^|]*`) \|", (DOCS / page).read_text(), re.MULTILINE)
    return [message for row in rows for message in re.findall(r"`([^`]+)`", row)]


@pytest.mark.parametrize("message", messages("trouble/symptoms.md"))
def test_a_message_is_one_that_the_code_says(message):
    pattern = ".*?".join(re.escape(part) for part in message.split(MISSING))
    assert re.search(pattern.replace("\\ ", "[ \0]"), said()), message


def test_the_message_of_a_failed_job_is_the_one_that_the_guide_shows():
    job = Job(
        vendor="geobridge",
        id="b-7",
        state=JobState.FAILED,
        status="failed",
        error="The input is missing.",
        total=1000,
        processed=640,
        failed=5,
    )
    outcome = conclude("GeoBridge", job, Wait(job_id="b-7", began=0, deadline=60))
    [block] = [block for block in of_language("text") if block.page == "docs/guides/notifying.md"]
    assert block.text.strip() == str(exception_for(outcome))


def spoken(line: str) -> str:
    """Give a pattern for a line of the log: its numbers and what differs may be anything."""
    parts = re.split(r"\.\.\.|\d+ polls|\d+|queued", line)
    return ".{0,80}?".join(re.escape(part) for part in parts)


@pytest.mark.parametrize("line", messages("trouble/log.md"))
def test_a_line_of_the_log_is_one_that_the_code_says(line):
    assert re.search(spoken(line), said()), line
