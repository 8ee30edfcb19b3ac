from __future__ import annotations

import json
import shlex
import signal
import socket
import subprocess
import sys
from urllib.request import urlopen

import pytest

from airflow_jobstatus.sandbox.__main__ import main

COMMAND = [sys.executable, "-W", "error", "-m", "airflow_jobstatus.sandbox", "--port", "0"]


@pytest.fixture
def process():
    with subprocess.Popen(COMMAND, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def read_block(process) -> list[str]:
    lines: list[str] = []
    while not lines or "curl" not in lines[-1]:
        line = process.stdout.readline()
        assert line, process.stderr.read()
        lines.append(line)
    return lines


def test_the_printed_lines_set_the_default_connections(process):
    words = [shlex.split(line) for line in read_block(process)[1:] if line.startswith("export")]
    environment = dict(word.split("=", 1) for _, word in words)
    assert {name: json.loads(value)["conn_type"] for name, value in environment.items()} == {
        "AIRFLOW_CONN_COURIER_DEFAULT": "courier",
        "AIRFLOW_CONN_ELASTIC_PATH_DEFAULT": "elastic_path",
        "AIRFLOW_CONN_GEOBRIDGE_DEFAULT": "geobridge",
        "AIRFLOW_CONN_HTTP_JOB_DEFAULT": "http_job",
    }


def test_the_printed_address_answers(process):
    url = next(line.split()[1] for line in read_block(process) if line.split()[:1] == ["courier"])
    with urlopen(f"{url}/sandbox/requests", timeout=10) as response:
        assert json.load(response) == []


def test_a_declared_api_is_played_beside_the_others(tmp_path):
    file = tmp_path / "connection.json"
    extra = {"path": "/jobs/{id}", "counters": {"failed": "length(bad)"}}
    file.write_text(json.dumps({"password": "key-of-ours", "extra": extra}))
    command = [*COMMAND, "--connection", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        lines = read_block(process)
        process.kill()
    assert lines[0].startswith("No value is invented for counters.failed: 'length(bad)' is more than")
    [line] = [line for line in lines if "AIRFLOW_CONN_DECLARED_DEFAULT" in line]
    fields = json.loads(shlex.split(line)[1].partition("=")[2])
    assert (fields["conn_type"], json.loads(fields["extra"])) == ("http_job", extra)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_program_cleanly(process, number):
    read_block(process)
    process.send_signal(number)
    assert (process.wait(timeout=10), process.stderr.read()) == (0, "")


def test_a_port_in_use_is_told_in_one_line(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(SystemExit) as exited:
        main(["--port", str(taken.getsockname()[1])])
    assert exited.value.code == 1
    assert capsys.readouterr().err.startswith("Cannot listen at 127.0.0.1:")
