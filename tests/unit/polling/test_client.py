"""One lookup, one sign-in and one transport for all that goes on with an account."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from airflow_jobstatus.polling.client import APART
from airflow_jobstatus.polling.lookup import FRESH, LOOKUP_LIMIT, LOOKUP_LOST
from airflow_jobstatus.protocol.errors import (
    InvalidConnectionError,
    PermanentError,
    TransientError,
    UnauthorizedError,
    UnknownConnectionError,
)
from airflow_jobstatus.protocol.job import Job
from airflow_jobstatus.vendors.courier import COURIER
from airflow_jobstatus.vendors.elastic_path import ELASTIC_PATH
from tests.support.played import DAY, NOT_FOUND, Stage, all_of, cancel, endings, failing, stage


def rotate(played: Stage, key: str) -> None:
    """Give the vendor another key, and write it into the connection."""
    played.vendor.keys = {key}
    played.hook.account = replace(played.hook.account, secret=key)


async def poll(played: Stage, job_id: str = "job-1"):
    played.vendor.ends.setdefault(job_id, DAY)
    return await played.client.call(lambda api: api.get_job(job_id))


async def poll_often(played: Stage, count: int) -> list:
    return await asyncio.gather(*[poll(played, f"job-{number}") for number in range(count)])


async def test_many_first_calls_look_the_connection_up_once():
    played = stage()
    await poll_often(played, 100)
    assert len(played.hook.lookups) == 1


async def test_many_first_calls_open_one_transport():
    played = stage()
    await poll_often(played, 100)
    assert len(played.transports) == 1


async def test_many_first_calls_sign_in_once():
    played = stage(ELASTIC_PATH, login="client")
    await poll_often(played, 100)
    assert played.vendor.tokens == 1


async def test_a_refused_token_is_renewed_once_for_all():
    played = stage(ELASTIC_PATH, login="client")
    await poll(played)
    played.vendor.keys = {"token-2"}
    assert {type(seen) for seen in await poll_often(played, 100)} == {Job}
    assert played.vendor.tokens == 2


async def test_before_the_first_call_the_account_is_unknown():
    played = stage()
    assert played.client.api is None


async def test_a_good_answer_to_a_list_poll_proves_the_account():
    played = stage()
    await played.client.call(lambda api: api.list_jobs({"job-1"}))
    assert played.client.is_proven


async def test_an_error_is_a_result():
    played = stage()
    played.vendor.plan = lambda _: failing(503)
    assert isinstance(await poll(played), TransientError)


async def test_an_id_that_the_path_does_not_take_is_refused_as_a_result():
    played = stage(replace(COURIER, path="/bulk/{+id}"))
    refused = await poll(played, "a/../b")
    assert type(refused) is PermanentError
    assert "job_id" in str(refused)


async def test_what_is_no_error_of_a_call_is_raised():
    played = stage()
    played.vendor.plan = lambda _: ZeroDivisionError("a mistake")
    with pytest.raises(ZeroDivisionError):
        await poll(played)


@pytest.mark.parametrize("vendor", [COURIER, ELASTIC_PATH], ids=lambda vendor: vendor.name)
async def test_a_rotated_key_is_taken_up_on_a_401(vendor):
    played = stage(vendor, keys={"key-1"})
    await poll(played)
    rotate(played, "key-2")
    assert isinstance(await poll(played), Job)


async def test_a_rotated_key_is_looked_up_once_for_all():
    played = stage(keys={"key-1"})
    await poll(played)
    rotate(played, "key-2")
    assert {type(seen) for seen in await poll_often(played, 100)} == {Job}
    assert len(played.hook.lookups) == 2


async def test_a_key_that_is_rotated_again_and_again_is_taken_up_each_time():
    played = stage(keys={"key-1"})
    await poll(played)
    for number in range(2, 6):
        await asyncio.sleep(FRESH)
        rotate(played, f"key-{number}")
        assert isinstance(await poll(played), Job)


async def test_a_key_that_was_rotated_right_after_the_session_was_opened_is_taken_up():
    played = stage(keys={"key-1"})
    await poll(played)
    await asyncio.sleep(1)
    rotate(played, "key-2")
    assert isinstance(await poll(played), Job)


async def test_a_changed_host_is_taken_up_on_a_401():
    played = stage(keys={"key-1"})
    await poll(played)
    played.vendor.plan = lambda asked: None if asked.path.startswith("/new") else failing(401)
    played.hook.account = replace(played.hook.account, base_url="https://api.example.com/new")
    assert isinstance(await poll(played), Job)


async def test_a_revoked_key_is_logged():
    played = stage(keys={"key-1"})
    await poll(played)
    played.vendor.keys = set()
    assert isinstance(await poll(played), UnauthorizedError)


async def test_a_revoked_key_is_looked_up_at_most_once_in_ten_seconds():
    played = stage(keys=set())
    for _ in range(35):
        await poll_often(played, 10)
        await asyncio.sleep(1)
    assert len(played.hook.lookups) <= 1 + 1 + 35 * 1.1 / FRESH


async def test_a_key_that_is_refused_for_good_is_not_asked_twice_by_one_poll():
    played = stage(keys=set())
    await poll(played)
    assert len(played.vendor.asked) == 1


async def test_a_deleted_connection_is_not_missed_while_the_key_is_good():
    played = stage()
    await poll(played)
    played.hook.error = UnknownConnectionError("connection 'played_default' is not defined")
    assert isinstance(await poll(played), Job)


async def test_a_deleted_connection_ends_a_thousand_waits_once_its_key_is_refused():
    played = stage(COURIER, keys={"key-1"})
    waits = played.wait_for(1000, ends=DAY)
    await played.at(20)
    played.hook.error = UnknownConnectionError("connection 'played_default' is not defined")
    played.vendor.keys = set()
    assert endings(await all_of(waits, within=120)) <= {"rejected", "unauthorized"}


async def test_of_a_deleted_connection_every_wait_says_so_or_names_the_refused_credential():
    played = stage(COURIER, keys={"key-1"})
    waits = played.wait_for(100, ends=DAY)
    await played.at(20)
    played.hook.error = UnknownConnectionError("connection 'played_default' is not defined")
    played.vendor.keys = set()
    messages = [outcome.message for outcome in await all_of(waits, within=60)]
    assert all("is not defined" in message or "check the credential" in message for message in messages)
    assert all(message.startswith("Courier job 'job-") for message in messages)


async def test_a_deleted_connection_is_looked_up_at_most_once_in_ten_seconds():
    played = stage(COURIER, keys={"key-1"})
    waits = played.wait_for(1000, ends=DAY)
    await played.at(20)
    played.hook.error = UnknownConnectionError("connection 'played_default' is not defined")
    played.vendor.keys = set()
    await all_of(waits, within=120)
    assert len(played.hook.lookups) <= 1 + (played.loop.now - 20) / FRESH + 1


@pytest.mark.parametrize(
    "error", [ConnectionError("no"), asyncio.TimeoutError(), KeyError("x"), RuntimeError("no")], ids=repr
)
async def test_a_lookup_that_fails_may_succeed_a_moment_later(error):
    played = stage()
    played.hook.error = error
    assert isinstance(await poll(played), TransientError)
    played.hook.error = None
    assert isinstance(await poll(played), Job)


async def test_a_connection_that_is_not_found_at_first_costs_no_wait():
    played = stage()
    played.hook.error = UnknownConnectionError("connection 'played_default' is not defined")
    waits = played.wait_for(100, ends=DAY)
    await played.at(60)
    played.hook.error = None
    played.vendor.ends = dict.fromkeys(played.vendor.ends, 0.0)
    assert endings(await all_of(waits, within=300)) == {"succeeded"}


async def test_a_connection_that_is_not_found_for_long_may_be_there_for_the_next_try():
    played = stage()
    played.hook.error = UnknownConnectionError("connection 'played_default' is not defined")
    waits = played.wait_for(100, ends=DAY, unreachable_timeout=600)
    assert endings(await all_of(waits, within=900)) == {"unreachable"}


@pytest.mark.parametrize(
    "error",
    [
        UnknownConnectionError("connection 'played_default' is not defined"),
        InvalidConnectionError("connection 'played_default' has no API key"),
    ],
    ids=["gone", "without a key"],
)
async def test_a_refused_key_stays_refused_where_its_connection_is_of_no_use(error):
    played = stage(keys={"key-1"})
    await poll(played)
    played.vendor.keys = {"key-2"}
    played.hook.error = error
    assert type(await poll(played)) is UnauthorizedError


async def test_lookups_that_hang_do_not_pile_up():
    played = stage()
    played.hook.seconds = DAY
    wait = played.wait("job-1", ends=DAY)
    await played.at(3600)
    await cancel([wait])
    assert len(played.hook.lookups) <= 1 + 3600 / LOOKUP_LOST


async def test_a_session_that_was_replaced_is_closed_at_once():
    played = stage(keys={"key-1"})
    await poll(played)
    rotate(played, "key-2")
    await poll(played)
    assert [transport.closed for transport in played.transports] == [True, False]


async def test_a_session_that_was_replaced_is_closed_after_its_last_call():
    played = stage(keys={"key-1"}, pauses=lambda asked: 60 if asked.job_id == "slow" else 0)
    played.vendor.ends["slow"] = DAY
    await poll(played)
    slow = asyncio.ensure_future(poll(played, "slow"))
    await asyncio.sleep(1)
    rotate(played, "key-2")
    await poll(played)
    assert [transport.closed for transport in played.transports] == [False, False]
    assert isinstance(await slow, Job)
    assert played.transports[0].closed


async def test_a_lookup_without_end_costs_time_but_no_wait():
    played = stage()
    played.hook.seconds = DAY
    wait = played.wait("job-1", ends=0.0)
    await played.at(LOOKUP_LIMIT / 2)
    played.hook.seconds = 0.01
    assert (await asyncio.wait_for(wait, LOOKUP_LOST + 2 * LOOKUP_LIMIT)).ending == "succeeded"


async def refused_while_lookups_take(seconds: float) -> Stage:
    """Set up an account whose key the vendor has changed, and whose connection takes long to be had."""
    played = stage(keys={"key-1"})
    await poll(played)
    played.vendor.keys = {"key-2"}
    played.hook.seconds = seconds
    return played


async def test_a_lookup_without_end_holds_all_polls_together_for_as_long_as_one():
    played = await refused_while_lookups_take(DAY)
    began = played.loop.now
    assert {type(seen) for seen in await poll_often(played, 10)} == {TransientError}
    assert played.loop.now - began < LOOKUP_LIMIT + APART + 1


async def test_a_lookup_that_has_held_polls_for_its_time_holds_no_later_one():
    played = await refused_while_lookups_take(DAY)
    await poll(played)
    began = played.loop.now
    assert isinstance(await poll(played), TransientError)
    assert played.loop.now - began < 1


@pytest.mark.parametrize("seconds", [LOOKUP_LIMIT + 1, LOOKUP_LIMIT * 2, LOOKUP_LOST - 60])
async def test_an_answer_that_came_too_late_serves_the_next_poll(seconds):
    played = await refused_while_lookups_take(seconds)
    rotate(played, "key-2")
    await poll(played)
    await played.at(played.loop.now + seconds - LOOKUP_LIMIT)
    assert isinstance(await poll(played), Job)
    assert len(played.hook.lookups) == 2


async def test_an_answer_that_came_too_late_and_names_the_refused_key_does_not_count():
    played = await refused_while_lookups_take(LOOKUP_LIMIT + 30)
    await poll(played)
    await played.at(played.loop.now + 60)
    played.hook.seconds = 0.01
    rotate(played, "key-2")
    assert isinstance(await poll(played), Job)


async def test_an_error_that_came_too_late_does_not_count():
    played = await refused_while_lookups_take(LOOKUP_LIMIT + 30)
    played.hook.error = InvalidConnectionError("connection 'played_default' has no API key")
    await poll(played)
    await played.at(played.loop.now + 60)
    played.hook.error, played.hook.seconds = None, 0.01
    rotate(played, "key-2")
    assert isinstance(await poll(played), Job)


async def test_a_lookup_that_fails_names_the_connection_and_the_kind_of_error_but_not_its_words():
    played = stage()
    played.hook.error = RuntimeError("pk_secret")
    assert str(await poll(played)) == (
        "GeoBridge: connection 'played_default' could not be looked up (RuntimeError)"
    )


async def test_a_connection_that_is_wrong_is_told_as_that():
    played = stage()
    played.hook.error = InvalidConnectionError("connection 'played_default' has no API key")
    seen = await poll(played)
    assert (type(seen), seen.reason) == (PermanentError, "connection 'played_default' has no API key")


async def test_a_key_that_is_rotated_just_after_a_lookup_ends_no_wait():
    played = stage(keys={"key-1"})
    await poll(played)
    played.vendor.keys = set()
    await poll(played)  # a refusal: the connection is looked up, and is as it was
    played.vendor.keys = {"key-1"}
    await asyncio.sleep(1)
    assert isinstance(await poll(played), Job)
    rotate(played, "key-2")
    assert isinstance(await poll(played), Job)


@pytest.mark.parametrize("status", [401, 403])
async def test_jobs_that_are_refused_while_others_are_not_end_soon_and_with_few_lookups(status):
    played = stage(COURIER, plan=lambda asked: failing(status) if "bad" in str(asked.job_id) else None)
    others = played.wait_for(50, ends=DAY)
    await played.at(30)
    refused = [played.wait(f"bad-{number}", ends=DAY) for number in range(100)]
    assert endings(await all_of(refused, within=30)) == {"unauthorized"}
    assert len(played.hook.lookups) <= 1 + 30 / APART
    await cancel(others)


async def test_a_lookup_that_takes_long_tells_all_that_were_refused_meanwhile():
    played = stage(COURIER, keys={"key-1"})
    waits = played.wait_for(300, ends=DAY)
    await played.at(30)
    played.vendor.keys, played.hook.seconds = set(), 15
    assert endings(await all_of(waits, within=60)) == {"unauthorized"}


async def test_a_key_that_is_corrected_while_its_late_lookup_is_under_way_ends_no_wait():
    played = await refused_while_lookups_take(LOOKUP_LIMIT + 5)
    await poll(played)
    played.hook.account = replace(played.hook.account, secret="a typo")
    await asyncio.sleep(6)
    played.hook.seconds = 0.01
    rotate(played, "key-2")
    assert isinstance(await poll(played), Job)
    assert len(played.transports) == 3


async def test_a_late_answer_that_is_fresh_tells_that_the_key_stays_refused():
    played = await refused_while_lookups_take(LOOKUP_LIMIT + 5)
    await poll(played)
    await asyncio.sleep(5 + FRESH / 2)
    assert type(await poll(played)) is UnauthorizedError


async def test_a_late_answer_that_is_fresh_tells_that_the_connection_is_of_no_use():
    played = stage()
    played.hook.seconds = LOOKUP_LIMIT + 5
    played.hook.error = InvalidConnectionError("connection 'played_default' has no API key")
    assert type(await poll(played)) is TransientError
    await asyncio.sleep(5 + FRESH / 2)
    assert type(await poll(played)) is PermanentError


async def test_a_lookup_that_fails_while_a_key_is_rotated_ends_no_wait():
    played = stage(keys={"key-1"})
    await poll(played)
    rotate(played, "key-2")
    played.hook.error = ConnectionError("Airflow's API server restarts")
    assert {type(seen) for seen in await poll_often(played, 5)} == {TransientError}
    played.hook.error = None
    assert isinstance(await poll(played), Job)


async def test_closing_closes_every_transport():
    played = stage(keys={"key-1"})
    await poll(played)
    rotate(played, "key-2")
    await poll(played)
    await played.client.close()
    assert [transport.closed for transport in played.transports] == [True, True]


async def test_what_is_not_open_can_be_closed():
    await stage().client.close()


async def test_a_404_is_told_with_its_job():
    played = stage()
    played.vendor.plan = lambda _: NOT_FOUND
    assert (await poll(played)).job_id == "job-1"
