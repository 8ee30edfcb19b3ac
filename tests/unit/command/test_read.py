"""``python -m airflow_jobstatus read`` prints what a declaration makes of an answer."""

from __future__ import annotations

import json

import pytest

from airflow_jobstatus.command.line import main

EXTRA = {"path": "/jobs/{id}", "error": "why", "outputs": {"file": "url"}}


@pytest.fixture
def read(tmp_path):
    def read(body, *more):
        connection, answer = tmp_path / "connection.json", tmp_path / "answer.json"
        connection.write_text(json.dumps({"password": "hidden-pw", "extra": EXTRA}))
        answer.write_text(json.dumps(body))
        return main(["read", "--connection", str(connection), "--answer", str(answer), *more])

    return read


def test_the_facts_of_the_job_are_printed(read, capsys):
    assert read({"status": "done", "url": "u"}) == 0
    assert 'state: "succeeded"' in capsys.readouterr().out


def test_an_expression_that_finds_nothing_is_named(read, capsys):
    read({"status": "done"})
    assert "nothing found: outputs.file (url)" in capsys.readouterr().out


def test_an_answer_without_a_job_is_an_error(read, capsys):
    assert read({"hello": "world"}) == 1
    assert "without a job" in capsys.readouterr().err


def test_an_answer_whose_code_says_all_needs_no_body(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("AIRFLOW_CONN_GEO", json.dumps({"conn_type": "geobridge", "password": "k"}))
    (tmp_path / "empty").touch()
    code = main(["read", "--connection", "geo", "--code", "409", "--answer", str(tmp_path / "empty")])
    assert (code, 'state: "running"' in capsys.readouterr().out) == (0, True)


def test_the_answer_may_be_about_any_job(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("AIRFLOW_CONN_GEO", json.dumps({"conn_type": "geobridge", "password": "k"}))
    (tmp_path / "answer").write_text(json.dumps({"id": "b-7", "status": "processing"}))
    code = main(["read", "--connection", "geo", "--answer", str(tmp_path / "answer")])
    assert (code, 'state: "running"' in capsys.readouterr().out) == (0, True)


def test_a_secret_is_not_printed(read, capsys):
    read({"status": "done", "url": "hidden-pw"})
    assert "hidden-pw" not in capsys.readouterr().out


def test_a_secret_in_a_declaration_that_cannot_be_used_is_not_printed(tmp_path, capsys):
    connection = tmp_path / "connection.json"
    extra = {"path": "/jobs/{id}", "states": {"PAUSED": "hidden-pw"}}
    connection.write_text(json.dumps({"password": "hidden-pw", "extra": extra}))
    assert main(["read", "--connection", str(connection), "--answer", str(connection)]) == 1
    complaint = capsys.readouterr().err
    assert ("states" in complaint, "hidden-pw" in complaint) == (True, False)
