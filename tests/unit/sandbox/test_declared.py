"""The sandbox plays whatever API a connection of type http_job declares."""

from __future__ import annotations

import json

import pytest

from airflow_jobstatus.hooks.http_job import HttpJobHook
from airflow_jobstatus.protocol.errors import UnauthorizedError
from airflow_jobstatus.protocol.job import JobState
from airflow_jobstatus.sandbox.__main__ import main
from airflow_jobstatus.sandbox.place import place
from tests.support.openness import APIS, answers, connection

ACME_EXTRA = {
    "path": "/v2/jobs/{id}?full=1",
    "auth": {"type": "apiKey", "in": "query", "name": "key"},
    "job": "data",
    "status": "attributes.phase",
    "states": {"PARKED": "pending", "SHIPPED": "succeeded", "running": "failed"},
    "counters": {"total": "rows.all", "succeeded": "rows.good", "failed": "rows.bad"},
    "percent": "pct",
    "times": {"created_at": "at.made", "completed_at": "at.ended"},
    "error": "problems[].text",
    "outputs": {"file": "result.url"},
    "cancel": {"method": "POST", "path": "/v2/jobs/{id}/cancel", "ended_codes": [410]},
    "probe": "/v2/me",
}
ACME = {"password": "key-of-ours", "extra": ACME_EXTRA}


def declared(api):
    values = json.loads(json.dumps(connection(api)).replace("{OTHER}", "https://id.example.com"))
    return {**values["connection"], "extra": values["extra"]}


def job_id(api):
    return next(iter(answers(api)["scenarios"].values()))["id"]


@pytest.fixture
def played(sandbox, monkeypatch):
    """Give a function that serves a declaration's API and gives a hook on it."""
    running = []

    def play(fields, given=None, **changes):
        unplayed = sandbox.add_api(fields, answers=given)
        server = sandbox.serve()
        url = server.__enter__()
        running.append(server)
        made = {**sandbox.connections(url)["declared"], **changes}
        monkeypatch.setenv("AIRFLOW_CONN_DECLARED_DEFAULT", json.dumps(made))
        return HttpJobHook("declared_default"), unplayed

    yield play
    for server in running:
        server.__exit__(None, None, None)


def test_each_value_stands_where_the_declaration_looks_for_it(played, clock):
    hook, unplayed = played(ACME)
    first = hook.get_job("any-id")
    assert unplayed == {}
    assert (first.state, first.status, first.progress) == (JobState.PENDING, "PARKED", 0)
    clock.advance(6)
    half = hook.get_job("any-id")
    assert (half.state, half.total, half.succeeded, half.progress) == (JobState.RUNNING, 1000, 500, 0.5)
    clock.advance(4)
    last = hook.get_job("any-id")
    assert (last.state, last.status, dict(last.outputs)) == (
        JobState.SUCCEEDED,
        "SHIPPED",
        {"file": "sandbox-file"},
    )
    assert (last.completed_at - last.created_at).total_seconds() == 10


def test_objects_may_be_texts_as_a_form_has_them(played):
    texts = {
        name: json.dumps(value) if isinstance(value, dict) else value for name, value in ACME["extra"].items()
    }
    hook, _ = played({**ACME, "extra": json.dumps(texts)})
    assert hook.get_job("any-id").status == "PARKED"


def test_a_job_with_missing_in_its_id_fails_and_says_why(played, clock):
    hook, _ = played(ACME)
    hook.get_job("missing-1")
    clock.advance(10)
    job = hook.get_job("missing-1")
    assert (job.state, job.error) == (JobState.FAILED, "The sandbox was asked for a job that fails.")


def test_a_job_can_be_made_to_order(played, sandbox):
    hook, _ = played(ACME)
    sandbox.add_job("declared", job_id="mine", seconds=0, records=7, failed_records=2)
    assert hook.get_job("mine").failed == 2


def test_a_job_can_be_cancelled_until_it_has_ended(played):
    hook, _ = played(ACME)
    hook.get_job("a")
    assert hook.cancel_job("a")
    assert hook.get_job("a").state is JobState.CANCELLED
    assert not hook.cancel_job("a")


def test_the_test_button_is_answered(played):
    hook, _ = played(ACME)
    assert hook.test_connection()[0]


@pytest.mark.parametrize(
    "auth", [{}, {"type": "http", "scheme": "basic"}, {"type": "http", "scheme": "ApiKey"}]
)
def test_a_wrong_credential_is_refused(played, auth):
    extra = {"path": "/jobs/{id}", "auth": auth} if auth else {"path": "/jobs/{id}"}
    login = {"login": "ada"} if auth.get("scheme") == "basic" else {}
    hook, _ = played({**login, "password": "key-of-ours", "extra": extra}, password="wrong")
    with pytest.raises(UnauthorizedError):
        hook.get_job("a")


@pytest.mark.parametrize("given", [{"job": "meta.id && @"}, {"status": "state || status"}], ids=str)
def test_a_proof_and_alternatives_are_played_without_answers(played, clock, given):
    hook, unplayed = played({"password": "key-of-ours", "extra": {"path": "/jobs/{id}", **given}})
    hook.get_job("a")
    clock.advance(10)
    assert (hook.get_job("a").state, unplayed) == (JobState.SUCCEEDED, {})


@pytest.mark.parametrize("api", APIS)
def test_each_of_sixteen_apis_is_played_to_its_end(played, clock, api):
    hook, _ = played(declared(api), answers(api))
    seen = []
    for _ in range(3):
        seen.append(hook.get_job(job_id(api)).state)
        clock.advance(5)
    assert seen[0] in {JobState.PENDING, JobState.RUNNING}
    assert seen[2] is JobState.SUCCEEDED


PLAIN = [
    "apify",
    "azure",
    "hubspot",
    "klaviyo",
    "mailchimp",
    "openai",
    "salesforce",
    "sendgrid",
    "shopify",
    "snowflake",
    "spapi",
    "zendesk",
]


@pytest.mark.parametrize("api", PLAIN)
def test_an_api_with_plain_places_needs_no_answers(played, clock, api):
    hook, _ = played(declared(api))
    assert hook.get_job(job_id(api)).state is JobState.PENDING
    clock.advance(10)
    assert hook.get_job(job_id(api)).state is JobState.SUCCEEDED


@pytest.mark.parametrize("api", ["databricks", "elasticsearch", "geoapify", "google_lro"])
def test_places_that_are_more_than_names_need_answers(sandbox, api):
    with pytest.raises(ValueError, match="is more than names joined by dots; give the answers"):
        sandbox.add_api(declared(api))


def test_fields_that_cannot_be_played_are_named(sandbox):
    counters = {"total": "rows.all", "failed": "length(bad)"}
    fields = {"extra": {"path": "/jobs/{id}", "counters": counters}}
    assert sandbox.add_api(fields) == {"counters.failed": "length(bad)"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"connection": {}}, "no path in its extra"),
        ({"connection": ACME, "name": "courier"}, "name must be new"),
        ({"connection": ACME, "name": "a/b"}, "name must be new"),
        ({"connection": ACME, "name": "bulk"}, "name must be new"),
    ],
)
def test_what_cannot_be_played_is_refused(sandbox, arguments, message):
    with pytest.raises(ValueError, match=message):
        sandbox.add_api(**arguments)


@pytest.mark.parametrize(
    ("expression", "body"),
    [
        ("a", {"a": 1}),
        ("a.b.c", {"a": {"b": {"c": 1}}}),
        ("a[].b", {"a": [{"b": 1}]}),
        ("a[]", {"a": [1]}),
    ],
)
def test_a_value_is_placed(expression, body):
    made: dict = {}
    assert place(made, expression, 1)
    assert made == body


@pytest.mark.parametrize(("body", "expression"), [({"a": 1}, "a.b"), ({"a": {"b": 1}}, "a"), ({}, "@")])
def test_what_stands_in_the_way_stays(body, expression):
    before = json.dumps(body)
    assert not place(body, expression, 2)
    assert json.dumps(body) == before


def test_the_command_refuses_a_declaration_that_it_cannot_play(tmp_path, capsys):
    file = tmp_path / "connection.json"
    file.write_text(json.dumps(declared("databricks")))
    with pytest.raises(SystemExit):
        main(["--port", "0", "--connection", str(file)])
    assert "status cannot be played" in capsys.readouterr().err


SUBMIT = {"path": "/v2/jobs", "id": "data.key", "body": {"in": "{payload}"}}


def submitting(**changes):
    return {**ACME, "extra": {**ACME_EXTRA, "submit": {**SUBMIT, **changes}}}


def test_a_declared_submission_makes_a_job(played, sandbox):
    hook, _ = played(submitting())
    job_id = hook.submit_job({"rows": 1})
    assert sandbox.job_ids("declared") == [job_id]
    assert hook.get_job(job_id).state is JobState.PENDING


@pytest.mark.parametrize(("header", "jobs"), [("X-Once", 1), (None, 2)])
def test_a_declared_submission_is_known_again_by_its_key_alone(played, sandbox, header, jobs):
    hook, _ = played(submitting(idempotency_header=header))
    for _ in range(2):
        hook.submit_job({"rows": 1}, idempotency_key="a")
    assert len(sandbox.job_ids("declared")) == jobs


def test_a_declared_job_fails_if_the_word_is_in_what_was_submitted(played, clock):
    hook, _ = played(submitting())
    job_id = hook.submit_job({"rows": "missing"})
    clock.advance(10)
    assert hook.get_job(job_id).state is JobState.FAILED


def test_a_submission_whose_id_has_no_plain_place_cannot_be_played(sandbox):
    with pytest.raises(ValueError, match=r"submit.id cannot be played: 'data\[0\].key'"):
        sandbox.add_api(submitting(id="data[0].key"))
