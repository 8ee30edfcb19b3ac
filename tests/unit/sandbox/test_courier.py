from __future__ import annotations

import pytest

pytestmark = pytest.mark.asyncio

MESSAGE = {"message": {"event": "WELCOME", "data": {"season": "spring"}}}
USERS = {"users": [{"recipient": "a"}, {"recipient": "b"}]}


async def create(courier, body=MESSAGE) -> str:
    reply = await courier("POST", "/bulk", json=body)
    assert reply.status == 201
    return reply.body["jobId"]


@pytest.mark.parametrize(
    ("passed", "status"), [(0, "CREATED"), (2, "PROCESSING"), (9.9, "PROCESSING"), (10, "COMPLETED")]
)
async def test_a_job_goes_through_couriers_words(sandbox, clock, courier, passed, status):
    job_id = sandbox.add_job("courier")
    clock.advance(passed)
    assert (await courier.poll(f"/bulk/{job_id}"))["job"]["status"] == status


async def test_a_job_is_shown_in_the_documented_form(sandbox, courier):
    job_id = sandbox.add_job("courier", seconds=0, records=5, failed_records=2)
    assert await courier.poll(f"/bulk/{job_id}") == {
        "job": {
            "definition": {"event": "SANDBOX"},
            "enqueued": 3,
            "failures": 2,
            "received": 5,
            "status": "COMPLETED",
        }
    }


async def test_a_failed_job_is_in_error(sandbox, courier):
    job_id = sandbox.add_job("courier", seconds=0, outcome="failed")
    assert (await courier.poll(f"/bulk/{job_id}"))["job"]["status"] == "ERROR"


async def test_a_posted_job_stays_created_until_it_is_run(clock, courier):
    job_id = await create(courier)
    clock.advance(1000)
    assert (await courier.poll(f"/bulk/{job_id}"))["job"]["status"] == "CREATED"


async def test_run_answers_202_without_a_body(courier):
    reply = await courier("POST", f"/bulk/{await create(courier)}/run")
    assert (reply.status, reply.body) == (202, None)


async def test_a_run_job_completes_after_the_sandboxs_seconds(clock, courier):
    job_id = await create(courier)
    clock.advance(1000)
    await courier("POST", f"/bulk/{job_id}/run")
    clock.advance(10)
    assert (await courier.poll(f"/bulk/{job_id}"))["job"]["status"] == "COMPLETED"


async def test_received_counts_the_users_of_all_posts(courier):
    job_id = await create(courier)
    await courier("POST", f"/bulk/{job_id}", json=USERS)
    await courier("POST", f"/bulk/{job_id}", json=USERS)
    assert (await courier.poll(f"/bulk/{job_id}"))["job"]["received"] == 4


async def test_posting_users_answers_their_number(courier):
    reply = await courier("POST", f"/bulk/{await create(courier)}", json=USERS)
    assert (reply.status, reply.body) == (200, {"total": 2, "errors": []})


async def test_a_job_run_without_users_still_has_something_to_count(clock, courier):
    job_id = await create(courier)
    await courier("POST", f"/bulk/{job_id}/run")
    clock.advance(10)
    assert (await courier.poll(f"/bulk/{job_id}"))["job"]["enqueued"] == 1000


async def test_the_definition_is_shown_again(courier):
    job_id = await create(courier)
    assert (await courier.poll(f"/bulk/{job_id}"))["job"]["definition"] == MESSAGE["message"]


async def test_a_job_created_with_the_word_missing_ends_in_error_with_all_users_failed(clock, courier):
    job_id = await create(courier, {"message": {"event": "missing"}})
    await courier("POST", f"/bulk/{job_id}", json=USERS)
    await courier("POST", f"/bulk/{job_id}/run")
    clock.advance(10)
    job = (await courier.poll(f"/bulk/{job_id}"))["job"]
    assert (job["status"], job["enqueued"], job["failures"]) == ("ERROR", 0, 2)


@pytest.mark.parametrize("path", ["/run", ""])
async def test_a_job_that_has_been_run_takes_no_more_posts(courier, path):
    job_id = await create(courier)
    await courier("POST", f"/bulk/{job_id}/run")
    reply = await courier("POST", f"/bulk/{job_id}{path}", json=USERS)
    assert (reply.status, reply.body["type"]) == (409, "invalid_request_error")


@pytest.mark.parametrize("authorization", ["", "Bearer wrong", "pk_sandbox_courier"])
async def test_a_wrong_key_is_refused_in_couriers_form(sandbox, anonymous, authorization):
    job_id = sandbox.add_job("courier")
    reply = await anonymous("GET", f"/bulk/{job_id}", headers={"Authorization": authorization})
    assert (reply.status, reply.body) == (
        401,
        {"message": "Unauthorized", "type": "authentication_error"},
    )


async def test_an_unknown_job_is_not_found_in_couriers_form(courier):
    reply = await courier("GET", "/bulk/nobody")
    assert (reply.status, reply.body) == (
        404,
        {"message": "Job not found", "type": "invalid_request_error"},
    )


@pytest.mark.parametrize("body", ["not JSON", "[]", "{}", '{"message": {"template": "a"}}'])
async def test_a_bad_creation_is_refused_in_couriers_form(courier, body):
    reply = await courier("POST", "/bulk", data=body)
    assert (reply.status, reply.body["type"]) == (400, "invalid_request_error")


async def test_users_that_are_no_list_are_refused(courier):
    reply = await courier("POST", f"/bulk/{await create(courier)}", json={"users": 3})
    assert reply.status == 400


async def test_a_path_that_does_not_exist_is_refused_in_couriers_form(courier):
    reply = await courier("GET", "/bulk/a/b/c")
    assert (reply.status, reply.body["type"]) == (404, "invalid_request_error")
