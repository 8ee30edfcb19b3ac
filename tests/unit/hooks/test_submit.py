"""Submitting a job through a hook, over both HTTP libraries, to the sandbox."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from airflow_jobstatus.hooks.base import JobStatusHook
from airflow_jobstatus.hooks.http_job import HttpJobHook
from airflow_jobstatus.protocol.errors import MaybeSubmittedError, UnsupportedError
from airflow_jobstatus.protocol.job import JobState
from tests.support.connection import HOOKS

PAYLOADS: dict[str, dict[str, Any]] = {
    "courier": {"message": {"event": "NEWS"}, "users": [{"recipient": "a"}, {"recipient": "b"}]},
    "elastic_path": {"data": {"type": "job", "job_type": "order_export"}},
    "geobridge": {"input": {"transport": "inline", "records": [{"address": "Main St"}]}},
    "http_job": {"rows": [1, 2]},
}
ALL: dict[str, type[JobStatusHook]] = {**HOOKS, "http_job": HttpJobHook}
KNOWS_KEYS = ("courier", "geobridge", "http_job")
Submit = Callable[..., str]
CARRIERS: dict[str, Submit] = {
    "requests": lambda hook, payload, **more: hook.submit_job(payload, **more),
    "aiohttp": lambda hook, payload, **more: asyncio.run(hook.asubmit_job(payload, **more)),
}
carriers = pytest.mark.parametrize("submit", CARRIERS.values(), ids=CARRIERS)
vendors = pytest.mark.parametrize("vendor", ALL)


@carriers
@vendors
def test_a_job_is_submitted_and_can_be_polled_under_its_id(sandbox, submit, vendor):
    job_id = submit(ALL[vendor](), PAYLOADS[vendor])
    assert sandbox.job_ids(vendor) == [job_id]
    assert ALL[vendor]().get_job(job_id).state is JobState.PENDING


@carriers
@pytest.mark.parametrize("vendor", KNOWS_KEYS)
def test_the_same_key_gives_the_same_job(sandbox, submit, vendor):
    first, second = (submit(ALL[vendor](), PAYLOADS[vendor], idempotency_key="k") for _ in range(2))
    assert sandbox.job_ids(vendor) == [first] == [second]


@carriers
def test_a_vendor_that_knows_no_keys_makes_another_job(sandbox, submit):
    for _ in range(2):
        submit(ALL["elastic_path"](), PAYLOADS["elastic_path"], idempotency_key="k")
    assert len(sandbox.job_ids("elastic_path")) == 2


@carriers
@pytest.mark.parametrize("vendor", KNOWS_KEYS)
def test_a_lost_answer_makes_no_second_job(sandbox, submit, vendor):
    sandbox.add_fault(vendor, "lost", delay=0)
    job_id = submit(ALL[vendor](), PAYLOADS[vendor])
    assert sandbox.job_ids(vendor) == [job_id]


@carriers
def test_a_lost_answer_of_a_vendor_that_knows_no_keys_is_told_as_such(sandbox, submit):
    sandbox.add_fault("elastic_path", "lost", delay=0)
    with pytest.raises(MaybeSubmittedError, match="a job may have been submitted"):
        submit(ALL["elastic_path"](), PAYLOADS["elastic_path"])
    assert len(sandbox.job_ids("elastic_path")) == 1


@carriers
def test_a_throttled_submission_is_made_when_the_vendor_says(sandbox, submit):
    sandbox.add_fault("geobridge", "throttle", seconds=0.5)
    job_id = submit(ALL["geobridge"](), PAYLOADS["geobridge"])
    assert sandbox.job_ids("geobridge") == [job_id]


@carriers
def test_a_connection_that_declares_no_such_call_is_told_as_such(monkeypatch, submit):
    extra = {"path": "/jobs/{id}"}
    fields = {"conn_type": "http_job", "host": "http://127.0.0.1:9", "password": "key", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_HTTP_JOB_DEFAULT", json.dumps(fields))
    with pytest.raises(UnsupportedError, match="HTTP API has no call that submits a job"):
        submit(HttpJobHook(), PAYLOADS["http_job"])


@carriers
@pytest.mark.usefixtures("sandbox")
def test_users_that_courier_refuses_are_logged(submit, capsys):
    users = [{"recipient": "a"}, {"recipient": "missing@example.com"}]
    submit(ALL["courier"](), {**PAYLOADS["courier"], "users": users})
    log = capsys.readouterr().out
    assert "1 of 2 users were refused: User is invalid." in log
    assert "example.com" not in log
