from __future__ import annotations

import pytest

from airflow_jobstatus.sandbox.results import LINK_SECONDS

pytestmark = pytest.mark.asyncio


async def link_of(elastic_path, sandbox) -> str:
    job_id = sandbox.add_job("elastic_path", seconds=0, records=2)
    return (await elastic_path.poll(f"/v2/jobs/{job_id}/file"))["data"]["href"]


async def text_of(client, url: str, **headers: str) -> tuple[int, str]:
    async with client.get("/" + url.split("/", 3)[3], headers=headers) as response:
        return response.status, await response.text()


async def test_a_link_leads_to_a_row_for_each_record(sandbox, elastic_path):
    status, text = await text_of(elastic_path.client, await link_of(elastic_path, sandbox))
    assert (status, text.splitlines()[0], len(text.splitlines())) == (200, "order_id,total,currency", 3)


async def test_a_link_expires(sandbox, clock, elastic_path):
    link = await link_of(elastic_path, sandbox)
    clock.advance(LINK_SECONDS)
    assert (await text_of(elastic_path.client, link))[0] == 403


async def test_links_expire_on_demand(sandbox, elastic_path):
    link = await link_of(elastic_path, sandbox)
    async with elastic_path.client.delete("/sandbox/links") as response:
        assert response.status == 204
    assert (await text_of(elastic_path.client, link))[0] == 403


@pytest.mark.parametrize("name", ["Authorization", "X-API-Key"])
async def test_a_link_refuses_a_credential(sandbox, elastic_path, name):
    link = await link_of(elastic_path, sandbox)
    assert (await text_of(elastic_path.client, link, **{name: "k"}))[0] == 403


async def test_there_is_no_file_before_the_job_has_ended(sandbox, elastic_path):
    job_id = sandbox.add_job("elastic_path")
    reply = await elastic_path("GET", f"/v2/jobs/{job_id}/file")
    assert reply.body["errors"][0]["detail"] == "Job has no file to download. Job status: pending"


async def test_geobridge_pages_what_is_not_asked_for_as_a_stream(sandbox, geobridge):
    job_id = sandbox.add_job("geobridge", seconds=0, records=150)
    path = f"/v1/bulk/jobs/{job_id}/results?format=ndjson"
    first = await geobridge.poll(path)
    last = await geobridge.poll(f"{path}&cursor={first['cursor']}")
    assert (len(first["results"]), len(last["results"]), last["cursor"]) == (100, 50, None)


async def test_courier_says_what_became_of_each_user(sandbox, courier):
    job_id = sandbox.add_job("courier", seconds=0, records=3, failed_records=1)
    items = (await courier.poll(f"/bulk/{job_id}/users"))["items"]
    assert [item["status"] for item in items] == ["ENQUEUED", "ENQUEUED", "ERROR"]
