"""What a declaration makes of the values in an answer."""

from __future__ import annotations

import json

import pytest

from airflow_jobstatus.protocol.errors import CallError, PermanentError, TransientError
from airflow_jobstatus.protocol.job import Job, JobState
from airflow_jobstatus.protocol.reader import Reader
from tests.support.declaration import PLAIN, account, answer, read

RUNNING = {"status": "running"}


@pytest.mark.parametrize(("status", "word"), [(3, "3"), (3.0, "3"), (True, "true"), ("3", "3")], ids=repr)
def test_a_status_may_be_a_number_or_a_boolean(status, word):
    assert read({"states": {word: "succeeded"}}, {"status": status}).state is JobState.SUCCEEDED


@pytest.mark.parametrize("found", ["j-1", " j-1\u200b", None], ids=repr)
def test_an_answer_about_the_job_that_was_asked_for_is_taken(found):
    assert read({"id": "job.id"}, {**RUNNING, "job": {"id": found}}).id == "j-1"


@pytest.mark.parametrize("found", ["j-2", "J-1", 7, 7.0, ""], ids=repr)
def test_an_answer_about_another_job_is_not_taken(found):
    with pytest.raises(TransientError, match="the answer is of another job"):
        read({"id": "job.id"}, {**RUNNING, "job": {"id": found}})


def test_an_unknown_word_is_running():
    assert read({}, {"status": "marinating"}).state is JobState.RUNNING


@pytest.mark.parametrize(("word", "state"), [("READY", "pending"), ("expired", "failed")])
def test_a_word_with_two_faces_has_the_careful_one(word, state):
    assert read({}, {"status": word}).state == state


def test_the_connection_says_which_face_a_word_has():
    assert read({"states": {"READY": "succeeded"}}, {"status": "ready"}).state is JobState.SUCCEEDED


@pytest.mark.parametrize(
    ("value", "count"), [(7, 7), ("1500", 1500), ("1,5", None), (True, None), (1.5, None)]
)
def test_digits_in_a_text_count(value, count):
    assert read({"counters": {"n": "n"}}, {**RUNNING, "n": value}).counters.get("n") == count


@pytest.mark.parametrize("role", ["total", "processed", "succeeded", "failed"])
def test_a_counter_with_the_name_of_a_role_has_it(role):
    assert getattr(read({"counters": {role: "n"}}, {**RUNNING, "n": 7}), role) == 7


@pytest.mark.parametrize(
    ("value", "progress"),
    [
        (35, 0.35),
        (0, 0.0),
        ("12.5", 0.125),
        ("40 %", 0.4),
        (100.5, 1.0),
        (-1, None),
        ("x", None),
        (True, None),
    ],
    ids=repr,
)
def test_a_percentage_is_the_progress(value, progress):
    assert read({"percent": "p"}, {**RUNNING, "p": value}).progress == progress


def test_where_no_percentage_is_found_the_counters_are_the_progress():
    extra = {"percent": "p", "counters": {"total": "t", "processed": "d"}}
    assert read(extra, {**RUNNING, "t": 4, "d": 1}).progress == 0.25


@pytest.mark.parametrize("progress", [0.0, 0.07, 1.0])
def test_a_percentage_outlives_the_way_through_json(progress):
    job = read({"percent": "p"}, {**RUNNING, "p": progress * 100})
    assert Job.from_dict(job.to_dict()) == job


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-11-20T08:15:30.000+0000", "2026-11-20T08:15:30+00:00"),
        (1795000000, "2026-11-18T11:06:40+00:00"),
        (1795000000.5, "2026-11-18T11:06:40.500000+00:00"),
        (1795000000123, "2026-11-18T11:06:40.123000+00:00"),
        ("1795000000", "2026-11-18T11:06:40+00:00"),
        (0, None),
        ("", None),
        (10**18, None),
        (True, None),
    ],
    ids=repr,
)
def test_a_time_is_iso_or_since_1970(value, moment):
    found = read({"times": {"created_at": "t"}}, {**RUNNING, "t": value}).created_at
    assert (found and found.isoformat()) == moment


@pytest.mark.parametrize("value", ["a", 7, 0, False, {"k": [1]}, ["x"]], ids=repr)
def test_an_output_is_what_stands_there(value):
    assert read({"outputs": {"o": "o"}}, {**RUNNING, "o": value}).outputs == {"o": value}


@pytest.mark.parametrize("body", [{}, {"o": None}, {"o": "x" * 70_000}], ids=["absent", "null", "too large"])
def test_an_output_that_is_none_is_left_out(body):
    assert read({"outputs": {"o": "o"}}, {**RUNNING, **body}).outputs == {}


def test_an_output_is_the_whole_list():
    body = {**RUNNING, "files": [{"id": 1}, {"id": 2}]}
    assert read({"outputs": {"ids": "files[].id"}}, body).outputs == {"ids": [1, 2]}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("[NaN, Infinity, -Infinity, 1e999, 2.5]", [None, None, None, None, 2.5]),
        (r'"a\u0000b"', "a\ufffdb"),
        (r'{"k\ud800": ["\udfff", "\ud83d\ude00", "\t"]}', {"k\ufffd": ["\ufffd", "\U0001f600", "\t"]}),
    ],
)
def test_a_result_is_one_that_a_database_can_store(sent, kept):
    found = read({"outputs": {"o": "o"}}, f'{{"status": "running", "o": {sent}}}'.encode()).outputs
    assert found == {"o": kept}
    json.dumps(found, allow_nan=False, ensure_ascii=False).encode()


def test_a_result_nested_beyond_reading_is_left_out():
    body = b'{"status": "running", "o": ' + b"[" * 900 + b"]" * 900 + b"}"
    assert read({"outputs": {"o": "o"}}, body).outputs in ({}, {"o": json.loads(b"[" * 900 + b"]" * 900)})


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("key hidden-pw!", "key ***!"),
        ({"a": [{"b": "hidden-pw"}]}, {"a": [{"b": "***"}]}),
        ({"hidden-pw": 1}, {"***": 1}),
        ("hidden%2Dpw", "***"),
        ("https://x.example/?key=HIDDEN-PW&sig=a%2Fb", "https://x.example/?key=***&sig=a%2Fb"),
        ("aGlkZGVuLXB3", "***"),
        ("cut at hidden-p", "cut at ***"),
        ("hidden-agenda", "hidden-agenda"),
    ],
    ids=repr,
)
def test_an_output_shows_no_secret_and_keeps_its_type(value, kept):
    assert read({"outputs": {"o": "o"}}, {**RUNNING, "o": value}).outputs == {"o": kept}


@pytest.mark.parametrize(
    "value",
    [
        "https://b.s3.example/x%20y?X-Amz-Signature=0ab&token=cd%3D&n=%E2%82%AC",
        "two\nlines,\t and  blanks \u200b",
        "a" * 60_000,
    ],
    ids=["presigned", "blanks", "long"],
)
def test_an_output_without_a_secret_arrives_as_it_is(value):
    assert read({"outputs": {"o": "o"}}, {**RUNNING, "o": value}).outputs == {"o": value}


@pytest.mark.parametrize("password", ["x", "elastic"])
def test_a_password_like_a_common_word_changes_no_output(password):
    asked = account({**PLAIN, "outputs": {"o": "o"}}, password=password)
    job = Reader(asked, asked.hidden).read_job("j", answer({**RUNNING, "o": "an elastic box"}))
    assert job.outputs == {"o": "an elastic box"}


def test_a_usual_header_field_of_the_connection_changes_no_output():
    extra = {"headers": {"Accept": "application/vnd.acme+json"}, "outputs": {"o": "o"}}
    assert (
        read(extra, {**RUNNING, "o": "application/vnd.acme+json"}).outputs["o"] == "application/vnd.acme+json"
    )


def test_a_key_in_a_header_field_of_the_connection_is_in_no_output():
    extra = {"headers": {"X-Gateway": "gate-key-1"}, "outputs": {"o": "o"}}
    assert read(extra, {**RUNNING, "o": "gate-key-1"}).outputs == {"o": "***"}


@pytest.mark.parametrize("expression", ["&o", "o"], ids=["a reference", "no number"])
def test_an_output_that_is_no_json_is_left_out(expression):
    assert read({"outputs": {"o": expression}}, b'{"status": "running", "o": NaN}').outputs == {}


def test_outputs_outlive_the_way_through_json():
    job = read({"outputs": {"o": "o"}}, {**RUNNING, "o": {"k": 1}})
    assert Job.from_dict(job.to_dict()).outputs == {"o": {"k": 1}}


@pytest.mark.parametrize(
    ("error", "said"),
    [("boom", "boom"), ({"code": "E1", "message": "boom"}, "boom: E1"), (["a", "b"], "a; b"), (None, None)],
    ids=repr,
)
def test_an_error_is_a_text_an_object_or_a_list(error, said):
    assert read({"error": "error"}, {"status": "failed", "error": error}).error == said


def test_the_query_of_a_url_in_an_error_is_cut():
    body = {"status": "failed", "e": "see https://files.example/x.csv?sig=abc for more"}
    assert read({"error": "e"}, body).error == "see https://files.example/x.csv?*** for more"


def test_a_known_word_wins_over_the_code():
    extra = {"job": "id && @", "http_states": {"200": "succeeded"}}
    assert read(extra, {"id": 1, "status": "failed"}).state is JobState.FAILED


def test_an_unknown_word_does_not_win_over_the_code():
    extra = {"job": "id && @", "http_states": {"422": "failed"}}
    assert read(extra, {"id": 1, "status": "x"}, 422).state is JobState.FAILED


def test_the_body_of_a_code_with_a_meaning_is_read():
    extra = {"job": "id && @", "http_states": {"422": "failed"}, "error": "why"}
    assert read(extra, {"id": 1, "why": "boom"}, 422).error == "boom"


def test_a_code_without_the_proof_of_a_job_is_what_it_is_elsewhere():
    extra = {"job": "id && @", "http_states": {"422": "failed"}}
    with pytest.raises(PermanentError, match="HTTP 422"):
        read(extra, {"hello": "world"}, 422)


def test_a_code_may_mean_that_the_job_runs_without_a_status():
    assert read({"http_states": {"202": "running"}}, {"message": "wait"}, 202).state is JobState.RUNNING


def test_a_page_with_a_code_that_means_running_is_no_job():
    with pytest.raises(TransientError):
        read({"http_states": {"202": "running"}}, b"<html></html>", 202)


def test_a_transient_answer_is_an_error_that_a_later_poll_may_not_see():
    with pytest.raises(TransientError, match="no answer yet"):
        read({"transient": "errors"}, {"errors": [{"message": "Throttled"}], "status": "done"})


def test_a_good_answer_asks_for_a_gap():
    assert read({}, RUNNING, **{"retry-after": "25"}).retry_after == 25


def test_the_gap_that_a_good_answer_asks_for_is_bounded():
    assert read({}, RUNNING, **{"retry-after": "80000"}).retry_after == 3600


@pytest.mark.parametrize("body", [{"hello": "world"}, b"<html>Log in</html>", b"", ["x"], "running"], ids=str)
def test_a_code_without_a_proof_is_no_job(body):
    with pytest.raises(CallError):
        read({"http_states": {"202": "running"}}, body, 202)


def test_a_code_with_words_for_people_is_its_state():
    extra = {"http_states": {"404": "pending"}}
    assert read(extra, {"message": "not there yet"}, 404).state is JobState.PENDING


def test_an_answer_that_is_none_is_none_whatever_its_code_says():
    extra = {"job": "id && @", "http_states": {"200": "succeeded"}, "transient": "throttled"}
    with pytest.raises(TransientError, match="that is no answer yet"):
        read(extra, {"id": 1, "throttled": True})


def test_an_answer_without_a_status_names_the_expressions_that_found_nothing():
    message = r"nothing at 'state' in the job at 'id && @' in the answer .* status and job in its extra"
    with pytest.raises(PermanentError, match=message):
        read({"job": "id && @", "status": "state"}, {"id": 1})
