"""A rescheduled wait goes on while its connection cannot be looked up, as a deferred one does."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from airflow.sdk.bases.hook import BaseHook

from airflow_jobstatus.exceptions import ConnectionMissing
from tests.support.acme import RUNNING, SUCCEEDED


@pytest.fixture
def away(monkeypatch) -> Callable[..., None]:
    """Have the secrets backend be away, or answer again, from now on."""
    answers = BaseHook.get_connection

    def fails(_: str) -> Any:
        raise OSError("vault.internal: no route")

    def be_away(*, is_away: bool) -> None:
        monkeypatch.setattr(BaseHook, "get_connection", fails if is_away else answers)

    return be_away


@pytest.mark.parametrize("many", [False, True], ids=["one", "many"])
def test_a_rescheduled_wait_outlasts_a_secrets_backend_that_is_away(
    sensor, acme, worker, reschedule, away, many
):
    jobs = [acme.add(RUNNING, SUCCEEDED), acme.add(RUNNING, SUCCEEDED)]
    make_task = sensor(mode="reschedule", job_id=jobs if many else jobs[0])
    reschedule(make_task)
    away(is_away=True)
    reschedule(make_task)
    away(is_away=False)
    assert worker.run(make_task).error is None


def test_a_rescheduled_wait_says_until_when_it_looks_its_connection_up(sensor, reschedule, away, log):
    make_task = sensor(RUNNING, mode="reschedule")
    reschedule(make_task)
    away(is_away=True)
    reschedule(make_task)
    assert re.search(r"could not be looked up \(OSError\).*; retrying until [\d: -]+ UTC$", log[-1]["event"])


def test_a_rescheduled_wait_ends_where_no_look_up_succeeds_for_unreachable_timeout(
    sensor, worker, reschedule, away, monkeypatch
):
    make_task = sensor(RUNNING, mode="reschedule", unreachable_timeout=500)
    reschedule(make_task)
    away(is_away=True)
    for _ in range(3):
        reschedule(make_task)
        later = time.time() + 200
        monkeypatch.setattr(time, "time", lambda later=later: later)
    assert type(worker.run(make_task).error) is ConnectionMissing


def test_a_rescheduled_wait_whose_connection_was_found_again_has_its_whole_time_anew(
    sensor, reschedule, away, two_hours_later
):
    make_task = sensor(RUNNING, RUNNING, mode="reschedule", unreachable_timeout=3600)
    for is_away in (False, True, False):
        away(is_away=is_away)
        reschedule(make_task)
    two_hours_later()
    away(is_away=True)
    reschedule(make_task)


def test_a_rescheduled_wait_that_never_found_its_connection_ends(sensor, worker, away):
    away(is_away=True)
    assert type(worker.run(sensor(RUNNING, mode="reschedule")).error) is ConnectionMissing


def test_without_a_state_store_only_timeout_ends_a_rescheduled_wait_without_its_connection(
    sensor, worker, reschedule, away, two_hours_later
):
    worker.store = None  # as on Airflow before 3.3
    make_task = sensor(RUNNING, mode="reschedule", unreachable_timeout=3600)
    reschedule(make_task)
    away(is_away=True)
    reschedule(make_task)
    two_hours_later()
    reschedule(make_task)
