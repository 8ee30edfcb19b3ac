"""Downloads into S3, which moto plays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from moto.server import ThreadedMotoServer
from s3fs import S3FileSystem

from lab.until import until
from tests.support import gigabyte

MOST = 150
"""Megabytes that the process may take more than before."""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def store(endpoint) -> Any:
    """Give an empty bucket's store."""
    fs = S3FileSystem(key="k", secret="s", endpoint_url=endpoint, skip_instance_cache=True)
    if fs.exists("bucket"):
        fs.rm("bucket", recursive=True)
    fs.mkdir("bucket")
    return fs


def test_a_gigabyte_arrives_whole_and_is_never_in_memory(store, endpoint):
    with gigabyte.served() as env:
        done = gigabyte.fetched("s3://bucket/exports/table.csv", {**env, "GIGABYTE_S3": endpoint})
    store.invalidate_cache()
    assert store.find("bucket") == ["bucket/exports/table.csv"]
    assert store.size("bucket/exports/table.csv") == gigabyte.SIZE
    assert done["sha256"] == gigabyte.digest()
    assert done["megabytes"] < MOST


def test_a_worker_that_is_killed_leaves_no_object_of_that_name(store, endpoint):
    with gigabyte.served() as env:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.gigabyte", "s3://bucket/table.csv"],
            env={**os.environ, **env, "GIGABYTE_S3": endpoint},
        )
        until(
            lambda: store.call_s3("list_multipart_uploads", Bucket="bucket").get("Uploads"),
            within=60,
            every=0.05,
        )
        process.send_signal(signal.SIGKILL)
        process.wait()
    store.invalidate_cache()
    assert "bucket/table.csv" not in store.find("bucket")
