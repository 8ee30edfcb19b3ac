"""How many workers each way of waiting takes, and what it leaves."""

from __future__ import annotations

from collections import Counter

import pytest

from lab.run import Run
from tests.airflow.ways import run_ways

COUNTERS = {"received": 1000, "enqueued": 993, "failures": 7}
WORKERS = {
    "plain": 2,
    "end": 1,
    "end_without_xcoms": 1,
    "start": 1,
    "constant": 0,
    "from_conf": 0,
    "from_params": 0,
    "from_xcom_arg": 0,
    "from_key_of_xcom": 0,
    "from_xcom_pull": 1,
    "conn_from_conf": 0,
    "from_run_id": 0,
    "from_date": 0,
    "from_list": 0,
    "from_variable": 1,
    "with_callback": 1,
    "fails": 1,
}
FOUND = {
    "constant": "a-constant",
    "from_conf": "by-conf",
    "from_params": "by-params",
    "from_xcom_arg": "upstream",
    "from_key_of_xcom": "upstream",
    "conn_from_conf": "a-constant",
}
NEED_A_WORKER = {"from_variable": "var", "from_xcom_pull": "the task instance"}
MISSING = {
    "missing_conf": "'dict object' has no attribute 'lost'",
    "missing_xcom": "task 'submit' left no XCom 'lost'",
    "missing_conn": "connection 'nowhere' is not defined",
}


@pytest.fixture(scope="module")
def ways(airflow, sandbox, clock) -> Run:
    return run_ways(airflow, sandbox, clock)


@pytest.fixture(scope="module")
def starts(ways) -> Counter[str]:
    return ways.worker_starts()


@pytest.mark.parametrize("task_id", WORKERS)
def test_a_wait_takes_as_many_workers_as_its_way(starts, task_id):
    assert starts[task_id] == WORKERS[task_id]


@pytest.mark.parametrize("task_id", ["plain", "end", "start", *FOUND])
def test_every_way_leaves_the_same_xcoms(ways, task_id):
    xcoms = ways.xcoms(task_id)
    value = xcoms.pop("return_value")
    assert (ways.tasks[task_id]["state"], xcoms) == ("success", COUNTERS)
    assert (value["state"], value["counters"]) == ("succeeded", COUNTERS)


def test_a_counter_arrives_as_an_int_downstream(ways):
    assert ways.xcoms("type_of")["return_value"] == "int"


def test_a_task_that_pushes_no_xcoms_leaves_none(ways):
    assert ways.xcoms("end_without_xcoms") == {}


@pytest.mark.parametrize("task_id", FOUND)
def test_each_wait_finds_its_job(ways, task_id):
    assert ways.xcoms(task_id)["return_value"]["id"] == FOUND[task_id]


@pytest.mark.parametrize("task_id", ["from_run_id", "from_date", "from_list"])
def test_it_finds_what_the_run_says(ways, task_id):
    assert ways.tasks[task_id]["state"] == "success"


def test_a_list_leaves_a_list_and_sums(ways):
    xcoms = ways.xcoms("from_list")
    assert [job["id"] for job in xcoms["return_value"]] == ["m1", "m2", "m3"]
    assert xcoms["failures"] == 21


@pytest.mark.parametrize("task_id", MISSING)
def test_what_is_missing_fails_the_task_and_is_named(ways, task_id):
    assert ways.tasks[task_id]["state"] == "failed"
    assert MISSING[task_id] in ways.log(task_id)


def test_a_failure_is_a_workers(ways):
    assert ways.tasks["fails"]["state"] == "failed"
    assert ways.xcoms("fails")["return_value"]["state"] == "failed"


@pytest.mark.parametrize("task_id", NEED_A_WORKER)
def test_a_template_that_needs_a_worker_begins_on_one_and_the_log_says_why(ways, task_id):
    reason = f"the wait begins on a worker: job_id has a template that uses {NEED_A_WORKER[task_id]}"
    assert reason in ways.log(task_id)
    assert (ways.tasks[task_id]["state"], ways.xcoms(task_id)["failures"]) == ("success", 7)


def test_an_empty_list_skips_the_task(ways):
    assert ways.tasks["empty"]["state"] == "skipped"


@pytest.mark.parametrize("index", range(3))
def test_a_mapped_wait_begins_on_a_worker_and_ends_in_the_triggerer(ways, starts, index):
    assert starts[f"mapped[{index}]"] == 1
    assert ways.xcoms("mapped", index)["failures"] == 7
    assert "the wait begins on a worker: it is mapped" in ways.log("mapped", index)


def test_no_duration_is_negative(ways):
    assert min(task["duration"] for task in ways.tasks.values() if task["duration"] is not None) >= 0
