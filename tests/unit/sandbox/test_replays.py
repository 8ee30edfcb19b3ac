"""Requests that are made again with the same idempotency key."""

from __future__ import annotations

import pytest

PAYLOAD = {"input": {"transport": "https", "url": "https://files.example.com/a.csv"}}
pytestmark = pytest.mark.asyncio


def keyed(key: str) -> dict[str, str]:
    return {"X-Idempotency-Key": key}


async def test_the_same_key_gets_the_first_answer_again(sandbox, geobridge):
    first, second = [
        await geobridge("POST", "/v1/bulk/jobs", json=PAYLOAD, headers=keyed("a")) for _ in range(2)
    ]
    assert first == second
    assert sandbox.job_ids("geobridge") == [first.body["id"]]


async def test_another_key_gets_another_job(sandbox, geobridge):
    for key in ("a", "b"):
        await geobridge("POST", "/v1/bulk/jobs", json=PAYLOAD, headers=keyed(key))
    assert len(sandbox.job_ids("geobridge")) == 2


async def test_a_key_is_forgotten_after_a_day(sandbox, geobridge, clock):
    for _ in range(2):
        await geobridge("POST", "/v1/bulk/jobs", json=PAYLOAD, headers=keyed("a"))
        clock.advance(86400)
    assert len(sandbox.job_ids("geobridge")) == 2


async def test_an_error_is_the_first_answer_too(courier):
    headers = {"Idempotency-Key": "a"}
    first = await courier("POST", "/bulk", json={}, headers=headers)
    second = await courier("POST", "/bulk", json={"message": {"event": "E"}}, headers=headers)
    assert (first.status, second) == (400, first)


async def test_elastic_path_knows_no_keys(sandbox, elastic_path):
    for _ in range(2):
        body = {"data": {"job_type": "order_export"}}
        await elastic_path("POST", "/v2/jobs", json=body, headers=keyed("a"))
    assert len(sandbox.job_ids("elastic_path")) == 2


async def test_a_job_of_courier_counts_once_it_is_run(sandbox, courier):
    job_id = (await courier("POST", "/bulk", json={"message": {"event": "E"}})).body["jobId"]
    assert sandbox.job_ids("courier") == []
    await courier("POST", f"/bulk/{job_id}/run")
    assert sandbox.job_ids("courier") == [job_id]


async def test_a_user_that_is_missing_is_refused_by_courier(courier):
    job_id = (await courier("POST", "/bulk", json={"message": {"event": "E"}})).body["jobId"]
    users = {"users": [{"recipient": "a"}, {"recipient": "missing"}]}
    answer = (await courier("POST", f"/bulk/{job_id}", json=users)).body
    assert (answer["total"], len(answer["errors"])) == (1, 1)
