"""What cannot be is refused before any call, with a sentence that says what to set."""

from __future__ import annotations

import json
import math
from datetime import timedelta

import pytest

from airflow_jobstatus.exceptions import ConnectionMissing, JobRejected
from airflow_jobstatus.sensors.jobstatus import JobStatusSensor
from tests.support.outcomes import MODES

modes = pytest.mark.parametrize("mode", MODES)

JOB_IDS = {
    "empty": ("", "job_id is empty"),
    "blank": (" \t", "job_id is empty"),
    "a dot": (".", "would name another resource"),
    "two dots": ("..", "would name another resource"),
    "a line break": ("a\nb", "has a line break"),
    "an empty XCom as it renders": ("None", "job_id is None"),
    "an empty XCom": (None, "job_id is None"),
    "a list of which one is blank": (["a", " "], "job_id is empty"),
    "a list whose first entry is blank": (["", None], "job_id is empty (entry 1 of 2)"),
    "a dict": ({"job_id": "abc"}, "not dict with the keys 'job_id'"),
    "bytes": (b"abc", "not bytes"),
    "a set": ({"a", "b"}, "which has no order"),
    "too long": ("a" * 513, "longer than 512 characters"),
}
CONNECTIONS = {
    "of a foreign type": (
        {"conn_type": "http", "password": "k"},
        "is of type 'http', whose hook cannot poll bulk jobs",
    ),
    "of no type": ({"conn_type": "", "password": "k"}, "whose hook cannot poll bulk jobs"),
    "of a misspelt type": (
        {"conn_type": "courrier", "password": "k"},
        "one of courier, elastic_path, geobridge",
    ),
    "without a key": ({"conn_type": "courier"}, "has no API key: put it into the password field"),
    "without a client secret": (
        {"conn_type": "elastic_path", "login": "id"},
        "has no Client secret: put it into the password field",
    ),
    "with a bad extra": (
        {"conn_type": "geobridge", "password": "k", "extra": '{"timeout": "soon"}'},
        "'timeout' in its extra must be a number",
    ),
}
LIMITS = {
    "negative": -1,
    "a truth value": True,
    "a text": "3",
    "not a number": math.nan,
}


@modes
@pytest.mark.parametrize("name", JOB_IDS)
def test_a_job_id_that_cannot_name_a_job_fails_without_retries(sensor, worker, mode, name):
    job_id, message = JOB_IDS[name]
    ended = worker.run(sensor(job_id=job_id, **MODES[mode]))
    assert type(ended.error) is JobRejected
    assert message in str(ended.error)


@pytest.mark.parametrize("name", JOB_IDS)
def test_a_job_id_that_cannot_name_a_job_makes_no_call(sensor, worker, acme, name):
    worker.run(sensor(job_id=JOB_IDS[name][0]))
    assert acme.server.requests == []


@modes
@pytest.mark.parametrize("name", CONNECTIONS)
def test_a_connection_that_cannot_be_used_fails_without_retries(sensor, worker, monkeypatch, mode, name):
    fields, message = CONNECTIONS[name]
    monkeypatch.setenv("AIRFLOW_CONN_OURS", json.dumps(fields))
    ended = worker.run(sensor(conn_id="ours", job_id="x", **MODES[mode]))
    assert type(ended.error) is JobRejected
    assert message in str(ended.error)


@modes
def test_a_connection_that_is_not_found_may_be_there_for_the_next_try(sensor, worker, mode):
    ended = worker.run(sensor(conn_id="ours", job_id="x", **MODES[mode]))
    assert type(ended.error) is ConnectionMissing
    assert "connection 'ours' is not defined; create it, or set conn_id to one that is" in str(ended.error)


@modes
@pytest.mark.parametrize("limit", [{"max_failed": 0}, {"max_failed_ratio": 0.1}], ids=str)
@pytest.mark.usefixtures("sandbox_connections")
def test_a_limit_that_the_vendor_gives_no_counters_for_fails_without_retries(
    sensor, worker, sandbox, mode, limit
):
    job_id = sandbox.add_job("elastic_path", seconds=0)
    ended = worker.run(sensor(conn_id="elastic_path_default", job_id=job_id, **limit, **MODES[mode]))
    assert type(ended.error) is JobRejected
    assert "Elastic Path counts no failed records" in str(ended.error)


@pytest.mark.usefixtures("sandbox_connections")
def test_a_limit_that_the_vendor_gives_no_counters_for_makes_no_call(sensor, worker, sandbox):
    job_id = sandbox.add_job("elastic_path", seconds=0)
    worker.run(sensor(conn_id="elastic_path_default", job_id=job_id, max_failed=0))
    assert sandbox.requests == []


@pytest.mark.parametrize("argument", ["max_failed", "max_failed_ratio", "unreachable_timeout"])
@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_that_is_no_number_of_at_least_0_does_not_pass_the_dag_file(argument, name):
    with pytest.raises(ValueError, match=f"{argument} must be a number of at least 0"):
        JobStatusSensor(task_id="wait", conn_id="c", job_id="x", **{argument: LIMITS[name]})


@pytest.mark.parametrize("argument", ["conn_id", "job_id"])
def test_what_is_waited_for_must_be_said(argument):
    arguments = {"conn_id": "c", "job_id": "x"}
    del arguments[argument]
    with pytest.raises(TypeError, match=argument):
        JobStatusSensor(task_id="wait", **arguments)


@pytest.mark.parametrize("given", [10**5000, math.inf, 1e300], ids=["5,000 digits", "endless", "1e300"])
def test_more_failed_records_than_a_trigger_can_keep_are_refused(given):
    with pytest.raises(ValueError, match="max_failed must be at most"):
        JobStatusSensor(task_id="wait", conn_id="c", job_id="x", max_failed=given)


@pytest.mark.parametrize(
    "name", ["timeout", "poke_interval", "max_wait", "unreachable_timeout", "stall_timeout"]
)
@pytest.mark.parametrize(
    "length", [timedelta.max, 1e12, float("inf")], ids=["the longest", "a number", "endless"]
)
def test_a_length_beyond_ten_years_is_refused(name, length):
    with pytest.raises(ValueError, match=f"{name} must be at most ten years"):
        JobStatusSensor(task_id="wait", conn_id="acme_default", job_id="x", **{name: length})
