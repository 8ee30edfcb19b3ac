"""Every fault with secrets planted: what the trigger fires and what the log says shows none."""

from __future__ import annotations

import json
import logging
import time

import pytest

from airflow_jobstatus.hooks.courier import CourierHook
from airflow_jobstatus.triggers.jobstatus import JobStatusTrigger
from lab.until import until
from tests.support import secret
from tests.support.fault import FAULTS
from tests.support.secret import leaks
from tests.support.worker import fired, recreated

LONG_AGO = 100.0
"""Seconds since the wait began: a 404 is no read that lags any more."""
SOON = 0.1


@pytest.mark.parametrize("name", FAULTS)
async def test_an_event_after_a_fault_shows_no_secret(connect, server, caplog, capsys, name):
    caplog.set_level(logging.DEBUG)
    fault = FAULTS[name]
    server.play(fault.reply)
    hook = connect("courier", server.url, extra={"headers": {"X-Gateway": secret.GATEWAY}, **fault.extra})
    now = time.time()
    trigger = JobStatusTrigger(
        hook_class=f"{CourierHook.__module__}.{CourierHook.__qualname__}",
        conn_id=hook.conn_id,
        job_id="job-1",
        began=now - LONG_AGO,
        deadline=now + SOON,
        options={"unreachable_timeout": 0},
    )
    event = await fired(recreated(trigger))
    assert until(lambda: server.requests, within=10, every=0.01)
    assert event["ending"] != "succeeded"
    said = capsys.readouterr()
    # The faults echo a proxy's password too, which is no secret of a connection without a proxy.
    assert leaks(f"{json.dumps(event)} {caplog.text} {said.out} {said.err}", but="proxy password") == []
