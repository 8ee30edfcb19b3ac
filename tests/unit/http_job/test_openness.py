"""Sixteen public APIs, declared in a connection each, are read right through both transports."""

from __future__ import annotations

import pytest

from airflow_jobstatus.protocol import errors
from airflow_jobstatus.protocol.job import TIMES
from tests.support.carrier import CARRIERS
from tests.support.openness import APIS, SCENARIOS, answers, connection, filled, played
from tests.support.scripted_server import ScriptedServer

JOBS = [(api, name) for api, name in SCENARIOS if "raises" not in answers(api)["scenarios"][name]["expect"]]


@pytest.fixture
def other_host():
    with ScriptedServer() as server:
        yield server


@pytest.fixture(params=sorted(CARRIERS))
def poll(request, connect, server, other_host):
    """Give a function that polls the job of a scenario."""
    carrier = CARRIERS[request.param]

    def poll(api, name):
        plays = played(api, name)
        server.play(plays.reply)
        other_host.play(plays.reply)
        declared = connection(api)
        extra = filled(declared["extra"], other_host.url)
        hook = connect("http_job", server.url, extra=extra, **declared["connection"])
        return carrier(hook, plays.scenario.id)

    return poll


def shown(job, fact):
    if fact == "result":
        return list(job.outputs.values())
    if fact == "next_poll":
        return job.retry_after
    value = getattr(job, fact)
    return value.isoformat() if fact in TIMES and value is not None else value


def fits(found, fact, expected):
    if fact == "result":
        return expected in found
    if fact == "error":
        return expected in (found or "")
    return found == (pytest.approx(expected) if isinstance(expected, float) else expected)


@pytest.mark.parametrize(("api", "name"), JOBS, ids=map("-".join, JOBS))
def test_what_an_api_answers_is_read_as_what_it_means(poll, api, name):
    expect = answers(api)["scenarios"][name]["expect"]
    job = poll(api, name)
    found = {fact: shown(job, fact) for fact in expect}
    assert {fact: found[fact] for fact in expect if not fits(found[fact], fact, expect[fact])} == {}


def test_a_throttled_graphql_query_is_no_answer_yet(poll):
    with pytest.raises(errors.TransientError):
        poll("shopify", "throttled")


@pytest.mark.parametrize("api", [api for api in APIS if "token" in answers(api)])
def test_a_token_without_a_lifetime_or_with_one_is_bought_once(api, connect, server, other_host):
    [name, *_] = answers(api)["scenarios"]
    plays = played(api, name)
    server.play(plays.reply)
    other_host.play(plays.reply)
    declared = connection(api)
    extra = filled(declared["extra"], other_host.url)
    hook = connect("http_job", server.url, extra=extra, **declared["connection"])
    for _ in range(3):
        hook.get_job(plays.scenario.id)
    posts = [r for r in (*server.requests, *other_host.requests) if r.method == "POST"]
    assert len(posts) == 1
