"""A person ends a task whose submission has no answer yet, in a real Airflow: its job is cancelled.

A person who clears such a task does not end it: its next try repeats the submission by its key, and gets the
same job.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from lab.run import Run
from lab.until import until
from tests.support.serving import QuietHandler, serving

TASKS = ("poke", "deferrable")
CLEARED = "cleared"


@dataclass
class Api:
    """An API that answers a submission only when its task has noted that it was asked to end.

    :param notes: Where the tasks note that.
    """

    notes: Path
    keys: set[str] = field(default_factory=set)
    submitted: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    cancelled_before_the_next_try: list[str] = field(default_factory=list)

    def handler(self) -> type[QuietHandler]:
        api = self

        class Handler(QuietHandler, BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                job_id = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["task"]
                if (key := self.headers["Idempotency-Key"]) not in api.keys:
                    api.keys.add(key)
                    api.submitted.append(job_id)
                until((api.notes / job_id).exists, every=0.1)
                self.answer(201, id=job_id)

            def do_GET(self) -> None:
                self.answer(200, status="running")

            def do_DELETE(self) -> None:
                api.cancelled.append(self.path.rpartition("/")[2])
                self.answer(202)

        return Handler


@pytest.fixture(scope="module")
def api(airflow, tmp_path_factory) -> Iterator[Api]:
    """Serve the API, with the connection ``slow_to_answer`` to it."""
    api = Api(tmp_path_factory.mktemp("notes"))
    extra = {
        "path": "/jobs/{id}",
        "auth": {"type": "none"},
        "submit": {"path": "/jobs", "idempotency_header": "Idempotency-Key"},
        "cancel": {"path": "/jobs/{id}"},
    }
    with serving(api.handler()) as url:
        fields = {"conn_type": "http_job", "host": url, "extra": json.dumps(extra)}
        airflow.create_connection("slow_to_answer", fields)
        yield api


@pytest.fixture(scope="module")
def ended(airflow, api) -> Api:
    """Give the API after a run whose tasks were ended while they submitted; the answers came after that."""
    run = Run.start(airflow, "ended_while_submitting", {"folder": str(api.notes)})
    until(lambda: set(api.submitted) == {*TASKS, CLEARED})
    for name in TASKS:
        run.mark_failed(name)
    run.clear(CLEARED)
    until(lambda: _is_in_its_second_try(run.instances()[CLEARED]))
    api.cancelled_before_the_next_try = api.cancelled.copy()
    run.mark_failed(CLEARED)
    run.wait()
    return api


def _is_in_its_second_try(task: dict[str, Any]) -> bool:
    return (task["state"], task["try_number"]) == ("running", 2)


@pytest.mark.parametrize("name", TASKS)
def test_the_job_is_cancelled_once_its_id_is_known(ended, name):
    until(lambda: name in ended.cancelled)


def test_the_job_of_a_task_that_is_cleared_goes_on(ended):
    assert CLEARED not in ended.cancelled_before_the_next_try


@pytest.mark.parametrize("name", [*TASKS, CLEARED])
def test_it_was_submitted_once(ended, name):
    assert ended.submitted.count(name) == 1
