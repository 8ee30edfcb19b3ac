"""A task's polls from its worker: one after the other, and not long beyond its deadline."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_jobstatus.polling import worker
from airflow_jobstatus.polling.worker import WorkerPoller
from airflow_jobstatus.protocol.errors import TransientError
from airflow_jobstatus.waiting.batch import Batch
from airflow_jobstatus.waiting.outcome import Ending
from airflow_jobstatus.waiting.wait import Wait
from airflow_jobstatus.waiting.watch import GRACE
from tests.support.clock import Clock
from tests.support.source import Account

BEGAN = 1_700_000_000.0
TIMEOUT = 60.0


@dataclass(frozen=True)
class Api(Account):
    """What a hook's calls say of their account."""

    rate: float | None = None

    @property
    def account(self) -> Any:
        return SimpleNamespace(requests_per_second=self.rate)


class Hook:
    """A hook whose polls take long, and have no answer."""

    conn_id = "ours"

    def __init__(self, clock: Clock, *, takes: float, rate: float | None = None) -> None:
        self.api: Any = Api(rate=rate)
        self._clock = clock
        self._takes = takes

    def get_job(self, job_id: str) -> Any:
        self._clock.advance(self._takes)
        raise TransientError("Acme", "no answer", job_id=job_id)

    def cancel_job(self, job_id: str) -> bool:
        raise NotImplementedError

    def renew(self) -> bool:
        raise NotImplementedError


@pytest.fixture
def clock(monkeypatch) -> Clock:
    clock = Clock(BEGAN)
    monkeypatch.setattr(worker, "time", SimpleNamespace(time=clock, monotonic=clock, sleep=clock.advance))
    return clock


@pytest.mark.parametrize(
    ("takes", "rate"), [(30.0, None), (0.0, 0.001)], ids=["a server hangs", "a low rate"]
)
def test_a_list_ends_within_two_minutes_of_its_deadline(clock, takes, rate):
    batch = Batch.of([f"job-{number}" for number in range(100)])
    wait = Wait(job_id="job-0", began=BEGAN, deadline=BEGAN + TIMEOUT)
    hook = Hook(clock, takes=takes, rate=rate)
    poller = WorkerPoller(hook, batch, wait, say=lambda *_, **__: None, states={})
    outcome = poller.poll()
    assert outcome is not None
    assert outcome.ending is Ending.TIMEOUT
    assert clock() <= wait.deadline + GRACE + 2 * takes
