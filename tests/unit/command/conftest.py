from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

import pytest

from airflow_jobstatus.command.line import main
from airflow_jobstatus.sandbox import Sandbox
from tests.support import secret
from tests.support.scripted_server import Reply


class Played:
    """The sandbox, with a connection of each type that leads to it."""

    def __init__(self, sandbox: Sandbox, url: str) -> None:
        self.add_job = sandbox.add_job
        self.connections = sandbox.connections(url)


@pytest.fixture
def played(connect):
    sandbox = Sandbox(rate_limit=False)
    with sandbox.serve() as url:
        played = Played(sandbox, url)
        for vendor, fields in played.connections.items():
            connect.define(f"by_{vendor}", fields)
        yield played


@pytest.fixture
def answering(connect, server):
    """Let the connection ``own`` lead to a server that gives some answers, the last for ever."""

    def answering(*replies):
        server.play(*replies, *[replies[-1]] * 50)
        extra: dict[str, Any] = {"path": "/jobs/{id}", "error": "why", "timeout": 60}
        extra |= {"headers": {"X-Gateway": secret.GATEWAY}, "outputs": {"file": "url"}}
        fields = {"conn_type": "http_job", "host": server.url, "password": secret.KEY, "extra": extra}
        connect.define("own", fields)
        return fields

    return answering


@pytest.fixture
def run(capsys):
    """Run a command, and give its exit code, what it printed, and what it complained of."""

    def run(*arguments):
        code = main(list(map(str, arguments)))
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def echo(request):
    """Answer with a job that failed, and with all that was sent, as a careless API would."""
    sent = " ".join(map(str, request.headers.values()))
    why = f"{sent} {unquote(sent)} {secret.ECHO} {json.dumps(secret.ECHO)}".replace(secret.PROXY_PASSWORD, "")
    return Reply(body={"status": "failed", "why": why, "url": f"https://files?key={secret.KEY}"})


def refuse(request):
    """Refuse the call, and answer with all that was sent."""
    return Reply(status=403, body={"message": f"refused {secret.KEY} {secret.GATEWAY} {request.path}"})
