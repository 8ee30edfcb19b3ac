from __future__ import annotations

import ast
import json
import socket
import sys
import threading
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from airflow_jobstatus import sandbox as package
from airflow_jobstatus.sandbox import COURIER_API_KEY, LoggedRequest, Sandbox
from airflow_jobstatus.sandbox.http_job import DECLARATION


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"vendor": "acme"}, "vendor must be one of courier, elastic_path, geobridge, http_job"),
        ({"vendor": "courier", "outcome": "lost"}, "outcome must be"),
        ({"vendor": "courier", "outcome": "queued"}, "outcome must be"),
        ({"vendor": "courier", "outcome": "cancelled"}, "outcome must be one of failed, succeeded"),
        ({"vendor": "courier", "seconds": -1}, "seconds must be 0 or more"),
        ({"vendor": "courier", "seconds": float("nan")}, "seconds must be 0 or more"),
        ({"vendor": "courier", "records": 1, "failed_records": 2}, "failed_records must lie between"),
        ({"vendor": "courier", "records": -1}, "failed_records must lie between"),
        ({"vendor": "courier", "job_id": ""}, "job_id must be new and not empty"),
    ],
)
def test_a_job_that_cannot_be_is_refused(sandbox, arguments, message):
    with pytest.raises(ValueError, match=message):
        sandbox.add_job(**arguments)


def test_an_id_is_given_once_per_vendor(sandbox):
    sandbox.add_job("courier", job_id="a")
    with pytest.raises(ValueError, match="job_id must be new"):
        sandbox.add_job("courier", job_id="a")


def test_two_vendors_can_use_the_same_id(sandbox):
    assert sandbox.add_job("courier", job_id="a") == sandbox.add_job("geobridge", job_id="a")


@pytest.mark.asyncio
async def test_a_job_can_be_made_over_http(anonymous, courier):
    body = {"vendor": "courier", "seconds": 0, "records": 7, "failed_records": 2, "job_id": "mine"}
    reply = await anonymous("POST", "/sandbox/jobs", json=body)
    assert (reply.status, reply.body) == (201, {"job_id": "mine"})
    assert (await courier.poll("/bulk/mine"))["job"]["failures"] == 2


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("body", "message"),
    [
        ([], "The body must be a JSON object."),
        ({}, "vendor is required, one of courier, elastic_path, geobridge, http_job"),
        ({"vendor": "acme"}, "vendor must be one of courier, elastic_path, geobridge, http_job, not 'acme'"),
        ({"vendor": "courier", "second": 3}, "unknown field 'second'"),
        ({"vendor": "courier", "seconds": "3"}, "seconds cannot be '3'"),
        ({"vendor": "courier", "records": True}, "records cannot be True"),
        ({"vendor": "courier", "seconds": -1}, "seconds must be 0 or more, not -1"),
    ],
)
async def test_a_bad_job_over_http_is_refused_with_a_clear_message(anonymous, body, message):
    reply = await anonymous("POST", "/sandbox/jobs", json=body)
    assert reply.status == 400
    assert reply.body["error"].startswith(message)


@pytest.mark.asyncio
async def test_the_log_holds_each_poll_with_its_job(sandbox, clock, courier):
    job_id = sandbox.add_job("courier")
    await courier("GET", f"/bulk/{job_id}?x=1")
    assert sandbox.requests == [
        LoggedRequest(clock.now, "GET", f"/bulk/{job_id}", 200, vendor="courier", job_id=job_id)
    ]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/bulk/a", (401, "courier", "a")),
        ("/oauth/access_token", (405, "elastic_path", None)),
        ("/v2/jobs/b", (401, "elastic_path", "b")),
        ("/v1/bulk/jobs/c", (401, "geobridge", "c")),
        ("/jobs/d", (401, "http_job", "d")),
        ("/elsewhere", (404, None, None)),
    ],
)
async def test_the_log_holds_refused_requests_too(sandbox, anonymous, path, expected):
    await anonymous("GET", path)
    [logged] = sandbox.requests
    assert (logged.status, logged.vendor, logged.job_id) == expected


@pytest.mark.asyncio
async def test_the_log_is_given_over_http_without_that_request_itself(clock, anonymous):
    await anonymous("GET", "/bulk/a")
    entry = {
        "at": clock.now,
        "method": "GET",
        "path": "/bulk/a",
        "status": 401,
        "vendor": "courier",
        "job_id": "a",
    }
    assert [await anonymous.poll("/sandbox/requests") for _ in range(2)] == [[entry], [entry]]


def test_the_connections_are_those_the_hooks_take(sandbox):
    assert sandbox.connections("http://127.0.0.1:1") == {
        "courier": {
            "conn_type": "courier",
            "host": "http://127.0.0.1:1",
            "password": "pk_sandbox_courier",
        },
        "elastic_path": {
            "conn_type": "elastic_path",
            "host": "http://127.0.0.1:1",
            "login": "sandbox-client",
            "password": "sandbox-secret",
        },
        "geobridge": {
            "conn_type": "geobridge",
            "host": "http://127.0.0.1:1/v1",
            "password": "gb_sandbox_key",
        },
        "http_job": {
            "conn_type": "http_job",
            "host": "http://127.0.0.1:1",
            "password": "sandbox-key",
            "extra": json.dumps(DECLARATION),
        },
    }


def poll(url: str, job_id: str) -> int:
    request = Request(f"{url}/bulk/{job_id}", headers={"Authorization": f"Bearer {COURIER_API_KEY}"})
    with urlopen(request, timeout=10) as response:
        return response.status


def test_synchronous_code_can_talk_to_the_served_sandbox():
    sandbox = Sandbox()
    with sandbox.serve() as url:
        assert poll(url, sandbox.add_job("courier")) == 200


def test_serving_ends_its_thread():
    before = set(threading.enumerate())
    with Sandbox().serve():
        assert len(set(threading.enumerate()) - before) == 1
    assert not set(threading.enumerate()) - before


def test_serving_closes_its_port():
    with Sandbox().serve() as url:
        port = int(url.rpartition(":")[2])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)


def test_serving_ends_though_a_client_keeps_its_connection():
    with Sandbox().serve() as url:
        client = socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])))
        client.sendall(b"GET /sandbox/requests HTTP/1.1\r\nHost: x\r\n\r\n")
        client.recv(100)
    client.close()


def test_serving_again_keeps_the_jobs_and_the_log():
    sandbox = Sandbox()
    job_id = sandbox.add_job("courier")
    for _ in range(2):
        with sandbox.serve() as url:
            poll(url, job_id)
    assert [logged.job_id for logged in sandbox.requests] == [job_id, job_id]


def test_a_port_in_use_is_an_error_that_leaves_no_thread():
    before = set(threading.enumerate())
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(OSError, match="address already in use"),
    ):
        Sandbox().serve(port=taken.getsockname()[1]).__enter__()
    assert not set(threading.enumerate()) - before


def test_the_sandbox_imports_only_the_standard_library_aiohttp_and_itself():
    imported = set()
    for source in Path(package.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module)
    foreign = {
        name
        for name in imported
        if name.split(".")[0] not in sys.stdlib_module_names | {"aiohttp"}
        and not name.startswith("airflow_jobstatus.sandbox")
    }
    assert foreign == set()


@pytest.mark.parametrize(("host", "url"), [("::1", "http://[::1]:"), ("127.0.0.1", "http://127.0.0.1:")])
def test_the_url_of_an_address_is_one_that_can_be_called(host, url):
    with Sandbox().serve(host=host) as served:
        assert served.startswith(url)
        with urlopen(f"{served}/sandbox/requests", timeout=10) as response:
            assert response.status == 200
