"""Each row of the README's comparison with ``HttpSensor`` is what the two do."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from contextlib import aclosing
from importlib.metadata import version
from itertools import pairwise
from pkgutil import resolve_name
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import TaskDeferred
from airflow.providers.http.sensors.http import HttpSensor
from airflow.providers.http.triggers.http import HttpSensorTrigger
from airflow.sdk.bases import sensor as airflow_sensor

from airflow_jobstatus.exceptions import OUTCOMES
from airflow_jobstatus.protocol.errors import CallError, NotFoundError, TransientError, UnauthorizedError
from airflow_jobstatus.protocol.job import Job, JobState
from airflow_jobstatus.waiting.outcome import Ending
from airflow_jobstatus.waiting.schedule import next_poll
from airflow_jobstatus.waiting.state import WaitState
from airflow_jobstatus.waiting.wait import Wait
from docsite.scripted import ScriptedWait
from tests.docs.test_readme import README
from tests.support.scripted_server import Reply
from tests.support.worker import Worker, recreated

pytestmark = pytest.mark.filterwarnings("ignore:.*determine_kwargs")  # theirs
INTERVAL = 30.0
BEGAN = 1_700_000_000.0
OURS = Wait(job_id="j", began=BEGAN, deadline=BEGAN + 3600, interval=INTERVAL)
RUNNING = Reply(body={"status": "running"})
DONE = Reply(body={"status": "done", "rows": 7})
sleep = asyncio.sleep


@pytest.fixture
def pauses(monkeypatch) -> list[float]:
    """Let no coroutine sleep, and note for how long each wanted to."""
    noted: list[float] = []

    async def note(seconds: float, result: object = None) -> object:
        if seconds:
            noted.append(seconds)
        return await sleep(0, result)

    monkeypatch.setattr(asyncio, "sleep", note)
    return noted


@pytest.fixture
def theirs(server, monkeypatch) -> Callable[..., HttpSensor]:
    """Make sensors of theirs for a server of ours."""
    connection = {"conn_type": "http", "host": server.url}
    monkeypatch.setenv("AIRFLOW_CONN_HTTP_DEFAULT", json.dumps(connection))
    monkeypatch.setattr(airflow_sensor.time, "sleep", lambda _: None)
    return lambda **arguments: HttpSensor(
        task_id="wait", endpoint="jobs/j", deferrable=True, poke_interval=INTERVAL, **arguments
    )


async def fire(sensor: HttpSensor) -> Any:
    """Run a deferred sensor's trigger, as the triggerer makes it anew, until it fires."""
    with pytest.raises(TaskDeferred) as deferred:
        await asyncio.to_thread(Worker().stretch, sensor)
    async with aclosing(recreated(deferred.value.trigger).run()) as events:
        return (await anext(events)).payload


def ours(*seen: Job | CallError) -> tuple[ScriptedWait, float, Any]:
    """Run a wait of ours whose polls meet what is given, the last of it for ever."""
    left = list(seen)
    wait = ScriptedWait(OURS, lambda _: left.pop(0) if len(left) > 1 else left[0])
    ended, outcome = wait.run()
    return wait, ended - BEGAN, outcome


def job(state: JobState = JobState.RUNNING) -> Job:
    return Job(vendor="geobridge", id="j", state=state, status=state.value)


def gaps(wait: ScriptedWait) -> list[float]:
    moments = [now for now, _ in wait.polls]
    return [after - before for before, after in pairwise(moments)]


def test_the_release_that_the_table_names_is_the_one_that_is_tested():
    assert f"provider {version('apache-airflow-providers-http')}" in README


def test_the_table_has_five_rows():
    table = README[README.index("## Compared with") :].split("\n## ")[0]
    assert len(re.findall(r"^\| ", table, re.MULTILINE)) == 2 + 5


def test_without_a_response_check_theirs_takes_a_running_job_for_a_success(theirs, server):
    server.play(RUNNING)
    assert Worker().stretch(theirs()) is None
    assert len(server.requests) == 1


def test_with_a_response_check_theirs_polls_on_a_worker(theirs, server):
    server.play(RUNNING, RUNNING, DONE)
    Worker().stretch(theirs(response_check=lambda response: response.json()["status"] == "done"))
    assert len(server.requests) == 3


@pytest.mark.usefixtures("pauses")
async def test_theirs_hands_on_no_counter(theirs, server):
    server.play(Reply(status=404), DONE)
    sensor = theirs()
    event = await fire(sensor)
    assert event is True
    assert sensor.execute_complete({}, event) is None


async def test_theirs_waits_on_after_404(theirs, server, pauses):
    server.play(*[Reply(status=404)] * 4, DONE)
    await fire(theirs())
    assert pauses == [INTERVAL] * 3


def test_ours_fails_after_404_once_reads_cannot_lag_any_more():
    _, took, outcome = ours(NotFoundError("GeoBridge", "HTTP 404", job_id="j", http_status=404))
    assert outcome.ending is Ending.REJECTED
    assert 10 <= took < 2 * INTERVAL


async def test_theirs_asks_again_at_once_after_401(theirs, server, pauses):
    server.play(Reply(status=404), *[Reply(status=401)] * 5, DONE)
    await fire(theirs())
    assert (pauses, len(server.requests)) == ([], 7)


def test_ours_fails_at_once_after_401_and_may_be_retried():
    refused = UnauthorizedError("GeoBridge", "HTTP 401", job_id="j", http_status=401)
    wait, _, outcome = ours(job(), refused)
    assert outcome.ending is Ending.UNAUTHORIZED
    assert len(wait.polls) == 2
    assert OUTCOMES[outcome.ending].is_retried


@pytest.mark.parametrize("code", [429, 503])
async def test_theirs_ignores_retry_after_and_its_poke_interval_after_429_and_5xx(
    theirs, server, pauses, code
):
    server.play(Reply(status=404), *[Reply(status=code, headers={"Retry-After": "600"})] * 6, DONE)
    await fire(theirs())
    assert set(pauses) <= {1.0}  # within one of its calls, after 5xx


def test_ours_obeys_retry_after():
    busy = TransientError("GeoBridge", "HTTP 429", job_id="j", http_status=429, retry_after=600)
    wait, _, _ = ours(job(), busy, job(JobState.SUCCEEDED))
    assert gaps(wait)[1] == 600


def test_ours_backs_off_to_a_minute():
    down = [TransientError("GeoBridge", "HTTP 503", job_id="j", http_status=503)] * 12
    wait, _, _ = ours(job(), *down, job(JobState.SUCCEEDED))
    assert gaps(wait)[1] < 2
    assert 30 < max(gaps(wait)[1:]) <= 60


def test_theirs_goes_on_after_a_restart():
    trigger = HttpSensorTrigger(endpoint="jobs/j", poke_interval=INTERVAL)
    path, arguments = trigger.serialize()
    assert resolve_name(path)(**arguments).serialize() == (path, arguments)


def test_ours_goes_on_after_a_restart_with_its_deadline_and_its_slots():
    state = WaitState().saw(job(), BEGAN)
    restored, _ = WaitState.from_dict(json.loads(json.dumps(state.to_dict())))
    wait, _ = Wait.from_dict(json.loads(json.dumps(OURS.to_dict())))
    assert wait.deadline == OURS.deadline
    assert next_poll(wait, restored, BEGAN + 5, 0.5) == next_poll(OURS, state, BEGAN + 5, 0.5)
