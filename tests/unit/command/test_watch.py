"""``python -m airflow_jobstatus watch`` polls until the job has ended; its exit code says how."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from contextlib import suppress

import pytest

from airflow_jobstatus.command import display
from airflow_jobstatus.command.line import main
from tests.support.airflow_names import IS_3_1
from tests.support.scripted_server import Reply
from tests.support.secret import leaks
from tests.unit.command.conftest import echo, refuse

FAST = ["--interval", "0.2"]
COMMAND = [sys.executable, "-m", "airflow_jobstatus", "watch", *FAST, "by_http_job"]

quiet_airflow = pytest.mark.skipif(IS_3_1, reason="Airflow 3.1 writes warnings of its own among the lines")


@pytest.fixture
def start():
    """Start a process of its own that watches a job of the sandbox."""
    started = []
    # A shell has a process in the background ignore Ctrl-C, and all that it starts.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def start(job_id, **streams):
        process = subprocess.Popen([*COMMAND, job_id], **streams)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(("outcome", "code"), [("succeeded", 0), ("failed", 1), ("cancelled", 1)])
def test_the_exit_code_says_how_the_job_ended(played, run, outcome, code):
    job_id = played.add_job("geobridge", seconds=0, outcome=outcome)
    assert run("watch", "by_geobridge", job_id)[0] == code


def test_a_job_that_goes_on_is_polled_until_it_has_ended(played, run):
    code, printed, _ = run("watch", *FAST, "by_http_job", played.add_job("http_job", seconds=1))
    assert (code, "succeeded" in printed.splitlines()[-1]) == (0, True)


def test_more_failed_records_than_allowed_are_no_success(played, run):
    job_id = played.add_job("geobridge", seconds=0, failed_records=3)
    assert run("watch", "by_geobridge", job_id, "--max-failed", 2)[0] == 1


@pytest.mark.usefixtures("played")
def test_a_limit_of_failed_records_that_cannot_be_judged_is_refused(run):
    code, _, complaint = run("watch", "by_http_job", "j-1", "--max-failed", 2)
    assert (code, "counts no failed records" in complaint) == (2, True)


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, 1), (401, 2), (403, 2), (503, 2)],
    ids=["rejected", "401", "403", "unreachable"],
)
def test_a_wait_that_ends_without_the_job_has_an_exit_code_too(answering, run, status, code):
    answering(Reply(status=status, body={"message": "no"}))
    assert run("watch", "own", "j-1", "--unreachable-timeout", 0)[0] == code


class Clock:
    """A clock that sleeping sets, so that nobody waits."""

    def __init__(self):
        self.now = 1_800_000_000.0

    def time(self):
        return self.now

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def quick(monkeypatch):
    """Let a watch take no time."""
    clock = Clock()
    monkeypatch.setattr("airflow_jobstatus.command.watch.time", clock)
    monkeypatch.setattr("airflow_jobstatus.polling.worker.time", clock)


@pytest.mark.usefixtures("quick")
def test_a_job_that_was_there_and_is_gone_is_no_success(answering, run):
    answering(Reply(body={"status": "running"}), Reply(status=404, body={"message": "none"}))
    code, printed, _ = run("watch", "own", "j-1")
    assert (code, "no longer exists" in printed.splitlines()[-1]) == (1, True)


@pytest.mark.usefixtures("quick")
def test_polls_come_at_the_interval_that_was_asked_for(answering, server, run):
    answering(Reply(body={"status": "running"}))
    run("watch", "own", "j-1", "--interval", 100, "--timeout", 1000)
    assert 10 <= len(server.paths) <= 12


@pytest.mark.usefixtures("quick")
def test_an_outage_is_waited_out(answering, run):
    answering(Reply(body={"status": "running"}), Reply(status=503), Reply(body={"status": "done"}))
    assert run("watch", "own", "j-1")[0] == 0


def test_a_job_that_has_not_ended_in_time_is_given_up(played, run):
    job_id = played.add_job("http_job", seconds=600)
    code, printed, _ = run("watch", *FAST, "by_http_job", job_id, "--timeout", 0.5)
    assert (code, "has not ended" in printed.splitlines()[-1]) == (2, True)


def test_a_connection_that_is_not_there_is_told_in_one_sentence(run):
    code, printed, complaint = run("watch", "nowhere", "j-1")
    assert (code, printed, complaint.count("\n")) == (2, "", 1)


@pytest.mark.parametrize(
    ("option", "text", "advice"),
    [
        ("--interval", "0", "more than 0"),
        ("--interval", "often", "'often' must be a number of seconds"),
        ("--timeout", "-1", "must be a number of seconds"),
        ("--timeout", "nan", "must be a number of seconds"),
        ("--timeout", "1e300", "must be a number of seconds"),
        ("--unreachable-timeout", "inf", "must be a number of seconds"),
        ("--max-failed", "1.5", "must be a whole number"),
    ],
)
def test_an_option_that_cannot_be_is_refused_with_what_it_may_be(capsys, option, text, advice):
    with pytest.raises(SystemExit) as exited:
        main(["watch", "own", "j-1", f"{option}={text}"])
    assert (exited.value.code, advice in capsys.readouterr().err) == (2, True)


@quiet_airflow
def test_without_a_terminal_each_piece_of_news_is_a_line(played, run):
    _, printed, _ = run("watch", "by_http_job", played.add_job("http_job", seconds=0))
    assert len(printed.splitlines()) == 1


@quiet_airflow
def test_ctrl_c_ends_it_with_one_line(played, start):
    process = start(
        played.add_job("http_job", seconds=600), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert "polling again" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=20)[1] == "Stopped by Ctrl-C. The job itself goes on.\n"
    assert process.returncode == 130


def on_a_terminal(start, job_id) -> tuple[int, str]:
    """Give the exit code of a watch on a terminal, and what that was sent."""
    ours, theirs = pty.openpty()
    process = start(job_id, stdout=theirs, stderr=theirs, env={**os.environ, "TERM": "xterm"})
    os.close(theirs)
    pieces = []
    with suppress(OSError):  # as Linux says that the other side is closed
        while piece := os.read(ours, 65536):
            pieces.append(piece)
    os.close(ours)
    return process.wait(timeout=20), b"".join(pieces).decode()


def test_a_terminal_shows_a_bar(played, start):
    pytest.importorskip("rich")
    code, shown = on_a_terminal(start, played.add_job("http_job", seconds=1))
    assert (code, "━" in shown) == (0, True)


@quiet_airflow
def test_without_rich_a_terminal_shows_lines(played, run, monkeypatch):
    monkeypatch.setattr(display, "find_spec", lambda _: None)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    _, printed, _ = run("watch", "by_http_job", played.add_job("http_job", seconds=0))
    assert (len(printed.splitlines()), "━" in printed) == (1, False)


@pytest.mark.parametrize("answer", [echo, refuse])
@pytest.mark.parametrize("is_terminal", [False, True])
def test_no_secret_is_printed(answering, run, caplog, monkeypatch, answer, is_terminal):
    monkeypatch.setattr("sys.stdout.isatty", lambda: is_terminal)
    answering(answer)
    _, printed, complaint = run("watch", "own", "j-1")
    assert printed
    assert leaks(printed + complaint + caplog.text) == []
