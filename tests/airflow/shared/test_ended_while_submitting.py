"""A person ends a task whose submission has no answer yet, in a real Airflow: its job is cancelled."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

import pytest

from lab.run import Run
from lab.until import until
from tests.support.serving import QuietHandler, serving

TASKS = ("poke", "deferrable")


@dataclass
class Api:
    """An API that holds its answers to submissions back."""

    released: threading.Event = field(default_factory=threading.Event)
    submitted: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)

    def handler(self) -> type[QuietHandler]:
        api = self

        class Handler(QuietHandler, BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                job_id = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["task"]
                api.submitted.append(job_id)
                api.released.wait(60)
                self.answer(201, id=job_id)

            def do_GET(self) -> None:
                self.answer(200, status="running")

            def do_DELETE(self) -> None:
                api.cancelled.append(self.path.rpartition("/")[2])
                self.answer(202)

        return Handler


@pytest.fixture(scope="module")
def api(airflow) -> Iterator[Api]:
    """Serve the API, with the connection ``slow_to_answer`` to it."""
    api = Api()
    extra = {
        "path": "/jobs/{id}",
        "auth": {"type": "none"},
        "submit": {"path": "/jobs"},
        "cancel": {"path": "/jobs/{id}"},
    }
    with serving(api.handler()) as url:
        fields = {"conn_type": "http_job", "host": url, "extra": json.dumps(extra)}
        airflow.create_connection("slow_to_answer", fields)
        yield api


@pytest.fixture(scope="module")
def ended(airflow, api, tmp_path_factory) -> Api:
    """Give the API after a run whose tasks were ended while they submitted; the answers came after that."""
    folder = tmp_path_factory.mktemp("notes")
    run = Run.start(airflow, "ended_while_submitting", {"folder": str(folder)})
    until(lambda: set(api.submitted) == set(TASKS))
    for name in TASKS:
        run.mark_failed(name)
    until(lambda: all((folder / name).exists() for name in TASKS), every=0.1)
    api.released.set()
    run.wait()
    return api


@pytest.mark.parametrize("name", TASKS)
def test_the_job_is_cancelled_once_its_id_is_known(ended, name):
    until(lambda: name in ended.cancelled)


@pytest.mark.parametrize("name", TASKS)
def test_it_was_submitted_once(ended, name):
    assert ended.submitted.count(name) == 1
