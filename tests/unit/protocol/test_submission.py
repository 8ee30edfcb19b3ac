"""Submitting a job, driven by hand: what is sent, what is repeated, and what is said of a doubtful end."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest

from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.api import Api
from airflow_jobstatus.protocol.errors import (
    InvalidSubmissionError,
    Layer,
    MaybeSubmittedError,
    PermanentError,
    TransientError,
    TransportError,
    UnauthorizedError,
    UnsupportedError,
)
from airflow_jobstatus.protocol.submission import Submitted
from airflow_jobstatus.vendors import COURIER, ELASTIC_PATH, GEOBRIDGE, HTTP_JOB, Vendor
from airflow_jobstatus.vendors.courier import MOST_USERS
from tests.support import fixture
from tests.support.declaration import account, answer
from tests.support.talk import Met, Talk, account_of

KEY = "key-1"
EXPORT = {"data": {"type": "job", "job_type": "order_export"}}
GEOCODE = {"input": {"transport": "https", "url": "https://files.example.com/a.csv"}}
MESSAGE = {"message": {"event": "NEWS"}, "users": [{"recipient": "a"}, {"recipient": "b"}]}
MADE = answer({"id": "job-1"}, 202)
ORDERED = answer({"data": {"id": "job-1"}}, 201)

LOST = TransportError("reset", Layer.CONNECT)
NEVER_LEFT = TransportError("refused", Layer.CONNECT, may_have_arrived=False)


def talk(vendor: Vendor | Account, payload: Any, *answers: Met, key: str | None = KEY) -> Talk:
    """Submit a payload to a vendor that gives these answers, and then none."""
    spoken = Talk()
    spoken.run(Api(account_of(vendor)).submit(payload, key), *answers)
    return spoken


def with_login(vendor: Vendor) -> Account:
    return Account(vendor=vendor, base_url="https://h.example", login="id", secret="secret-key", ca_bundle="")


def keys(spoken: Talk, header: str) -> list[str | None]:
    return [request.headers.get(header) for request in spoken.requests]


def test_elastic_path_is_sent_the_payload_and_tells_the_id():
    spoken = talk(ELASTIC_PATH, EXPORT, ORDERED)
    assert (spoken.urls, spoken.bodies, spoken.result) == (["/v2/jobs"], [EXPORT], Submitted("job-1"))


@pytest.mark.parametrize("name", ["create_job_201_pending", "create_job_202_array"])
def test_elastic_path_tells_the_id_in_both_documented_forms(name):
    body = fixture.load("elastic_path", name)
    data = body["data"]
    job_id = (data[0] if isinstance(data, list) else data)["id"]
    assert talk(ELASTIC_PATH, EXPORT, answer(body, 201)).result == Submitted(job_id)


@pytest.mark.parametrize("name", ["id", "job_id"])
def test_geobridge_tells_the_id_under_both_documented_names(name):
    assert talk(GEOBRIDGE, GEOCODE, answer({name: "job-1"}, 202)).result == Submitted("job-1")


def test_geobridge_is_sent_the_key_of_the_submission():
    assert keys(talk(GEOBRIDGE, GEOCODE, MADE), "X-Idempotency-Key") == [KEY]


def test_a_submission_without_a_key_gets_one_of_its_own():
    first, second = (keys(talk(GEOBRIDGE, GEOCODE, MADE, key=None), "X-Idempotency-Key") for _ in range(2))
    assert first != second
    assert None not in first


def test_courier_creates_the_job_adds_its_users_and_runs_it():
    spoken = talk(
        COURIER,
        MESSAGE,
        answer(fixture.load("courier", "create_job_201"), 201),
        answer({"total": 2, "errors": []}),
        answer(b"", 202),
    )
    assert spoken.result is not None
    job_id = spoken.result.job_id
    assert spoken.urls == ["/bulk", f"/bulk/{job_id}", f"/bulk/{job_id}/run"]
    assert spoken.bodies == [{"message": MESSAGE["message"]}, {"users": MESSAGE["users"]}, None]


def test_courier_is_sent_a_key_for_each_call():
    spoken = talk(COURIER, MESSAGE, answer({"jobId": "j"}, 201), answer({}), answer(b"", 204))
    assert keys(spoken, "Idempotency-Key") == [f"{KEY}-create", f"{KEY}-users-0", f"{KEY}-run"]


def test_many_users_of_courier_are_added_in_several_calls():
    users = [{"recipient": str(number)} for number in range(2 * MOST_USERS + 1)]
    chunk = answer({"errors": []})
    spoken = talk(
        COURIER, {**MESSAGE, "users": users}, answer({"jobId": "j"}), chunk, chunk, chunk, answer(b"", 202)
    )
    sent = [body["users"] for body in spoken.bodies[1:-1]]
    assert [len(part) for part in sent] == [MOST_USERS, MOST_USERS, 1]
    assert [user for part in sent for user in part] == users


def test_large_users_of_courier_are_added_in_calls_that_courier_takes():
    users = [{"recipient": str(number), "data": "x" * 3_000_000} for number in range(2)]
    spoken = talk(
        COURIER, {**MESSAGE, "users": users}, answer({"jobId": "j"}), answer({}), answer({}), answer(b"", 202)
    )
    assert all(len(request.body or b"") < 6_000_000 for request in spoken.requests)


def test_users_that_courier_refuses_are_counted_with_the_reasons_and_without_themselves():
    body = fixture.load("courier", "ingest_users_200_with_errors")
    users = [{"recipient": str(number)} for number in range(10)]
    spoken = talk(
        COURIER, {**MESSAGE, "users": users}, answer({"jobId": "j"}), answer(body), answer(b"", 202)
    )
    assert spoken.result is not None
    [warning] = spoken.result.warnings
    count = len(body["errors"])
    assert warning == f"{count} of 10 users were refused: {body['errors'][0]['error']}"


def test_a_job_of_which_courier_refuses_every_user_is_not_run():
    refusal = {"errors": [{"error": "User is invalid.", "user": user} for user in MESSAGE["users"]]}
    spoken = talk(COURIER, MESSAGE, answer({"jobId": "j"}), answer(refusal))
    assert isinstance(spoken.error, PermanentError)
    assert "the job was not run" in str(spoken.error)


SUBMIT = {"path": "/go", "id": "job.key", "body": {"query": "q", "variables": {"in": "{payload}"}}}


def declared(**submit: Any) -> Account:
    return account({"path": "/jobs/{id}", "submit": {**SUBMIT, **submit}}, host="https://h.example")


def test_a_declared_api_is_sent_the_payload_in_its_place():
    spoken = talk(declared(method="put"), [1], answer({"job": {"key": 7}}))
    [request] = spoken.requests
    assert (request.method, spoken.urls, spoken.bodies) == (
        "PUT",
        ["/go"],
        [{"query": "q", "variables": {"in": [1]}}],
    )
    assert spoken.result == Submitted("7")


def test_a_declared_api_that_knows_keys_is_sent_one():
    spoken = talk(declared(idempotency_header="X-Once"), [1], answer({"job": {"key": "a"}}))
    assert keys(spoken, "X-Once") == [KEY]


def test_a_vendor_without_such_a_call_is_told_as_such():
    spoken = talk_refused(HTTP_JOB, {"a": 1})
    assert isinstance(spoken, UnsupportedError)


def talk_refused(vendor: Vendor | Account, payload: Any, key: str = KEY) -> Exception:
    spoken = talk(vendor, payload, key=key)
    assert not spoken.requests, "a call was made"
    assert spoken.error is not None
    return spoken.error


@pytest.mark.parametrize(
    ("vendor", "payload", "words"),
    [
        (GEOBRIDGE, None, "a JSON object or a list, not NoneType"),
        (GEOBRIDGE, 7, "not int"),
        (GEOBRIDGE, {}, "payload is empty"),
        (GEOBRIDGE, "[]", "payload is empty"),
        (GEOBRIDGE, "secret words", "a text that is not JSON"),
        (GEOBRIDGE, {"input": {"at": object()}}, "payload is not JSON: Object of type object"),
        (GEOBRIDGE, {"input": float("nan")}, "payload is not JSON"),
        (GEOBRIDGE, {"input": {}}, "payload has no input"),
        (ELASTIC_PATH, {"data": {"type": "job"}}, "payload has no data.job_type"),
        (COURIER, {"message": {}, "users": [{"recipient": "a"}]}, "payload has no message.event"),
        (COURIER, {"message": {"event": "E"}, "users": []}, "payload has no users"),
        (COURIER, {"message": {"event": "E"}, "users": ["a@example.com"]}, "not a list of JSON objects"),
        (COURIER, {**MESSAGE, "user": {}}, "may have message and users only"),
        (COURIER, {**MESSAGE, "users": [{"data": "x" * 5_000_001}]}, "too large for Courier"),
        (GEOBRIDGE, {"input": "x" * (65 * 1024 * 1024)}, "at most 67108864 can be submitted"),
    ],
)
def test_a_payload_that_cannot_be_submitted_is_refused_before_any_call(vendor, payload, words):
    error = talk_refused(vendor, payload)
    assert isinstance(error, InvalidSubmissionError)
    assert words in str(error)
    assert "secret" not in str(error)


@pytest.mark.parametrize("key", ["a b", "ä", "a\r\nX: y", "x" * 129])
def test_a_key_that_no_header_field_can_hold_is_refused_before_any_call(key):
    assert isinstance(talk_refused(GEOBRIDGE, GEOCODE, key), InvalidSubmissionError)


def test_a_payload_may_be_the_text_that_a_template_renders():
    assert talk(GEOBRIDGE, json.dumps(GEOCODE), MADE).bodies == [GEOCODE]


REFUSED: dict[str, Met] = {
    "no connection": NEVER_LEFT,
    "408": answer({}, 408),
    "421": answer({}, 421),
    "425": answer({}, 425),
    "429": answer({}, 429),
    "503 with Retry-After": answer({}, 503, **{"retry-after": "1"}),
}
"""What says that a write was not carried out, though the same may be at another time."""
DOUBTFUL: dict[str, Met] = {
    "no answer": LOST,
    "500": answer({}, 500),
    "502": answer(b"<html>", 502),
    "503": answer({}, 503),
    "504": answer(b"", 504),
}
"""What leaves open whether a write was carried out."""


def of_each(table: dict[str, Met]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("met", table.values(), ids=table)


@of_each(REFUSED)
def test_a_write_that_was_not_carried_out_is_repeated_whatever_the_vendor(met):
    assert talk(ELASTIC_PATH, EXPORT, met, ORDERED).result == Submitted("job-1")


@of_each(REFUSED)
def test_a_write_that_is_never_carried_out_may_succeed_in_another_try(met):
    assert isinstance(talk(ELASTIC_PATH, EXPORT, met, met, met, met).error, TransientError)


@of_each(DOUBTFUL)
def test_a_doubtful_write_is_never_repeated_without_a_key(met):
    spoken = talk(ELASTIC_PATH, EXPORT, met)
    assert isinstance(spoken.error, MaybeSubmittedError)
    assert not spoken.error.is_repeatable


@of_each(DOUBTFUL)
def test_a_doubtful_write_is_repeated_with_the_same_key(met):
    spoken = talk(GEOBRIDGE, GEOCODE, met, MADE)
    assert (spoken.result, keys(spoken, "X-Idempotency-Key")) == (Submitted("job-1"), [KEY, KEY])


@of_each(DOUBTFUL)
def test_a_write_that_stays_doubtful_is_told_as_such_with_a_key_too(met):
    error = talk(GEOBRIDGE, GEOCODE, met, met, met, met).error
    assert isinstance(error, MaybeSubmittedError)
    assert error.is_repeatable


def test_what_was_doubtful_once_stays_so_when_a_repetition_is_refused():
    error = talk(GEOBRIDGE, GEOCODE, LOST, answer({"detail": "no"}, 400)).error
    assert isinstance(error, MaybeSubmittedError)


def test_a_key_whose_first_request_is_under_way_is_asked_for_again():
    assert talk(GEOBRIDGE, GEOCODE, LOST, answer({}, 409), MADE).result == Submitted("job-1")


def test_a_message_of_a_doubtful_end_says_how_to_find_the_job():
    error = talk(ELASTIC_PATH, EXPORT, LOST).error
    assert str(error) == (
        "Elastic Path: reset. So a job may have been submitted: look for it in the list at GET /v2/jobs, "
        "which shows when each was made, before you submit again"
    )


def test_a_job_stays_in_doubt_when_the_sign_in_before_a_repetition_fails():
    extra = {
        "path": "/jobs/{id}",
        "auth": {"type": "oauth2", "tokenUrl": "/token"},
        "submit": {"path": "/jobs", "idempotency_header": "X-Once"},
    }
    bought = account(extra, host="https://h.example", login="id")
    expired, refused = answer({}, 401), answer({"error": "invalid_client"}, 401)
    error = talk(bought, [1], answer({"access_token": "t"}), LOST, expired, refused).error
    assert isinstance(error, MaybeSubmittedError)


def test_a_good_answer_without_an_id_would_be_the_same_again():
    error = talk(GEOBRIDGE, GEOCODE, answer({}, 202)).error
    assert isinstance(error, MaybeSubmittedError)
    assert not error.is_repeatable


@pytest.mark.parametrize("body", [{}, {"data": {}}, {"data": []}, {"data": {"id": ""}}, b"<html>"])
def test_a_good_answer_without_an_id_leaves_a_job_that_nobody_knows(body):
    assert isinstance(talk(ELASTIC_PATH, EXPORT, answer(body, 201)).error, MaybeSubmittedError)


def test_repetitions_back_off():
    spoken = talk(GEOBRIDGE, GEOCODE, LOST, LOST, LOST, MADE)
    assert spoken.delays == [0, 1, 2, 4]


def test_a_vendor_that_asks_to_wait_is_obeyed():
    throttled = answer({}, 429, **{"retry-after": "17"})
    assert talk(ELASTIC_PATH, EXPORT, throttled, ORDERED).delays == [0, 17]


def test_a_vendor_that_asks_to_wait_long_is_left_to_another_try():
    error = talk(ELASTIC_PATH, EXPORT, answer({}, 429, **{"retry-after": "61"})).error
    assert isinstance(error, TransientError)
    assert error.retry_after == 61


@pytest.mark.parametrize(("status", "kind"), [(400, PermanentError), (403, UnauthorizedError)])
def test_a_refusal_is_final(status, kind):
    assert isinstance(talk(GEOBRIDGE, GEOCODE, answer({"detail": "no"}, status)).error, kind)


def test_a_refused_token_is_bought_anew_and_the_write_made_again():
    grants = [answer({"access_token": f"token-{number}", "expires_in": 3600}) for number in (1, 2)]
    bought = with_login(ELASTIC_PATH)
    spoken = talk(bought, EXPORT, grants[0], answer({}, 401), grants[1], ORDERED)
    assert spoken.urls == ["/oauth/access_token", "/v2/jobs"] * 2
    assert spoken.result == Submitted("job-1")


def test_a_sign_in_without_an_answer_submits_nothing():
    error = talk(with_login(ELASTIC_PATH), EXPORT, LOST).error
    assert isinstance(error, TransientError)


def test_what_follows_in_one_attempt_waits_no_second_time():
    grants = [answer({"access_token": f"token-{number}", "expires_in": 3600}) for number in (1, 2)]
    throttled, moved = answer({}, 429, **{"retry-after": "9"}), answer(b"", 307, location="/v2/elsewhere")
    answers = (grants[0], throttled, moved, answer({}, 401), grants[1], ORDERED)
    assert talk(with_login(ELASTIC_PATH), EXPORT, *answers).delays == [0, 0, 9, 0, 0, 0]


@pytest.mark.parametrize("status", [307, 308])
def test_a_redirect_that_keeps_the_method_is_followed(status):
    moved = answer(b"", status, location="/v2/elsewhere")
    spoken = talk(ELASTIC_PATH, EXPORT, moved, ORDERED)
    assert (spoken.urls, spoken.bodies) == (["/v2/jobs", "/v2/elsewhere"], [EXPORT, EXPORT])


@pytest.mark.parametrize("status", [301, 302])
def test_a_redirect_that_would_change_the_method_is_not_followed(status):
    error = talk(ELASTIC_PATH, EXPORT, answer(b"", status, location="/v2/elsewhere")).error
    assert isinstance(error, PermanentError)


def test_a_redirect_to_what_a_write_has_made_leaves_a_job_that_nobody_knows():
    error = talk(GEOBRIDGE, GEOCODE, answer(b"", 303, location="/bulk/jobs/7")).error
    assert isinstance(error, MaybeSubmittedError)


@of_each(DOUBTFUL)
@pytest.mark.parametrize("before", [0, 1])
def test_what_is_doubtful_before_courier_runs_a_job_sends_nothing(met, before):
    good: Iterable[Met] = [answer({"jobId": "j"})][:before]
    error = talk(COURIER, MESSAGE, *good, met, met, met, met).error
    assert isinstance(error, TransientError)


@of_each(DOUBTFUL)
def test_a_run_of_courier_that_stays_doubtful_names_the_job(met):
    error = talk(COURIER, MESSAGE, answer({"jobId": "j"}), answer({}), met, met, met, met).error
    assert isinstance(error, MaybeSubmittedError)
    assert str(error).startswith("Courier job 'j': ")
    assert str(error).endswith("So it may have been set going: look at that job before you submit again")


def test_no_secret_is_shown_of_a_failed_submission():
    error = talk(GEOBRIDGE, GEOCODE, answer({"detail": "the key secret-key is bad"}, 400)).error
    assert "secret-key" not in str(error)


def test_no_secret_is_shown_of_users_that_were_refused():
    refusal = {"errors": [{"error": "secret-key is bad"}]}
    spoken = talk(COURIER, MESSAGE, answer({"jobId": "j"}), answer(refusal), answer(b"", 202))
    assert spoken.result is not None
    assert "secret-key" not in str(spoken.result.warnings)
