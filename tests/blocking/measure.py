"""Measures how long one case blocks the event loop."""

from __future__ import annotations

import gc
import time

from airflow_jobstatus.polling.registry import joined
from airflow_jobstatus.waiting.batch import Batch
from airflow_jobstatus.waiting.wait import Wait
from tests.blocking.cases import Case
from tests.blocking.heartbeat import Block, Heartbeat
from tests.support.connection import Connect

WITHIN = 0.15
"""Seconds that a wait for one job may take: time for a poll at its end."""
WITHIN_OF_A_LIST = 1.2
"""Seconds that one for many may take: time for a list poll before."""
INTERVAL = 0.1


async def longest_block(case: Case, connect: Connect) -> Block:
    """Give the longest block of the loop while a wait met the case.

    :param case: The case.
    :param connect: Defines the connection.
    """
    with case.serve() as server:
        extra = {"requests_per_second": 1000, **getattr(server, "extra", {}), **case.extra}
        hook = connect(case.vendor, server.url, extra=extra)
        job_ids = [f"job-{number}" for number in range(case.jobs)]
        within, now = WITHIN if case.jobs == 1 else WITHIN_OF_A_LIST, time.time()
        wait = Wait(job_id=job_ids[0], began=now, deadline=now + within, interval=INTERVAL)
        gc.collect()
        gc.freeze()  # what pytest and Airflow hold costs a tenth of a second at each collection
        try:
            async with Heartbeat() as heartbeat, joined(hook) as poller:
                given = job_ids if case.jobs > 1 else job_ids[0]
                await poller.wait(Batch.of(given), wait, say=_say_nothing)
        finally:
            gc.unfreeze()
    return heartbeat.longest


def _say_nothing(level: int, event: str, **fields: object) -> None:
    """Take a log line."""
