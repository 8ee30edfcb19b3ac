from __future__ import annotations

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer

from airflow_jobstatus.sandbox import GEOBRIDGE_API_KEY, Sandbox

pytestmark = pytest.mark.asyncio

JOBS = "/v1/bulk/jobs"
CREATION = {
    "input": {"transport": "https", "url": "https://files.example.com/a.csv"},
    "callback": {"url": "https://app.example.com/hook", "secret": "whsec_mine"},
    "metadata": {"batch_id": "sprint-42"},
}


@pytest.mark.parametrize(
    ("passed", "status"), [(0, "queued"), (2, "processing"), (9.9, "processing"), (10, "succeeded")]
)
async def test_a_job_goes_through_geobridges_words(sandbox, clock, geobridge, passed, status):
    job_id = sandbox.add_job("geobridge")
    clock.advance(passed)
    assert (await geobridge.poll(f"{JOBS}/{job_id}"))["status"] == status


@pytest.mark.parametrize("outcome", ["failed", "cancelled"])
async def test_a_job_ends_as_asked(sandbox, geobridge, outcome):
    job_id = sandbox.add_job("geobridge", seconds=0, outcome=outcome)
    assert (await geobridge.poll(f"{JOBS}/{job_id}"))["status"] == outcome


async def test_a_job_in_work_is_shown_in_the_documented_form(sandbox, clock, geobridge):
    job_id = sandbox.add_job("geobridge", failed_records=10)
    clock.advance(6)
    assert await geobridge.poll(f"{JOBS}/{job_id}") == {
        "id": job_id,
        "status": "processing",
        "submitted_at": "2023-11-14T22:13:20Z",
        "started_at": "2023-11-14T22:13:22Z",
        "input": {"transport": "https", "url": "https://files.example.com/batches/sandbox.csv"},
        "callback": {
            "url": "https://app.example.com/webhooks/geocoding",
            "secret": "whsec_example_secret_01",
            "signature_header": "X-Geobridge-Signature",
        },
        "statistics": {
            "total_records": 1000,
            "processed_records": 500,
            "successful_records": 495,
            "failed_records": 5,
            "last_record_id": "rec-500",
        },
    }


async def test_a_queued_job_has_no_statistics(sandbox, geobridge):
    job_id = sandbox.add_job("geobridge")
    assert "statistics" not in await geobridge.poll(f"{JOBS}/{job_id}")


async def test_an_ended_job_tells_when_it_completed(sandbox, clock, geobridge):
    job_id = sandbox.add_job("geobridge")
    clock.advance(1000)
    assert (await geobridge.poll(f"{JOBS}/{job_id}"))["completed_at"] == "2023-11-14T22:13:30Z"


async def test_a_posted_job_is_answered_queued_with_202(geobridge):
    reply = await geobridge("POST", JOBS, json=CREATION)
    assert (reply.status, reply.body["status"]) == (202, "queued")


async def test_a_posted_job_shows_its_callback_secret_in_clear(geobridge):
    job_id = (await geobridge("POST", JOBS, json=CREATION)).body["id"]
    assert (await geobridge.poll(f"{JOBS}/{job_id}"))["callback"]["secret"] == "whsec_mine"


async def test_a_posted_job_shows_its_metadata(geobridge):
    reply = await geobridge("POST", JOBS, json=CREATION)
    assert reply.body["metadata"] == {"batch_id": "sprint-42"}


async def test_inline_records_are_counted(clock, geobridge):
    body = {"input": {"transport": "inline", "records": [{"id": 1}, {"id": 2}]}}
    job_id = (await geobridge("POST", JOBS, json=body)).body["id"]
    clock.advance(10)
    assert (await geobridge.poll(f"{JOBS}/{job_id}"))["statistics"]["successful_records"] == 2


async def test_a_job_posted_with_the_word_missing_fails_without_having_read_a_record(clock, geobridge):
    body = {"input": {"transport": "https", "url": "https://files.example.com/missing.csv"}}
    job_id = (await geobridge("POST", JOBS, json=body)).body["id"]
    clock.advance(10)
    job = await geobridge.poll(f"{JOBS}/{job_id}")
    assert (job["status"], job["error"], job["statistics"]["total_records"]) == (
        "failed",
        "Input could not be downloaded.",
        0,
    )


async def test_the_list_shows_the_newest_first(sandbox, geobridge):
    for job_id in "abc":
        sandbox.add_job("geobridge", job_id=job_id)
    reply = await geobridge.poll(JOBS)
    assert [job["id"] for job in reply["jobs"]] == ["c", "b", "a"]


async def test_the_cursor_leads_through_all_pages(sandbox, geobridge):
    for job_id in "abcde":
        sandbox.add_job("geobridge", job_id=job_id)
    pages, cursor = [], ""
    while cursor is not None:
        page = await geobridge.poll(f"{JOBS}?limit=2" + (cursor and f"&cursor={cursor}"))
        pages.append("".join(job["id"] for job in page["jobs"]))
        cursor = page["cursor"]
    assert pages == ["ed", "cb", "a"]


async def test_a_job_made_between_two_pages_shifts_nothing(sandbox, geobridge):
    for job_id in "abc":
        sandbox.add_job("geobridge", job_id=job_id)
    cursor = (await geobridge.poll(f"{JOBS}?limit=1"))["cursor"]
    sandbox.add_job("geobridge", job_id="d")
    reply = await geobridge.poll(f"{JOBS}?limit=1&cursor={cursor}")
    assert [job["id"] for job in reply["jobs"]] == ["b"]


async def test_the_list_can_be_narrowed_to_a_status(sandbox, geobridge):
    sandbox.add_job("geobridge", job_id="a", seconds=0)
    sandbox.add_job("geobridge", job_id="b")
    reply = await geobridge.poll(f"{JOBS}?status=succeeded")
    assert [job["id"] for job in reply["jobs"]] == ["a"]


async def test_the_list_can_be_narrowed_to_jobs_made_after_a_time(sandbox, clock, geobridge):
    sandbox.add_job("geobridge", job_id="a")
    clock.advance(100)
    sandbox.add_job("geobridge", job_id="b")
    reply = await geobridge.poll(f"{JOBS}?after=2023-11-14T22:14:00Z")
    assert [job["id"] for job in reply["jobs"]] == ["b"]


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "cursor=%21", "after=noon"])
async def test_a_bad_list_query_is_refused(geobridge, query):
    reply = await geobridge("GET", f"{JOBS}?{query}")
    assert (reply.status, reply.content_type) == (400, "application/problem+json")


async def test_cancelling_a_job_in_work_stops_it_for_good(sandbox, clock, geobridge):
    job_id = sandbox.add_job("geobridge")
    clock.advance(6)
    reply = await geobridge("DELETE", f"{JOBS}/{job_id}")
    clock.advance(100)
    job = await geobridge.poll(f"{JOBS}/{job_id}")
    assert (reply.status, job["status"], job["statistics"]["processed_records"]) == (202, "cancelled", 500)


@pytest.mark.parametrize("outcome", ["succeeded", "failed", "cancelled"])
async def test_cancelling_an_ended_job_is_a_conflict(sandbox, geobridge, outcome):
    job_id = sandbox.add_job("geobridge", seconds=0, outcome=outcome)
    reply = await geobridge("DELETE", f"{JOBS}/{job_id}")
    assert (reply.status, reply.body) == (
        409,
        {
            "type": "https://docs.geobridge.io/problems/conflict",
            "title": "Conflict",
            "status": 409,
            "detail": f"Job {job_id} has already completed.",
        },
    )


async def test_the_third_poll_within_a_second_is_refused_with_the_documented_problem(sandbox, geobridge):
    job_id = sandbox.add_job("geobridge")
    replies = [await geobridge("GET", f"{JOBS}/{job_id}") for _ in range(3)]
    assert [reply.status for reply in replies] == [200, 200, 429]
    assert (replies[2].content_type, replies[2].body) == (
        "application/problem+json",
        {
            "type": "https://docs.geobridge.io/problems/too-many-requests",
            "title": "Too Many Requests",
            "status": 429,
            "detail": "Job status may only be polled twice per second.",
        },
    )


async def test_the_limits_window_slides(sandbox, clock, geobridge):
    job_id = sandbox.add_job("geobridge")
    statuses = []
    for pause in (0, 0.75, 0.125, 0.125, 0.5, 0.25):
        clock.advance(pause)
        statuses.append((await geobridge("GET", f"{JOBS}/{job_id}")).status)
    assert statuses == [200, 200, 429, 200, 429, 200]


async def test_the_limit_counts_each_job_apart(sandbox, geobridge):
    ids = [sandbox.add_job("geobridge") for _ in range(3)]
    assert [(await geobridge("GET", f"{JOBS}/{job_id}")).status for job_id in ids] == [200, 200, 200]


@pytest_asyncio.fixture
async def unlimited(clock):
    sandbox = Sandbox(clock=clock, rate_limit=False)
    sandbox.add_job("geobridge", job_id="a")
    headers = {"X-API-Key": GEOBRIDGE_API_KEY}
    async with TestClient(TestServer(sandbox.application()), headers=headers) as client:
        yield client


async def test_the_limit_can_be_turned_off(unlimited):
    assert [(await unlimited.get(f"{JOBS}/a")).status for _ in range(5)] == [200] * 5


@pytest.mark.parametrize("key", ["", "wrong"])
async def test_a_wrong_key_is_refused_with_the_documented_problem(anonymous, key):
    reply = await anonymous("GET", JOBS, headers={"X-API-Key": key})
    assert (reply.status, reply.content_type, reply.body) == (
        401,
        "application/problem+json",
        {
            "type": "https://docs.geobridge.io/problems/unauthorized",
            "title": "Unauthorized",
            "status": 401,
            "detail": "API key is missing or invalid.",
        },
    )


async def test_an_unknown_job_is_not_found_with_the_documented_problem(geobridge):
    reply = await geobridge("GET", f"{JOBS}/nobody")
    assert (reply.status, reply.content_type, reply.body) == (
        404,
        "application/problem+json",
        {
            "type": "https://docs.geobridge.io/problems/not-found",
            "title": "Not Found",
            "status": 404,
            "detail": "No job exists with id nobody.",
        },
    )


@pytest.mark.parametrize("body", ["not JSON", "{}", '{"input": {}, "callback": 3}'])
async def test_a_bad_creation_is_refused_as_a_problem(geobridge, body):
    reply = await geobridge("POST", JOBS, data=body)
    assert (reply.status, reply.content_type) == (400, "application/problem+json")
