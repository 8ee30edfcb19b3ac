"""What has to hold of waits while the installation around them fails, part by part."""

from __future__ import annotations

import pytest

from airflow_jobstatus import exceptions
from airflow_jobstatus.triggers.standstill import LONG
from airflow_jobstatus.vendors.geobridge import GEOBRIDGE
from tests.scaleout.night import FAULTS, LOST_AFTER, TIMEOUT, WAITS, Night

OURS = [
    name
    for name, found in vars(exceptions).items()
    if isinstance(found, type)
    and issubclass(found, BaseException)
    and found.__module__ == exceptions.__name__
]
LATE = 90.0
"""Seconds within which a triggerer sees that a deadline is over: one that restarts takes a minute to end."""


def test_each_wait_was_there(night: Night) -> None:
    assert len(night.waits) == sum(WAITS.values())


def test_a_triggerer_was_frozen_for_so_long_that_it_lost_its_waits(night: Night) -> None:
    assert night.frozen_for > max(LONG, LOST_AFTER)


@pytest.mark.parametrize("fault", FAULTS)
def test_every_wait_that_may_be_retried_ends_well(night: Night, fault: str) -> None:
    states = {wait.state for wait in night.waits if wait.group == fault and wait.may_be_retried}
    assert states == {"success"}


def test_what_is_lost_is_lost_by_airflow_where_it_may_not_retry(night: Night) -> None:
    lost = [wait for wait in night.waits if wait.group and wait.state != "success"]
    assert not any(wait.may_be_retried for wait in lost)
    lines = [line for wait in lost for line in wait.log.splitlines()]
    assert [line for line in lines if any(name in line for name in OURS)] == []


def test_no_job_is_cancelled(night: Night) -> None:
    assert night.asked("DELETE", since=float("-inf")) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_no_wait_ends_before_its_job(night: Night, fault: str) -> None:
    ended = [wait.ended_at for wait in night.waits if wait.group == fault and wait.state == "success"]
    assert min(ended) >= night.jobs_ended_at[fault]


def test_every_process_that_polls_knows_the_same_deadline(night: Night) -> None:
    assert max(len(wait.deadlines) for wait in night.waits) == 1


def test_nothing_is_left_behind(night: Night) -> None:
    assert night.left_behind == []


@pytest.mark.parametrize("way", ["endless_resumes", "endless_ends_there"])
def test_a_wait_without_end_ends_at_its_deadline(night: Night, way: str) -> None:
    for wait in (one for one in night.waits if one.way == way):
        assert wait.state == "failed"
        assert wait.timed_out_after, wait.log
        assert TIMEOUT - GEOBRIDGE.min_interval <= min(wait.timed_out_after) < TIMEOUT + LATE
