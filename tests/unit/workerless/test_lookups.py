"""A look-up of the connection that fails is never worse than what it was for."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.sdk.bases.hook import BaseHook

from airflow_jobstatus.exceptions import ConnectionMissing
from airflow_jobstatus.hooks import lookup
from airflow_jobstatus.protocol.errors import UnknownConnectionError
from airflow_jobstatus.sensors.jobstatus import JobStatusSensor
from airflow_jobstatus.workerless.eligibility import starts_in_the_triggerer
from tests.support.acme import CONN_ID, RUNNING
from tests.support.outcomes import MODES
from tests.support.triggerer import DAG_ID, event_of

START = pytest.mark.skipif(not starts_in_the_triggerer(), reason="Airflow 3.3 starts tasks in the triggerer")
FAULTS = {
    "the backend is away": OSError("vault.internal: no route, token s.SECRET"),
    "Airflow is away": RuntimeError("API server 503"),
    "it takes too long": asyncio.TimeoutError(),
}


@pytest.fixture
def start(triggerer) -> Any:
    with DAG(DAG_ID, schedule=None) as dag:
        JobStatusSensor(
            task_id="wait", conn_id=CONN_ID, job_id="a", deferrable=True, start_from_trigger=True, timeout=60
        )
    return triggerer.trigger(dag)


@START
@pytest.mark.parametrize("name", FAULTS)
async def test_a_look_up_that_fails_at_the_start_sends_the_task_to_a_worker(start, monkeypatch, name):
    async def fails(_: str, **__: Any) -> Any:
        raise FAULTS[name]

    monkeypatch.setattr(lookup, "get_async_connection", fails)
    event = await event_of(start)
    assert event.payload["worker"].startswith(f"connection {CONN_ID!r} could not be looked up (")


@START
async def test_a_look_up_that_hangs_does_too(start, monkeypatch):
    async def hangs(_: str, **__: Any) -> Any:
        await asyncio.Event().wait()

    monkeypatch.setattr(lookup, "get_async_connection", hangs)
    monkeypatch.setattr(lookup, "LOOKUP_LIMIT", 0.05)
    event = await event_of(start)
    assert "could not be looked up (TimeoutError)" in event.payload["worker"]


@pytest.fixture
def lookups(monkeypatch) -> list[str]:
    """Give the ids of the connections that are looked up."""
    asked: list[str] = []
    look_up = lookup.get_async_connection

    async def noting(conn_id: str, **more: Any) -> Any:
        asked.append(conn_id)
        return await look_up(conn_id, **more)

    monkeypatch.setattr(lookup, "get_async_connection", noting)
    return asked


async def test_waits_that_begin_together_share_one_look_up(run_acme, lookups):
    with run_acme():
        found = await asyncio.gather(*(lookup.afind_shared(CONN_ID) for _ in range(50)))
    assert lookups == [CONN_ID]
    assert len({api.vendor.name for _, api in found}) == 1


async def test_a_wait_that_begins_soon_after_others_shares_theirs(run_acme, lookups):
    with run_acme():
        await lookup.afind_shared(CONN_ID)
        await lookup.afind_shared(CONN_ID)
    assert lookups == [CONN_ID]


async def test_a_wait_that_begins_later_sees_a_changed_connection(run_acme, lookups, monkeypatch):
    with run_acme():
        monkeypatch.setattr(lookup, "SHARED_FOR", 0.0)
        await lookup.afind_shared(CONN_ID)
        await lookup.afind_shared(CONN_ID)
    assert lookups == [CONN_ID] * 2


async def test_a_look_up_that_failed_is_shared_only_with_those_who_waited_for_it(lookups):
    async def fails() -> None:
        with pytest.raises(UnknownConnectionError):
            await lookup.afind_shared("missing")

    await asyncio.gather(*(fails() for _ in range(10)))
    await fails()
    assert lookups == ["missing"] * 2


async def test_one_who_no_longer_waits_ends_the_look_up_of_nobody_else(run_acme, lookups):
    with run_acme():
        first, second = (asyncio.ensure_future(lookup.afind_shared(CONN_ID)) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        await second
    assert lookups == [CONN_ID]


class Hanging:
    """Looks connections up as Airflow does, but hangs until it is let go.

    :param look_up: Airflow's own function.
    """

    def __init__(self, look_up: Any) -> None:
        self.asked = 0
        self.let_go = asyncio.Event()
        self._look_up = look_up

    async def __call__(self, conn_id: str, **more: Any) -> Any:
        self.asked += 1
        await self.let_go.wait()
        return await self._look_up(conn_id, **more)


@pytest.fixture
def hanging(monkeypatch) -> Hanging:
    """Have each look-up hang until the test lets it go."""
    hanging = Hanging(lookup.get_async_connection)
    monkeypatch.setattr(lookup, "get_async_connection", hanging)
    monkeypatch.setattr(lookup, "LOOKUP_LIMIT", 0.05)
    return hanging


async def test_who_comes_while_a_look_up_hangs_begins_no_other(run_acme, hanging, monkeypatch):
    with run_acme():
        for _ in range(3):
            with pytest.raises(TimeoutError):
                await lookup.afind_shared(CONN_ID)
        monkeypatch.setattr(lookup, "LOOKUP_LIMIT", 60.0)
        hanging.let_go.set()
        hook, _ = await lookup.afind_shared(CONN_ID)
    assert (hook.conn_id, hanging.asked) == (CONN_ID, 1)


async def test_a_look_up_that_is_lost_is_made_again(run_acme, hanging, monkeypatch):
    with run_acme():
        with pytest.raises(TimeoutError):
            await lookup.afind_shared(CONN_ID)
        monkeypatch.setattr(lookup, "LOOKUP_LOST", 0.0)
        monkeypatch.setattr(lookup, "LOOKUP_LIMIT", 60.0)
        hanging.let_go.set()
        hook, _ = await lookup.afind_shared(CONN_ID)
    assert (hook.conn_id, hanging.asked) == (CONN_ID, 2)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", FAULTS)
def test_a_look_up_that_fails_on_a_worker_may_be_retried(sensor, worker, monkeypatch, name, mode):
    make_task = sensor(RUNNING, **MODES[mode])

    def fails(_: str) -> Any:
        raise FAULTS[name]

    monkeypatch.setattr(BaseHook, "get_connection", fails)
    ended = worker.run(make_task)
    assert (type(ended.error), "SECRET" in str(ended.error)) == (ConnectionMissing, False)
