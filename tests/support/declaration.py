"""Declarations of the tests' own, read as those of a connection of type ``http_job`` are."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

from airflow_jobstatus.connections.reader import read_account
from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.http import Response
from airflow_jobstatus.protocol.job import Job
from airflow_jobstatus.protocol.reader import Reader
from airflow_jobstatus.vendors import declared

PLAIN = {"path": "/jobs/{id}"}


def account(extra: dict[str, Any], **fields: Any) -> Account:
    """Give the account of a connection with an extra."""
    values = {
        "conn_id": "c",
        "conn_type": "http_job",
        "host": "https://api.example.com",
        "schema": None,
        "login": None,
        "password": "hidden-pw",
        "port": None,
        "extra": json.dumps(extra),
        **fields,
    }
    return read_account(declared(extra), SimpleNamespace(**values), others=True)


def answer(body: Any, status: int = 200, **headers: str) -> Response:
    """Give an answer: bytes as they are, every other value as JSON."""
    return Response(status, headers, body if isinstance(body, bytes) else json.dumps(body).encode())


def read(extra: dict[str, Any], body: Any, status: int = 200, **headers: str) -> Job:
    """Give the job that a declaration reads in an answer."""
    asked = account({**PLAIN, **extra})
    return Reader(asked, asked.hidden).read_job("j-1", answer(body, status, **headers))
