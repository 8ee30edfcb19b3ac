from __future__ import annotations

import pytest

pytestmark = pytest.mark.asyncio

EXPORT = {"data": {"type": "job", "job_type": "order_export"}}


@pytest.mark.parametrize(
    ("passed", "status"), [(0, "pending"), (2, "processing"), (9.9, "processing"), (10, "complete")]
)
async def test_a_job_goes_through_elastic_paths_words(sandbox, clock, elastic_path, passed, status):
    job_id = sandbox.add_job("elastic_path")
    clock.advance(passed)
    assert (await elastic_path.poll(f"/v2/jobs/{job_id}"))["data"]["status"] == status


@pytest.mark.parametrize("outcome", ["failed", "cancelled"])
async def test_a_job_ends_as_asked(sandbox, elastic_path, outcome):
    job_id = sandbox.add_job("elastic_path", seconds=0, outcome=outcome)
    assert (await elastic_path.poll(f"/v2/jobs/{job_id}"))["data"]["status"] == outcome


async def test_a_job_is_shown_in_the_documented_form(sandbox, client, elastic_path):
    job_id = sandbox.add_job("elastic_path", seconds=0)
    here = str(client.make_url(f"/v2/jobs/{job_id}"))
    assert await elastic_path.poll(f"/v2/jobs/{job_id}") == {
        "data": {
            "id": job_id,
            "type": "job",
            "job_type": "order_export",
            "status": "complete",
            "link": {"href": f"{here}/file"},
            "links": {"self": here},
            "timestamps": {
                "created_at": "2023-11-14T22:13:20.000000Z",
                "updated_at": "2023-11-14T22:13:20.000000Z",
            },
        }
    }


async def test_a_pending_job_was_updated_at_the_zero_time(sandbox, elastic_path):
    job_id = sandbox.add_job("elastic_path")
    timestamps = (await elastic_path.poll(f"/v2/jobs/{job_id}"))["data"]["timestamps"]
    assert timestamps["updated_at"] == "0001-01-01T00:00:00Z"


async def test_a_posted_job_is_answered_pending_with_201(elastic_path):
    reply = await elastic_path("POST", "/v2/jobs", json=EXPORT)
    assert (reply.status, reply.body["data"]["status"]) == (201, "pending")


async def test_a_posted_job_completes_after_the_sandboxs_seconds(clock, elastic_path):
    job_id = (await elastic_path("POST", "/v2/jobs", json=EXPORT)).body["data"]["id"]
    clock.advance(10)
    assert (await elastic_path.poll(f"/v2/jobs/{job_id}"))["data"]["status"] == "complete"


async def test_a_job_posted_with_the_word_missing_fails_with_the_documented_error(clock, elastic_path):
    body = {"data": {"type": "job", "job_type": "order_export", "filter": "eq(name,missing)"}}
    job_id = (await elastic_path("POST", "/v2/jobs", json=body)).body["data"]["id"]
    clock.advance(10)
    job = (await elastic_path.poll(f"/v2/jobs/{job_id}"))["data"]
    assert (job["status"], job["error"]) == ("failed", "No results matched the supplied filter")


async def test_a_job_that_has_not_failed_has_no_error(sandbox, elastic_path):
    job_id = sandbox.add_job("elastic_path")
    assert "error" not in (await elastic_path.poll(f"/v2/jobs/{job_id}"))["data"]


async def test_the_list_shows_every_job(sandbox, elastic_path):
    for job_id in ("a", "b"):
        sandbox.add_job("elastic_path", job_id=job_id)
    assert {job["id"] for job in (await elastic_path.poll("/v2/jobs"))["data"]} == {"a", "b"}


async def test_sign_in_answers_in_the_flat_documented_form(anonymous, credentials):
    reply = await anonymous("POST", "/oauth/access_token", data=credentials)
    del reply.body["access_token"]
    assert reply.body == {
        "token_type": "Bearer",
        "expires_in": 60,
        "expires": 1_700_000_060,
        "identifier": "client_credentials",
    }


async def test_every_sign_in_gives_another_token(anonymous, credentials):
    replies = [await anonymous("POST", "/oauth/access_token", data=credentials) for _ in range(2)]
    assert replies[0].body["access_token"] != replies[1].body["access_token"]


@pytest.mark.parametrize(
    ("change", "status"),
    [({"client_secret": "wrong"}, 401), ({"client_id": "wrong"}, 401), ({"grant_type": "implicit"}, 400)],
)
async def test_bad_credentials_are_refused_with_the_status_as_a_string(
    anonymous, credentials, change, status
):
    reply = await anonymous("POST", "/oauth/access_token", data=credentials | change)
    assert (reply.status, reply.body["errors"][0]["status"]) == (status, str(status))


async def test_credentials_in_json_are_refused(anonymous, credentials):
    assert (await anonymous("POST", "/oauth/access_token", json=credentials)).status == 400


async def test_a_token_is_good_until_its_lifetime_is_over(clock, elastic_path):
    clock.advance(59.9)
    assert (await elastic_path("GET", "/v2/jobs")).status == 200


async def test_an_expired_token_is_refused_in_elastic_paths_form(clock, elastic_path):
    clock.advance(60)
    reply = await elastic_path("GET", "/v2/jobs")
    assert (reply.status, reply.body) == (
        401,
        {"errors": [{"status": 401, "title": "Unable to validate access token"}]},
    )


@pytest.mark.parametrize("authorization", ["", "Bearer ", "Bearer unknown"])
async def test_an_unknown_token_is_refused(anonymous, authorization):
    reply = await anonymous("GET", "/v2/jobs", headers={"Authorization": authorization})
    assert reply.status == 401


async def test_an_unknown_job_is_not_found_in_elastic_paths_form(elastic_path):
    reply = await elastic_path("GET", "/v2/jobs/nobody")
    error = {
        "status": 404,
        "title": "Resource Not Found",
        "detail": "The resource you are requesting does not exist",
    }
    assert (reply.status, reply.body) == (404, {"errors": [error]})


@pytest.mark.parametrize("body", ["not JSON", "{}", '{"data": {"type": "job"}}'])
async def test_a_bad_creation_is_refused_in_elastic_paths_form(elastic_path, body):
    reply = await elastic_path("POST", "/v2/jobs", data=body)
    assert (reply.status, reply.body["errors"][0]["status"]) == (400, 400)
