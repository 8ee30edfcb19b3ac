"""A gigabyte of results, and the memory that writing them takes.

``python -m tests.support.gigabyte PATH`` fetches it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

from tests.support.serving import QuietHandler, serving

PIECE = bytes(range(256)) * 4096
PIECES = 1000
SIZE = len(PIECE) * PIECES
CONN_ID = "gigabyte"
MB = 1_000_000


class Handler(QuietHandler, BaseHTTPRequestHandler):
    """Answers with a gigabyte."""

    def do_GET(self) -> None:
        self.begin("text/csv", SIZE)
        for _ in range(PIECES):
            self.wfile.write(PIECE)


@contextmanager
def served() -> Iterator[dict[str, str]]:
    """Serve a gigabyte; give the environment with the connection to it."""
    extra = {"path": "/{id}", "auth": {"type": "none"}, "results": {"path": "/{id}/table", "format": "csv"}}
    with serving(Handler) as url:
        connection = {"conn_type": "http_job", "host": url, "extra": extra}
        yield {f"AIRFLOW_CONN_{CONN_ID.upper()}": json.dumps(connection)}


def digest() -> str:
    """Give the digest of what is served."""
    found = sha256()
    for _ in range(PIECES):
        found.update(PIECE)
    return found.hexdigest()


def fetched(path: str, env: Mapping[str, str]) -> dict[str, Any]:
    """Run the operator in a process of its own; give what it returned, and the megabytes that it took.

    :param path: Where the file is to be.
    :param env: What the process needs beside its own environment.
    """
    command = [sys.executable, "-m", __name__, path]
    done = subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    if endpoint := os.environ.get("GIGABYTE_S3"):
        from airflow.sdk.io.store import attach  # noqa: PLC0415  there only where stores are tested
        from s3fs import S3FileSystem  # noqa: PLC0415

        patient = {"read_timeout": 600, "retries": {"max_attempts": 0}}  # a store on one machine is slow
        store = S3FileSystem(key="k", secret="s", endpoint_url=endpoint, config_kwargs=patient)
        attach("s3", fs=store)
    from airflow_jobstatus.hooks import target  # noqa: F401, PLC0415  what it imports is not what it takes
    from airflow_jobstatus.operators.results import JobResultsOperator  # noqa: PLC0415

    operator = JobResultsOperator(task_id="fetch", conn_id=CONN_ID, job_id="7", path=sys.argv[1])
    operator.get_hook()
    before = psutil.Process().memory_info().rss
    value = operator.execute({})
    print(json.dumps({**value, "megabytes": (_peak() - before) / MB}))  # noqa: T201


def _peak() -> int:
    """Give the most bytes that this program had; ``ru_maxrss`` counts what its parent had at the fork."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    main()
