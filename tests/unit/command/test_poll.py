"""``python -m airflow_jobstatus poll`` polls a job once, prints it, and says by its exit code how it is."""

from __future__ import annotations

import json

import pytest

from airflow_jobstatus.command.facts import FACTS
from tests.support.airflow_names import IS_3_1
from tests.support.scripted_server import Reply
from tests.support.secret import leaks
from tests.unit.command.conftest import echo, refuse

quiet_airflow = pytest.mark.skipif(IS_3_1, reason="Airflow 3.1 writes warnings of its own among the lines")


@pytest.mark.parametrize(
    ("outcome", "seconds", "code"),
    [("succeeded", 0, 0), ("failed", 0, 1), ("cancelled", 0, 1), ("succeeded", 600, 3)],
)
def test_the_exit_code_says_how_the_job_is(played, run, outcome, seconds, code):
    job_id = played.add_job("geobridge", seconds=seconds, outcome=outcome)
    assert run("poll", "by_geobridge", job_id)[0] == code


def test_the_job_is_printed_a_line_for_each_fact(played, run):
    _, printed, _ = run("poll", "by_geobridge", played.add_job("geobridge", seconds=0, records=7))
    lines = dict(line.split(": ", 1) for line in printed.splitlines())
    assert list(lines) == list(FACTS)
    assert json.loads(lines["counters"])["total_records"] == 7


def test_the_job_is_polled_once(answering, server, run):
    answering(Reply(body={"status": "running"}))
    run("poll", "own", "j-1")
    assert server.paths == ["/jobs/j-1"]


@pytest.mark.parametrize(
    ("conn_id", "job_id", "sentence"),
    [
        ("nowhere", "j-1", "connection 'nowhere' is not defined"),
        ("by_http_job", "j-1", "job 'j-1': "),
        ("by_http_job", "", "job_id"),
    ],
    ids=["no such connection", "no such job", "no id"],
)
@quiet_airflow
@pytest.mark.usefixtures("played")
def test_what_cannot_be_polled_is_told_in_one_sentence(run, conn_id, job_id, sentence):
    code, printed, complaint = run("poll", conn_id, job_id)
    assert (code, printed, complaint.count("\n")) == (2, "", 1)
    assert sentence in complaint


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_file_may_hold_the_connection(played, run, tmp_path, wrapped):
    file = tmp_path / "connection.json"
    fields = played.connections["http_job"]
    file.write_text(json.dumps({"connection": fields} if wrapped else fields))
    assert run("poll", "--connection", file, played.add_job("http_job", seconds=0))[0] == 0


@pytest.mark.parametrize("extra", [{}, {"extra": None}, {"extra": ""}], ids=str)
def test_a_connection_in_a_file_needs_no_extra(played, run, tmp_path, extra):
    file = tmp_path / "connection.json"
    fields = {name: value for name, value in played.connections["geobridge"].items() if name != "extra"}
    file.write_text(json.dumps({**fields, **extra}))
    assert run("poll", "--connection", file, played.add_job("geobridge", seconds=0))[0] == 0


def test_the_port_of_a_connection_in_a_file_may_be_a_text(played, run, tmp_path):
    file = tmp_path / "connection.json"
    fields = played.connections["geobridge"]
    host, _, port = fields["host"].removesuffix("/v1").rpartition(":")
    file.write_text(json.dumps({**fields, "host": f"{host}/v1", "port": port}))
    assert run("poll", "--connection", file, played.add_job("geobridge", seconds=0))[0] == 0


@pytest.mark.parametrize("text", ["no JSON", "[]", "\udcff"])
def test_a_file_without_a_connection_is_named(run, tmp_path, text):
    file = tmp_path / "connection.json"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    code, _, complaint = run("poll", f"--connection={file}", "j-1")
    assert (code, complaint) == (2, f"{file} is not a JSON object with the fields of a connection\n")


@pytest.mark.parametrize("answer", [echo, refuse])
@pytest.mark.parametrize("by_file", [False, True])
def test_no_secret_is_printed(answering, run, caplog, tmp_path, answer, by_file):
    fields = answering(answer)
    file = tmp_path / "connection.json"
    file.write_text(json.dumps(fields))
    _, printed, complaint = run("poll", *(["--connection", file] if by_file else ["own"]), "j-1")
    assert printed + complaint
    assert leaks(printed + complaint + caplog.text) == []
