"""No foreign JSON, no login page and no ingress' page is ever a job of any declared API."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_jobstatus.protocol.errors import CallError
from airflow_jobstatus.protocol.reader import Reader
from tests.support.declaration import account, answer
from tests.support.openness import APIS, connection, filled

PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><form>...</form></body></html>"
BODIES: dict[str, Any] = {
    "an empty object": {},
    "a greeting": {"hello": "world"},
    "a message": {"message": "ok"},
    "a null": None,
    "true": True,
    "false": False,
    "zero": 0,
    "a number": 7,
    "a text": "succeeded",
    "an empty text": "",
    "an empty list": [],
    "a wrapped nothing": {"data": None},
    "wrapped empty object": {"data": {}},
    "a wrapped list": {"data": []},
    "an error": {"error": {"message": "no such route"}},
    "errors": {"errors": [{"detail": "bad gateway"}]},
    "a problem": {"title": "Not here", "type": "about:blank"},
    "a user": {"user": "ada", "email": "ada@example.com"},
    "a version": {"version": "1.2.3", "uptime": 5},
    "null fields": {"state": None, "status": None, "name": None, "id": None},
    "a deep object": {"a": {"b": {"c": {"d": 1}}}},
    "a job of nobody": {"job": None, "job_status": None, "task": None},
    "an empty status": {"status": "", "state": "  ", "processingStatus": ""},
    "a page of items": {"items": [], "next": None, "total": 0},
    "HTML": PAGE,
    "nothing": b"",
    "blanks": b"  \n",
    "cut JSON": b'{"status": "comp',
    "plain words": b"upstream connect error",
}
CODES = (200, 201, 202, 400, 404, 422, 500, 503)
SIXTEEN = {
    api: account(filled(connection(api)["extra"], "https://id.example.com"), **connection(api)["connection"])
    for api in APIS
}


def is_read_as_a_job(asked, answered):
    try:
        Reader(asked, asked.hidden).read_job("j-1", answered)
    except CallError:
        return False
    return True


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("api", APIS)
def test_no_foreign_answer_is_a_job(api, code):
    assert [kind for kind, body in BODIES.items() if is_read_as_a_job(SIXTEEN[api], answer(body, code))] == []
