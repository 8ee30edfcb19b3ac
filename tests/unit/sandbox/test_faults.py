from __future__ import annotations

import socket
from time import monotonic
from urllib.request import Request, urlopen

import aiohttp
import pytest

from airflow_jobstatus.sandbox import COURIER_API_KEY, Sandbox

VENDORS = {"courier": "/bulk/mine", "elastic_path": "/v2/jobs/mine", "geobridge": "/v1/bulk/jobs/mine"}


@pytest.fixture(autouse=True)
def _jobs(sandbox):
    for vendor in VENDORS:
        sandbox.add_job(vendor, job_id="mine")


@pytest.mark.asyncio
@pytest.mark.parametrize(("kind", "status"), [("outage", 503), ("throttle", 429), ("page", 404)])
async def test_a_fault_lasts_as_long_as_asked(sandbox, clock, elastic_path, courier, geobridge, kind, status):
    callers = {"courier": courier, "elastic_path": elastic_path, "geobridge": geobridge}

    async def codes() -> set[int]:
        found = set()
        for vendor, path in VENDORS.items():
            async with callers[vendor].client.get(path, headers=callers[vendor].headers) as response:
                found.add(response.status)
        return found

    for vendor in VENDORS:
        sandbox.add_fault(vendor, kind, 5)
    assert await codes() == {status}
    clock.advance(5)
    assert await codes() == {200}


@pytest.mark.asyncio
async def test_an_outage_is_in_the_vendors_own_form(sandbox, courier):
    sandbox.add_fault("courier", "outage")
    assert (await courier("GET", "/bulk/mine")).body == {
        "message": "The service is down for maintenance.",
        "type": "api_error",
    }


@pytest.mark.asyncio
async def test_a_throttled_caller_learns_when_it_is_over(sandbox, clock, client, courier):
    sandbox.add_fault("courier", "throttle", 20)
    clock.advance(7.5)
    async with client.get("/bulk/mine", headers=courier.headers) as response:
        assert response.headers["Retry-After"] == "13"


@pytest.mark.asyncio
async def test_a_foreign_page_is_no_json(sandbox, client, courier):
    sandbox.add_fault("courier", "page")
    async with client.get("/bulk/mine", headers=courier.headers) as response:
        assert (response.status, response.content_type) == (404, "text/html")


@pytest.mark.asyncio
async def test_a_slow_answer_is_late_and_otherwise_as_usual(sandbox, courier):
    sandbox.add_fault("courier", "slow", delay=0.2)
    began = monotonic()
    assert (await courier("GET", "/bulk/mine")).status == 200
    assert monotonic() - began >= 0.2


@pytest.mark.asyncio
async def test_a_fault_of_one_vendor_leaves_the_others_alone(sandbox, geobridge):
    sandbox.add_fault("courier", "outage")
    assert (await geobridge("GET", VENDORS["geobridge"])).status == 200


@pytest.mark.asyncio
async def test_signing_in_meets_the_fault_too(sandbox, anonymous, credentials):
    sandbox.add_fault("elastic_path", "outage")
    assert (await anonymous("POST", "/oauth/access_token", data=credentials)).status == 503


@pytest.mark.asyncio
async def test_jobs_go_on_during_a_fault(sandbox, clock, courier):
    sandbox.add_fault("courier", "outage", 10)
    clock.advance(10)
    assert (await courier.poll("/bulk/mine"))["job"]["status"] == "COMPLETED"


@pytest.mark.asyncio
async def test_a_refused_request_is_logged(sandbox, courier):
    sandbox.add_fault("courier", "throttle")
    await courier("GET", "/bulk/mine")
    assert [logged.status for logged in sandbox.requests] == [429]


@pytest.mark.asyncio
async def test_faults_are_switched_on_and_off_over_http(anonymous, courier):
    body = {"vendor": "courier", "kind": "outage", "seconds": 60}
    assert (await anonymous("POST", "/sandbox/faults", json=body)).status == 204
    assert (await courier("GET", "/bulk/mine")).status == 503
    assert (await anonymous("DELETE", "/sandbox/faults")).status == 204
    assert (await courier("GET", "/bulk/mine")).status == 200


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"kind": "outage"}, "vendor is required, one of courier, elastic_path, geobridge, http_job"),
        ({"vendor": "courier"}, "kind is required, one of outage, throttle, slow, page, lost"),
        ({"vendor": "acme", "kind": "outage"}, "vendor must be one of courier"),
        (
            {"vendor": "courier", "kind": "flood"},
            "kind must be one of outage, throttle, slow, page, lost, not",
        ),
        ({"vendor": "courier", "kind": "slow", "delay": -1}, "delay must be 0 or more"),
        ({"vendor": "courier", "kind": "slow", "seconds": "3"}, "seconds cannot be '3'"),
        ({"vendor": "courier", "kind": "slow", "second": 3}, "unknown field 'second'"),
    ],
)
async def test_a_bad_fault_is_refused_with_a_clear_message(anonymous, body, message):
    reply = await anonymous("POST", "/sandbox/faults", json=body)
    assert reply.status == 400
    assert reply.body["error"].startswith(message)


@pytest.mark.asyncio
async def test_a_geobridge_job_that_fails_has_no_successful_records(sandbox, geobridge):
    job_id = sandbox.add_job("geobridge", seconds=0, outcome="failed")
    statistics = (await geobridge.poll(f"/v1/bulk/jobs/{job_id}"))["statistics"]
    assert (statistics["successful_records"], statistics["failed_records"]) == (0, 1000)


@pytest.mark.asyncio
async def test_a_job_fails_with_as_many_failed_records_as_asked(sandbox, geobridge):
    job_id = sandbox.add_job("geobridge", seconds=0, outcome="failed", failed_records=5)
    assert (await geobridge.poll(f"/v1/bulk/jobs/{job_id}"))["statistics"]["failed_records"] == 5


@pytest.mark.asyncio
@pytest.mark.parametrize("path", ["/bulk/jobs", "/bulk/jobs?limit=1", "/bulk/jobs/mine"])
@pytest.mark.parametrize("headers", [{}, {"X-API-Key": "gb_sandbox_key"}], ids=["no key", "key"])
async def test_a_forgotten_version_is_not_found_and_says_so(anonymous, path, headers):
    reply = await anonymous("GET", path, headers=headers)
    assert (reply.status, reply.content_type) == (404, "application/problem+json")
    assert "must end with /v1" in reply.body["detail"]


def test_a_url_with_an_ipv6_address_is_valid():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no ::1")
    sandbox = Sandbox()
    with sandbox.serve(host="::1") as url:
        assert url.startswith("http://[::1]:")
        assert sandbox.connections(url)["geobridge"]["host"] == f"{url}/v1"
        request = Request(
            f"{url}/bulk/{sandbox.add_job('courier')}", headers={"Authorization": f"Bearer {COURIER_API_KEY}"}
        )
        with urlopen(request, timeout=10) as response:
            assert response.status == 200


@pytest.mark.asyncio
async def test_a_lost_answer_leaves_a_job_behind(sandbox, geobridge):
    sandbox.add_fault("geobridge", "lost", delay=0)
    with pytest.raises(aiohttp.ClientError):
        await geobridge("POST", "/v1/bulk/jobs", json={"input": {}})
    assert len(sandbox.job_ids("geobridge")) == 2


@pytest.mark.asyncio
async def test_no_answer_is_lost_that_changes_no_job(sandbox, geobridge):
    sandbox.add_fault("geobridge", "lost", delay=0)
    assert (await geobridge("GET", "/v1/bulk/jobs")).status == 200
    assert (await geobridge("POST", "/v1/bulk/jobs", json={})).status == 400
