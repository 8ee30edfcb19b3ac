"""Downloads in a real Airflow: large, killed, and ended by a person."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from lab.run import Run
from lab.until import until
from tests.support.serving import QuietHandler, serving

PIECE = bytes(range(256)) * 256
PIECES = 40


class Handler(QuietHandler, BaseHTTPRequestHandler):
    """Answers with a table, of which a part is held back until the test says so."""

    released = threading.Event()

    def do_GET(self) -> None:
        self.begin("text/csv", PIECES * len(PIECE))
        for number in range(PIECES):
            if number == PIECES // 2:
                self.released.wait(60)
            self.wfile.write(PIECE)


@pytest.fixture(scope="module")
def files(airflow) -> Iterator[str]:
    """Serve the table, and give the connection to it."""
    extra = {"path": "/{id}", "auth": {"type": "none"}, "results": {"path": "/{id}/table", "format": "csv"}}
    with serving(Handler) as url:
        airflow.create_connection("files", {"conn_type": "http_job", "host": url, "extra": json.dumps(extra)})
        yield "files"
        Handler.released.set()


@pytest.fixture
def begun(airflow, files, tmp_path) -> Run:
    """Give a run whose download is half way."""
    Handler.released.clear()
    run = Run.start(airflow, "fetched", {"conn_id": files, "folder": str(tmp_path)})
    until(lambda: parts(tmp_path))
    return run


def parts(folder: Path) -> list[Path]:
    return [path for path in folder.glob("results/.*") if path.stat().st_size]


def names(folder: Path) -> list[str]:
    return [path.name for path in (folder / "results").iterdir()]


def test_a_file_appears_when_it_is_whole(begun, tmp_path):
    assert not (tmp_path / "results" / "table.csv").exists()
    Handler.released.set()
    assert begun.wait() == "success"
    body = (tmp_path / "results" / "table.csv").read_bytes()
    assert body == PIECE * PIECES
    assert begun.xcoms("fetch")["return_value"] == {
        "path": f"{tmp_path}/results/table.csv",
        "size": len(body),
        "sha256": sha256(body).hexdigest(),
        "format": "csv",
        "records": None,
    }


def test_a_person_who_ends_a_download_leaves_nothing_of_it(begun, tmp_path):
    begun.mark_failed("fetch")
    until(lambda: not names(tmp_path))
    assert begun.wait() == "failed"


def test_a_worker_that_is_killed_leaves_no_half_file_and_the_retry_a_whole_one(begun, tmp_path):
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
    until(lambda: begun.instances()["fetch"]["try_number"] == 2)
    assert not (tmp_path / "results" / "table.csv").exists()
    Handler.released.set()
    assert begun.wait() == "success"
    assert (tmp_path / "results" / "table.csv").read_bytes() == PIECE * PIECES
