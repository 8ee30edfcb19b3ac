"""Measures one case and prints the rounds as JSON: ``python -m benchmarks.client CASE PORTS``."""

from __future__ import annotations

import asyncio
import cProfile
import gc
import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog

from benchmarks.case import Case
from benchmarks.client.measure import Measurement, raise_limits
from benchmarks.peers import PEERS, Address, Peer

PROFILE = "BENCHMARKS_PROFILE"
"""The environment variable that names a file for a profile of the event loop's thread."""


def main() -> None:
    """Wait, and print what was measured."""
    case = Case.from_json(sys.argv[1])
    ports: dict[str, int] = json.loads(sys.argv[2])
    raise_limits()
    peer = PEERS[case.peer](case, Address.of(case, ports))
    peer.prepare()
    _be_silent()
    if not case.collects:
        gc.disable()
    control = f"{Address('http', ports['plain']).url}/control/"
    with _profiled(os.environ.get(PROFILE)):
        rounds = asyncio.run(_rounds(peer, case, control))
    sys.stdout.write(json.dumps(rounds) + "\n")


async def _rounds(peer: Peer, case: Case, control: str) -> list[dict[str, Any]]:
    return [await Measurement(peer, case, control).run() for _ in range(case.rounds)]


@contextmanager
def _profiled(path: str | None) -> Iterator[None]:
    if path is None:
        yield
        return
    with cProfile.Profile() as profile:
        yield
    profile.dump_stats(path)


def _be_silent() -> None:
    """Log nothing: what a log line costs depends on where the triggerer sends it."""
    logging.disable(logging.CRITICAL)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL), cache_logger_on_first_use=True
    )


if __name__ == "__main__":
    main()
