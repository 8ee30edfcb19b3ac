"""A job id from another task, mapped waits, and one poll to branch on, in a real Airflow."""

from __future__ import annotations

import pytest

from lab.run import Run


@pytest.fixture(scope="module")
def ways_to_use(three_polls) -> Run:
    return three_polls["ways_to_use"]


def test_the_run_succeeds(ways_to_use):
    assert ways_to_use.state == "success"


def test_a_job_id_can_come_from_another_task(ways_to_use):
    assert ways_to_use.xcoms("wait")["return_value"]["id"] == ways_to_use.xcoms("submit")["return_value"]


def test_a_downstream_task_reads_a_counter_as_an_int(ways_to_use):
    assert ways_to_use.xcoms("read_counter")["return_value"] == ["int", 7]


def test_a_mapped_sensor_waits_for_each_job(ways_to_use):
    ids = [ways_to_use.xcoms("waits", index)["return_value"]["id"] for index in range(3)]
    assert ids == ways_to_use.xcoms("submit_many")["return_value"]


@pytest.mark.parametrize("index", range(3))
def test_a_mapped_sensor_has_xcoms_of_its_own(ways_to_use, index):
    assert ways_to_use.xcoms("waits", index)["received"] == 100 * (index + 1)


def test_a_downstream_task_reads_all_mapped_jobs(ways_to_use):
    assert ways_to_use.xcoms("add_up")["return_value"] == 600


def test_a_poll_does_not_wait(ways_to_use):
    assert ways_to_use.xcoms("poll")["return_value"]["state"] == "pending"


def test_a_branch_follows_what_a_poll_saw(ways_to_use):
    states = {name: ways_to_use.tasks[name]["state"] for name in ("go_on", "come_back")}
    assert states == {"go_on": "skipped", "come_back": "success"}
