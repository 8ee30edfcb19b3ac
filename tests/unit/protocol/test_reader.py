"""Single fields of an answer, where the documents leave room for odd values."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import ClassVar

import pytest

from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.api import Api
from airflow_jobstatus.protocol.errors import TransientError
from airflow_jobstatus.protocol.http import Response
from airflow_jobstatus.protocol.job import Job, JobState
from airflow_jobstatus.protocol.vendor import Vendor
from airflow_jobstatus.vendors.elastic_path import ELASTIC_PATH
from airflow_jobstatus.vendors.geobridge import GEOBRIDGE

ACCOUNT = Account(vendor=GEOBRIDGE, base_url="https://h.example", secret="secret-key", ca_bundle="")


def read(**body) -> Job:
    flow = Api(ACCOUNT).get_job("1")
    next(flow)
    with pytest.raises(StopIteration) as end:
        flow.send(Response(200, {}, json.dumps(body).encode()))
    return end.value.value


@pytest.mark.parametrize(
    ("value", "count"),
    [
        (0, 0),
        (7, 7),
        (7.0, 7),
        (2**53, 2**53),
        (2**53 + 1, None),
        (-1, None),
        (7.5, None),
        (float("nan"), None),
        (float("inf"), None),
        (True, None),
        ("7", None),
        (None, None),
        ([7], None),
    ],
    ids=str,
)
def test_a_counter_is_a_whole_number_or_not_there(value, count):
    job = read(status="processing", statistics={"total_records": value})
    assert job.counters == ({} if count is None else {"total_records": count})


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-03-18T12:40:00Z", "2024-03-18T12:40:00+00:00"),
        ("2024-03-18T12:40:00", "2024-03-18T12:40:00+00:00"),
        ("2024-03-18 12:40:00+02:00", "2024-03-18T10:40:00+00:00"),
        ("2024-03-18T12:40:00+0200", "2024-03-18T10:40:00+00:00"),
        ("2024-03-18T12:40:00.123456789Z", "2024-03-18T12:40:00.123456+00:00"),
        (" 2024-03-18T12:40:00Z ", "2024-03-18T12:40:00+00:00"),
        ("0001-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("2024-02-30T00:00:00Z", None),
        ("2024-03-18", None),
        ("yesterday", None),
        ("", None),
        (1710765600, None),
        (None, None),
    ],
    ids=str,
)
def test_a_time_is_read_to_the_microsecond_in_utc_or_not_there(text, moment):
    seen = read(status="processing", submitted_at=text).created_at
    assert (seen and seen.isoformat()) == moment


@pytest.mark.parametrize("status", ["succeeded", "processing"])
def test_an_error_is_reported_only_of_a_job_that_failed(status):
    assert read(status=status, error="left over").error is None


def test_the_errors_of_a_broken_callback_are_reported_once_each():
    attempts = [{"error": "Callback returned 500."}] * 3 + [{"error": "Timed out."}, {"error": None}, 5]
    assert read(status="failed", delivery_attempts=attempts).error == "Callback returned 500.; Timed out."


def test_nothing_of_the_body_but_declared_fields_reaches_the_job():
    body = {
        "status": "failed",
        "callback": {"secret": "whsec"},
        "metadata": {"mail": "a@b.c"},
        "input": {"url": "u"},
    }
    told = json.dumps(read(**body).to_dict())
    assert not [word for word in ("whsec", "a@b.c", "callback", "metadata", "input") if word in told]


def test_an_error_text_is_one_line_of_sane_length():
    error = read(status="failed", error="a\n\x1b[31mb\x00" + "x" * 5000).error
    assert error is not None
    assert error.isprintable()
    assert len(error) == 300


def test_a_code_that_stands_for_a_state_needs_no_word():
    vendor = replace(GEOBRIDGE, http_states={425: JobState.PENDING})
    flow = Api(replace(ACCOUNT, vendor=vendor)).get_job("1")
    next(flow)
    with pytest.raises(StopIteration) as end:
        flow.send(Response(425, {}, b"too early"))
    assert (end.value.value.state, end.value.value.status) == (JobState.PENDING, "pending")


def answered(status: int, body: object, job_id: str = "1", vendor: Vendor = GEOBRIDGE) -> Job:
    flow = Api(replace(ACCOUNT, vendor=vendor)).get_job(job_id)
    next(flow)
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(StopIteration) as end:
        flow.send(Response(status, {}, text))
    return end.value.value


@pytest.mark.parametrize(
    ("vendor", "body"),
    [
        (GEOBRIDGE, {"id": "B", "status": "succeeded"}),
        (GEOBRIDGE, {"id": 7, "status": "failed", "error": "x"}),
        (GEOBRIDGE, {"id": "", "status": "succeeded"}),
        (ELASTIC_PATH, {"data": {"id": "B", "status": "success"}}),
    ],
    ids=str,
)
def test_the_answer_of_another_job_is_no_job_and_may_pass(vendor, body):
    with pytest.raises(TransientError, match="the answer is of another job"):
        answered(200, body, "A", vendor)


@pytest.mark.parametrize(
    ("job_id", "found"),
    [("A", "A"), ("7", 7), ("ab-1", "AB-1"), ("A", " A\u200b"), ("A", None), ("A", ["B"])],
)
def test_the_answer_of_the_job_itself_is_believed(job_id, found):
    assert answered(200, {"id": found, "status": "succeeded"}, job_id).id == job_id


def test_an_entry_of_a_list_with_the_id_of_another_job_is_passed_over():
    listing = replace(GEOBRIDGE.listing, id="job_id")
    flow = Api(replace(ACCOUNT, vendor=replace(GEOBRIDGE, listing=listing))).list_jobs({"A", "B"})
    next(flow)
    jobs = [{"job_id": "A", "id": "C", "status": "failed"}, {"job_id": "B", "status": "processing"}]
    with pytest.raises(StopIteration) as end:
        flow.send(Response(200, {}, json.dumps({"jobs": jobs}).encode()))
    assert [job.id for job in end.value.value.jobs] == ["B"]


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ("suc\u200bceeded", "succeeded"),
        ("succeeded\0", "succeeded"),
        ("\ufeff SUCCEEDED\u202e", "SUCCEEDED"),
        ("\u200b" * 100 + "succeeded", "succeeded"),
    ],
    ids=ascii,
)
def test_a_status_word_is_cleaned_before_it_is_understood(status, word):
    job = read(status=status)
    assert (job.state, job.status) == (JobState.SUCCEEDED, word)


@pytest.mark.parametrize(
    ("status", "text"), [(3, "3"), (3.0, "3"), (True, "true"), (False, "false"), (-1.5, "-1.5"), (0, "0")]
)
def test_a_status_that_is_a_number_or_a_boolean_is_its_text(status, text):
    vendor = replace(GEOBRIDGE, states={text: JobState.FAILED}, http_states={})
    job = answered(200, {"status": status}, vendor=vendor)
    assert (job.state, job.status) == (JobState.FAILED, text)


@pytest.mark.parametrize("first", ["", " ", "\u200b", None, {}, [], {"code": 1}, ["failed"]], ids=ascii)
def test_an_empty_or_foreign_value_does_not_hide_the_next_path(first):
    vendor = replace(GEOBRIDGE, status=("status", "state"))
    assert answered(200, {"status": first, "state": "succeeded"}, vendor=vendor).state is JobState.SUCCEEDED


@pytest.mark.parametrize(
    "body",
    [b"<html>Log in</html>", b"  <!doctype html><title>Sign in</title>", {"hello": "world"}, ["x"]],
    ids=str,
)
def test_a_page_with_a_declared_code_is_no_job(body):
    with pytest.raises(TransientError, match="HTTP 409 Conflict with a body that shows no job"):
        answered(409, body)


@pytest.mark.parametrize(
    "body", [b"", b" ", {}, {"title": "Conflict", "status": 409}, {"status": "processing"}]
)
def test_a_declared_code_in_the_vendors_form_is_its_state(body):
    job = answered(409, body)
    assert (job.state, job.status) == (JobState.RUNNING, "processing")


def test_a_declared_code_for_another_job_is_no_job():
    with pytest.raises(TransientError, match="of another job"):
        answered(409, {"id": "B", "status": "processing"})


@pytest.mark.parametrize(
    ("field", "error"),
    [
        ({"failure": {"reason": "no rows"}}, "no rows"),
        ({"failure": {"Message": "a", "code": "B"}}, "a: B"),
        ({"error": [{"message": "a"}, {"message": "b"}]}, "a; b"),
        (
            {"error": {"message": "hook abcd-1234 failed"}, "callback": {"secret": "abcd-1234"}},
            "hook *** failed",
        ),
        (
            {"error": "GET https://b.example/in.csv?X-Sig=abc%20d failed"},
            "GET https://b.example/in.csv?*** failed",
        ),
    ],
    ids=str,
)
def test_the_reason_of_a_failed_job_is_in_the_vendors_words(field, error):
    assert read(status="failed", **field).error == error


def listed(*entries: object):
    flow = Api(ACCOUNT).list_jobs({"7", "8"})
    next(flow)
    with pytest.raises(StopIteration) as end:
        flow.send(Response(200, {}, json.dumps({"jobs": entries}).encode()))
    return end.value.value


def test_a_job_with_a_whole_number_for_an_id_is_found_in_a_list():
    page = listed({"id": 7, "status": "processing"}, {"id": "8", "status": "processing"})
    assert [job.id for job in page.jobs] == ["7", "8"]


class Noting(dict):
    """An entry of a list that notes each status that is read."""

    read: ClassVar[list[str]] = []

    def get(self, key: str, default: object = None) -> object:
        if key == "status":
            self.read.append(self["id"])
        return super().get(key, default)


class Answer(Response):
    """An answer with entries that note what is read of them."""

    def json(self) -> object:
        return {"jobs": [Noting(entry) for entry in super().json()["jobs"]]}


def test_a_job_of_a_page_is_read_when_it_is_asked_for():
    flow = Api(ACCOUNT).list_jobs({"7", "8"})
    next(flow)
    entries = [{"id": job_id, "status": "processing"} for job_id in ("7", "8")]
    with pytest.raises(StopIteration) as end:
        flow.send(Answer(200, {}, json.dumps({"jobs": entries}).encode()))
    before = Noting.read.copy()
    next(end.value.value.jobs)
    assert (before, Noting.read) == ([], ["7"])


def test_an_entry_without_an_id_is_passed_over():
    assert listed({"id": True}, {"id": 7.5}, {}, 7, None, {"id": 8}).ids == {"8"}
