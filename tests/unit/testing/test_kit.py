"""The kit finds what is wrong with a vendor, and says what is wrong with how it is called."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from airflow_jobstatus.testing import contract
from airflow_jobstatus.testing.answers import read_answers
from airflow_jobstatus.testing.cases import cases_of
from airflow_jobstatus.testing.subject import read_subject
from airflow_jobstatus.vendors import GEOBRIDGE

CONNECTION = {
    "password": "key-of-ours",
    "extra": {
        "path": "/jobs/{id}",
        "auth": {"type": "apiKey", "in": "header", "name": "X-Key"},
        "status": "state",
        "percent": "pct",
    },
}
RUNNING = {
    "id": "j-1",
    "request": "GET /jobs/j-1",
    "body": {"state": "running", "pct": 50},
    "expect": {"state": "running", "progress": 0.5},
}


def answers(**scenario):
    return {
        "auth": {"headers": {"x-key": "key-of-ours"}},
        "scenarios": {"running": {**RUNNING, **scenario}},
    }


def run(case, given=None, connection=CONNECTION):
    """Run one case of the kit by its name."""
    [whole] = read_answers(answers() if given is None else given)
    cases = {found.name: found.run for found in cases_of(read_subject(None, connection), whole)}
    cases[case]()


test_a_service_of_ones_own = contract(connection=CONNECTION, answers=answers())


def test_files_are_read_too(tmp_path):
    (tmp_path / "connection.json").write_text(json.dumps(CONNECTION))
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / "a.json").write_text(json.dumps(answers()))
    generated = contract(connection=tmp_path / "connection.json", answers=tmp_path / "answers")
    [mark] = generated.pytestmark
    assert "read-running-requests" in [param.id for param in mark.args[1]]


@pytest.mark.parametrize("way", ["requests", "aiohttp"])
@pytest.mark.parametrize(
    ("scenario", "message"),
    [
        ({"expect": {"state": "failed"}}, "state should be 'failed'"),
        ({"expect": {"progress": 0.7}}, "progress should be 0.7, and is 0.5"),
        ({"expect": {"completed_at": "2026-11-20T14:09:00Z"}}, "completed_at should be"),
        ({"expect": {"raises": "TransientError"}}, "should end in TransientError"),
        ({"request": "GET /elsewhere"}, "nothing at GET /jobs/j-1, but at GET /elsewhere"),
    ],
)
def test_another_reading_than_expected_fails(scenario, message, way):
    with pytest.raises(AssertionError, match=message):
        run(f"read-running-{way}", answers(**scenario))


def test_another_credential_than_expected_fails():
    with pytest.raises(AssertionError, match="the request must carry x-key"):
        run("read-running-requests", connection={**CONNECTION, "password": "another-key"})


def test_a_leak_fails(monkeypatch):
    monkeypatch.setattr("airflow_jobstatus.protocol.text.Secrets.redact", lambda _, text, **__: str(text))
    with pytest.raises(AssertionError, match="a secret is shown"):
        run("secrets-404-aiohttp")


def test_a_leak_into_an_output_fails(monkeypatch):
    monkeypatch.setattr("airflow_jobstatus.protocol.text.Secrets.keep", lambda _, value: value)
    extra = {"path": "/jobs/{id}", "outputs": {"file": "file"}}
    given = answers(body={"status": "running", "file": "a.csv"})
    with pytest.raises(AssertionError, match="a secret is shown"):
        run("secrets-200-requests", given, {"password": "key-of-ours", "extra": extra})


def test_a_state_that_is_lost_on_the_way_fails(monkeypatch):
    monkeypatch.setattr("airflow_jobstatus.waiting.state.WaitState.to_dict", lambda _: {"polls": "none"})
    with pytest.raises(AssertionError, match="cannot be read again"):
        run("restart-running")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"answers": answers()}, "takes a vendor, or the connection"),
        ({"answers": {}, "connection": CONNECTION}, "has no scenarios"),
        ({"answers": answers(reqest="GET /"), "connection": CONNECTION}, "the scenario 'running' cannot be"),
    ],
)
def test_a_call_that_makes_no_sense_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        contract(**arguments)


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(ValueError, match="holds no JSON files"):
        contract(connection=CONNECTION, answers=tmp_path)


def test_a_declaration_that_cannot_be_used_is_refused_at_once():
    with pytest.raises(ValueError, match="use 'path'"):
        contract(connection={"password": "k", "extra": {"pat": "/jobs/{id}"}}, answers=answers())


def test_an_error_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="raises names no error"):
        run("read-running-requests", answers(expect={"raises": "Oops"}))


def test_a_vendor_in_python_needs_no_connection_where_no_credential_matters():
    vendor = replace(GEOBRIDGE, name="Acme", conn_type="acme")
    given = {"id": "1", "request": "GET /bulk/jobs/1", "body": {"status": "queued"}}
    contract(vendor, answers={"scenarios": {"queued": {**given, "expect": {"state": "pending"}}}})


def test_an_api_that_is_open_needs_no_password():
    extra = {"path": "/jobs/{id}", "auth": {"type": "none"}}
    run("secrets-404-requests", {"scenarios": {"running": RUNNING}}, {"extra": extra})
