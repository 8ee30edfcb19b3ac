"""How many requests a wait takes of Airflow's supervisor, which serves all triggers one after the other."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from airflow.triggers.base import TaskSuccessEvent

from airflow_jobstatus.waiting.progress import KEY
from airflow_jobstatus.workerless.eligibility import starts_in_the_triggerer
from airflow_jobstatus.workerless.trigger import JobStatusStartTrigger
from tests.support.acme import CONN_ID, FAILED, RUNNING, SUCCEEDED
from tests.support.triggerer import event_of

pytestmark = pytest.mark.skipif(
    not starts_in_the_triggerer(), reason="Airflow 3.3 starts tasks in the triggerer"
)
WAITS = 40
PROGRESS = "progress"
"""What all waits write together of their progress; it has a budget of its own."""


@pytest.fixture
def sent(comms, monkeypatch) -> Counter[str]:
    """Count every request that goes to the supervisor, by its kind."""
    counter: Counter[str] = Counter()
    asend = comms.asend

    async def counting(message: Any) -> Any:
        is_progress = getattr(message, "key", None) == KEY
        counter[PROGRESS if is_progress else type(message).__name__] += 1
        return await asend(message)

    monkeypatch.setattr(comms, "asend", counting)
    return counter


@pytest.fixture
def ended(acme, triggerer):
    """Begin and end waits in one triggerer, each for a job with the given answers."""

    async def run(*answers: Any, source: Any = None, **options: Any) -> list[Any]:
        triggers = []
        for number in range(WAITS):
            trigger = JobStatusStartTrigger(
                conn_id_from={"text": CONN_ID},
                job_id_from=source or {"text": acme.add(*answers)},
                timeout=60,
                backstop=300,
                options={"interval": 0, "end_from_trigger": True, **options},
            )
            trigger.task_instance = triggerer.instance(f"wait-{number}")
            trigger.timeout_after = datetime.now(timezone.utc) + timedelta(seconds=360)
            triggers.append(trigger)
        return await asyncio.gather(*map(event_of, triggers))

    return run


def look_ups(sent: Counter[str]) -> int:
    return sent["GetConnection"] + sent["MaskSecret"]


def of_the_waits(sent: Counter[str]) -> dict[str, int]:
    """Give what each wait takes alone."""
    return {kind: n for kind, n in sent.items() if kind not in {PROGRESS, "GetConnection", "MaskSecret"}}


async def test_a_success_takes_a_request_for_each_xcom(ended, sent):
    events = await ended(RUNNING, SUCCEEDED)
    assert {type(event) for event in events} == {TaskSuccessEvent}
    assert of_the_waits(sent) == {"SetXCom": 5 * WAITS}


async def test_a_failure_takes_none(ended, sent):
    await ended(RUNNING, FAILED)
    assert of_the_waits(sent) == {}


async def test_a_success_without_xcoms_takes_none(ended, sent):
    await ended(RUNNING, SUCCEEDED, do_xcom_push=False)
    assert of_the_waits(sent) == {}


async def test_a_success_that_ends_on_a_worker_takes_none(ended, sent):
    await ended(RUNNING, SUCCEEDED, end_from_trigger=False)
    assert of_the_waits(sent) == {}


async def test_an_id_that_another_task_left_takes_one(ended, sent, acme, comms):
    comms.xcoms[("submit", "return_value", -1)] = acme.add(RUNNING, SUCCEEDED)
    await ended(source={"xcom": ["submit", "return_value"]}, do_xcom_push=False)
    assert of_the_waits(sent) == {"GetXCom": WAITS}


async def test_the_look_ups_are_those_of_one_wait(ended, sent):
    await ended(RUNNING, SUCCEEDED)
    assert 0 < look_ups(sent) <= 3 * 3
