"""The JavaScript is served, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from airflow_jobstatus import __version__
from airflow_jobstatus.ui import static

FILE = Path(static.__file__).with_name("app.js").read_bytes()
VERSIONED = f"v={__version__}"


@dataclass
class Answer:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


async def ask(
    path: str = "/app.js", query: str = VERSIONED, method: str = "GET", root: str = "", **headers: str
):
    """Give what the application answers."""
    answer = Answer()

    async def send(message) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            answer.body += message["body"]

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {
        "type": "http",
        "method": method,
        "path": root + path,
        "root_path": root,
        "query_string": query.encode(),
        "headers": sent,
    }
    await static.serve(scope, receive, send)
    return answer


async def test_the_file_is_served():
    answer = await ask()
    assert (answer.status, answer.body) == (200, FILE)


async def test_it_is_served_as_javascript():
    assert (await ask()).headers["content-type"] == "text/javascript; charset=utf-8"


async def test_its_length_is_given():
    assert (await ask()).headers["content-length"] == str(len(FILE))


async def test_it_is_served_where_it_is_mounted_below_a_prefix():
    assert (await ask(root="/airflow/jobstatus")).status == 200


async def test_head_gives_the_headers_alone():
    head, whole = await ask(method="HEAD"), await ask()
    assert (head.headers, head.body) == (whole.headers, b"")


async def test_the_url_of_this_version_is_kept_for_ever():
    assert (await ask()).headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("query", ["", "v=0.0.1", f"{VERSIONED}&more"])
async def test_any_other_url_is_asked_for_again(query):
    assert (await ask(query=query)).headers["cache-control"] == "no-cache"


async def test_a_browser_that_has_the_file_is_told_so():
    etag = (await ask()).headers["etag"]
    answer = await ask(if_none_match=etag)
    assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", etag)


async def test_a_browser_that_has_another_file_gets_this_one():
    assert (await ask(if_none_match='"another"')).body == FILE


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_there_is_nothing_but_reading(method):
    assert (await ask(method=method)).status == 404


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/static.py",
        "/app.js/",
        "//app.js",
        "/../ui/app.js",
        "/./app.js",
        "/app.js%00",
        "/APP.JS",
        "/../plugin.py",
        "/jobstatus/app.js",
    ],
)
async def test_there_is_no_other_file(path):
    answer = await ask(path=path)
    assert (answer.status, answer.body) == (404, b"")


async def test_what_is_no_request_gets_no_answer():
    sent = []

    async def send(message) -> None:
        sent.append(message)

    await static.serve({"type": "websocket"}, send, send)
    assert sent == []
