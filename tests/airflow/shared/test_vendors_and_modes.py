"""Each vendor's jobs, waited for in each mode by a real Airflow."""

from __future__ import annotations

import re

import pytest

from airflow_jobstatus.sandbox import (
    COURIER_API_KEY,
    ELASTIC_PATH_CLIENT_SECRET,
    GEOBRIDGE_API_KEY,
)
from lab.run import Run
from tests.airflow.three_polls import ENDS, MODES, TASKS, VENDORS

STATES = {"succeeds": "success", "fails": "failed"}
PASSING = {"id", "created_at", "started_at", "updated_at", "completed_at"}
"""In what two jobs differ that went the same way."""
COUNTERS = {
    ("courier", "succeeds"): {"received": 1000, "enqueued": 960, "failures": 40},
    ("courier", "fails"): {"received": 1000, "enqueued": 600, "failures": 400},
    ("elastic_path", "succeeds"): {},
    ("elastic_path", "fails"): {},
    ("geobridge", "succeeds"): {
        "total_records": 1000,
        "processed_records": 1000,
        "successful_records": 960,
        "failed_records": 40,
    },
    ("geobridge", "fails"): {
        "total_records": 1000,
        "processed_records": 1000,
        "successful_records": 600,
        "failed_records": 400,
    },
}
FIRST = {
    "courier": "0 %, 0/1000 records, CREATED",
    "elastic_path": "pending",
    "geobridge": "queued",
}
CHANGE = {
    "courier": r"50 %, 500/1000 records, \d+ failed, PROCESSING",
    "elastic_path": r"processing \(was pending\)",
    "geobridge": r"50 %, 500/1000 records, \d+ failed, processing",
}
SUMMARY = {
    ("courier", "succeeds"): "succeeded (status COMPLETED), 100 %, 1000/1000 records, 40 failed",
    (
        "courier",
        "fails",
    ): "failed (status ERROR), 100 %, 1000/1000 records, 400 failed",
    ("elastic_path", "succeeds"): "succeeded (status complete)",
    ("elastic_path", "fails"): "failed",
    ("geobridge", "succeeds"): "succeeded, 100 %, 1000/1000 records, 40 failed",
    (
        "geobridge",
        "fails",
    ): "failed, 100 %, 1000/1000 records, 400 failed",
}
REASON = {
    "courier": "Courier gives no reason",
    "elastic_path": "No results matched the supplied filter",
    "geobridge": "Input could not be downloaded",
}
SECRETS = [COURIER_API_KEY, ELASTIC_PATH_CLIENT_SECRET, GEOBRIDGE_API_KEY, "whsec_example_secret_01"]

tasks = pytest.mark.parametrize("task_id", TASKS)
vendors = pytest.mark.parametrize("vendor", VENDORS)
ends = pytest.mark.parametrize("end", ENDS)


@pytest.fixture(scope="module")
def vendors_and_modes(three_polls) -> Run:
    return three_polls["vendors_and_modes"]


def lines(run: Run, task_id: str) -> list[str]:
    """Give what a task's log says of jobs."""
    return [line for line in run.events(task_id) if " job '" in line]


@tasks
def test_the_task_ends_as_its_job_does(vendors_and_modes, task_id):
    assert vendors_and_modes.tasks[task_id]["state"] == STATES[task_id.rpartition("-")[2]]


@tasks
def test_the_task_is_not_tried_again(vendors_and_modes, task_id):
    assert vendors_and_modes.tasks[task_id]["try_number"] == 1


@tasks
def test_each_counter_is_an_int_on_xcom_under_the_vendors_own_name(vendors_and_modes, task_id):
    vendor, _, end = task_id.split("-")
    xcoms = vendors_and_modes.xcoms(task_id)
    counters = {key: value for key, value in xcoms.items() if key != "return_value"}
    assert [(key, type(value), value) for key, value in sorted(counters.items())] == [
        (key, int, value) for key, value in sorted(COUNTERS[vendor, end].items())
    ]


@vendors
@ends
def test_xcoms_are_equal_in_every_mode(vendors_and_modes, vendor, end):
    left = []
    for mode in MODES:
        xcoms = vendors_and_modes.xcoms(f"{vendor}-{mode}-{end}")
        job = {name: value for name, value in xcoms["return_value"].items() if name not in PASSING}
        left.append({**xcoms, "return_value": job})
    assert left[0] == left[1] == left[2]


@tasks
def test_the_log_says_what_the_first_poll_saw(vendors_and_modes, task_id):
    first = lines(vendors_and_modes, task_id)[0]
    assert re.search(
        FIRST[task_id.split("-")[0]] + r"; polling again about every \d+ s until \S+ \S+ UTC", first
    )


@tasks
def test_the_log_says_what_changed(vendors_and_modes, task_id):
    assert re.search(CHANGE[task_id.split("-")[0]], lines(vendors_and_modes, task_id)[1])


@tasks
def test_the_log_says_in_the_end_what_came_of_the_job_and_what_it_took(vendors_and_modes, task_id):
    vendor, _, end = task_id.split("-")
    summary = "^" + re.escape(SUMMARY[vendor, end]) + r", after [\d.]+ s and \d+ polls - "
    assert [line for line in lines(vendors_and_modes, task_id) if re.search(summary, line)] != []


@tasks
def test_no_job_is_polled_more_often_than_asked_for(vendors_and_modes, task_id):
    seconds, polls = re.search(
        r"after ([\d.]+) s and (\d+) polls", "\n".join(lines(vendors_and_modes, task_id))
    ).groups()
    assert int(polls) <= float(seconds) + 2


@tasks
def test_the_log_says_the_reason_of_a_failure_once(vendors_and_modes, task_id):
    vendor, _, end = task_id.split("-")
    assert vendors_and_modes.log(task_id).count(REASON[vendor]) == (end == "fails")


@tasks
def test_the_log_has_no_line_for_each_poll(vendors_and_modes, task_id):
    assert len(lines(vendors_and_modes, task_id)) <= 4


@pytest.mark.usefixtures("three_polls")
def test_no_secret_is_in_any_log_or_in_the_metadata_database(airflow, sandbox):
    assert sandbox.credentials > {COURIER_API_KEY, GEOBRIDGE_API_KEY}  # and Elastic Path's tokens
    files = [
        path
        for path in airflow.home.rglob("*")
        if path.is_file() and path.suffix in {".log", ".db", ".db-wal"}
    ]
    found = [
        (path.name, secret)
        for path in files
        for secret in {*SECRETS, *sandbox.credentials}
        if secret.encode() in path.read_bytes()
    ]
    assert files != []
    assert found == []
