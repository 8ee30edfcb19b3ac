"""Whatever JSON a server sends, a poll gives a job or one of our errors."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.api import Api
from airflow_jobstatus.protocol.errors import InvalidJobIdError, JobStatusError
from airflow_jobstatus.protocol.http import RedirectError, Request, Response
from airflow_jobstatus.protocol.job import Job
from airflow_jobstatus.protocol.job_id import checked_job_id
from tests.support import fixture
from tests.support.connection import VENDORS

ACCOUNTS = {
    name: Account(vendor=vendor, base_url="https://h.example", secret="secret-key", ca_bundle="")
    for name, vendor in VENDORS.items()
}
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(
        ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2024-02-30T00:00:00Z", "\ud800"]
    )
    | st.sampled_from([2**53, 2**53 + 1, 10**400, -1, 1e308, float("nan"), "processing", "FAILED", "", " "])
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)
BODIES = [
    (vendor, fixture.load(vendor, name))
    for vendor, name in sorted(fixture.names())
    if isinstance(fixture.load(vendor, name), dict)
]


def places(value, path=()):
    """Give the path of every place in a JSON value."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*path, key))


def put(body, path, value):
    if not path:
        return value
    body = copy.deepcopy(body)
    inner = body
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return body


def answered(vendor, response) -> Job | JobStatusError:
    flow = Api(ACCOUNTS[vendor]).get_job("1")
    next(flow)
    try:
        flow.send(response)
    except StopIteration as end:
        return end.value
    except JobStatusError as error:
        return error
    raise AssertionError("the poll went on")


def check(seen: Job | JobStatusError) -> None:
    if isinstance(seen, Job):
        told = json.loads(json.dumps(seen.to_dict(), allow_nan=False))
        assert Job.from_dict(told) == seen
        assert all(type(count) is int and count >= 0 for count in seen.counters.values())
        assert seen.progress is None or 0 <= seen.progress <= 1
        assert seen.status.isprintable()
        assert seen.error is None or seen.error.isprintable()
    else:
        assert str(seen).isprintable()
        assert len(str(seen)) < 600


@settings(max_examples=200)
@given(
    body=st.sampled_from(BODIES),
    data=st.data(),
    value=JSON,
    status=st.sampled_from([200, 202, 400, 404, 409, 429, 503]),
)
def test_any_value_in_any_place_gives_a_job_or_our_error(body, data, value, status):
    vendor, whole = body
    path = data.draw(st.sampled_from(list(places(whole))))
    check(answered(vendor, Response(status, {}, json.dumps(put(whole, path, value)).encode())))


@settings(max_examples=150)
@given(
    vendor=st.sampled_from(sorted(VENDORS)),
    status=st.integers(100, 999),
    body=st.binary(max_size=200),
    wait=st.text(),
)
def test_any_bytes_with_any_code_give_a_job_or_our_error(vendor, status, body, wait):
    check(answered(vendor, Response(status, {"retry-after": wait}, body)))


@given(
    wait=st.text()
    | st.floats().map(str)
    | st.integers().map(str)
    | st.sampled_from(
        ["Mon, 01 Jan 0001 00:00:00 -0000", "Fri, 31 Dec 9999 23:59:59 +0000", "1_0", "٣", "1e999"]
    )
)
def test_any_retry_after_is_a_positive_finite_number_or_none(wait):
    pause = Response(429, {"retry-after": wait}, b"", 1.7e9).retry_after
    assert pause is None or 0 < pause < float("inf")


@given(location=st.text() | st.text(alphabet="htps:/.[]@?#%\\ äh").map("https://h.example".__add__))
def test_any_location_stays_at_its_origin_or_is_refused(location):
    try:
        target = Request("GET", "https://h.example/bulk/1").redirected(
            Response(302, {"location": location}, b"")
        )
    except RedirectError:
        return
    assert (
        target.url.startswith("https://h.example/")
        or target.url == "https://h.example"
        or target.url[17] in "?:"
    )
    assert target.url.isascii()
    assert " " not in target.url


@given(job_id=st.text() | st.integers() | st.floats() | st.binary() | st.none())
def test_any_job_id_is_refused_or_stays_one_segment_of_the_path(job_id):
    try:
        checked_job_id(job_id)
    except InvalidJobIdError:
        return
    for name, vendor in VENDORS.items():
        url = next(Api(ACCOUNTS[name]).get_job(job_id)).url
        start, _, end = vendor.path.partition("{id}")
        middle = url.removeprefix(f"https://h.example{start}").removesuffix(end)
        assert middle not in {"", ".", ".."}
        assert set("/?#\\") & set(middle) == set()


@pytest.mark.parametrize("depth", [50, 5_000, 500_000])
def test_a_deeply_nested_body_gives_our_error(depth):
    body = b'{"job": ' + b"[" * depth + b"]" * depth + b"}"
    assert isinstance(answered("courier", Response(200, {}, body)), JobStatusError)
