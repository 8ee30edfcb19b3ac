"""Runs cases: for each a server and a client, both in fresh processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.case import Case
from benchmarks.peers import PEERS, Address

Record = dict[str, Any]
"""One case and its rounds, or the error that it ended with, as plain JSON values."""
LONGEST_ERROR = 500
CA_BUNDLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
PROXIES = ("http_proxy", "https_proxy", "all_proxy")


def measured(cases: Sequence[Case], at_once: int) -> Iterator[Record]:
    """Yield the records of cases in their order.

    :param cases: The cases.
    :param at_once: How many are run at a time.
    """
    with ThreadPoolExecutor(at_once) as pool:
        yield from pool.map(measure, cases)


def measure(case: Case) -> Record:
    """Return the record of a case.

    :param case: The case.
    """
    record: Record = {"case": asdict(case), "rounds": []}
    began = time.monotonic()
    try:
        with tempfile.TemporaryDirectory() as folder, _server(case, folder) as ports:
            done = subprocess.run(  # noqa: S603  ours
                [sys.executable, "-m", "benchmarks.client", case.to_json(), json.dumps(ports)],
                env=_environment(case, folder, ports),
                capture_output=True,
                text=True,
                timeout=case.most_seconds,
                check=True,
            )
        record["rounds"] = json.loads(done.stdout.splitlines()[-1])
    except subprocess.TimeoutExpired:
        record["error"] = f"not done after {case.most_seconds:.0f} s"
    except subprocess.CalledProcessError as error:
        record["error"] = str(error.stderr)[-LONGEST_ERROR:]
    record["seconds"] = time.monotonic() - began
    return record


@contextmanager
def _server(case: Case, folder: str) -> Iterator[dict[str, int]]:
    """Run a server; yield its ports."""
    command = [sys.executable, "-m", "benchmarks.server", case.to_json(), folder]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603  ours
        if server.stdout is None or server.stdin is None:
            raise RuntimeError("the server has no pipes")
        try:
            yield json.loads(server.stdout.readline())
        finally:
            server.stdin.close()
            server.wait(10)


def _environment(case: Case, folder: str, ports: dict[str, int]) -> dict[str, str]:
    """Return the environment of a client: its own Airflow, the connection, the server's authority."""
    kept = {name: value for name, value in os.environ.items() if name.lower() not in PROXIES}
    bundle = str(Path(folder) / "trusted.pem")
    peer = PEERS[case.peer](case, Address.of(case, ports))
    return kept | dict.fromkeys(CA_BUNDLES, bundle) | {"AIRFLOW_HOME": folder} | peer.environment()
