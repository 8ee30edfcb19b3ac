"""Every documented answer, read through both transports."""

from __future__ import annotations

import pytest

from airflow_jobstatus.protocol.expressions import WHOLE
from airflow_jobstatus.protocol.job import TIMES, Job
from airflow_jobstatus.protocol.vendor import fill
from tests.support import fixture
from tests.support.carrier import poll_with_aiohttp, poll_with_requests
from tests.support.connection import HOOKS, VENDORS
from tests.support.scripted_server import Reply
from tests.unit.vendors.expected import EXPECTED, Missed, Seen

JOB_ID = "1-61e9dd53"
WORDS = [(name, word, state) for name, vendor in VENDORS.items() for word, state in vendor.states.items()]


def answered_by_requests_mock(requests_mock, connect, vendor, status, body):
    hook = connect(vendor, "https://api.example.com/prefix")
    path = fill(HOOKS[vendor].vendor.path, JOB_ID)
    requests_mock.get(f"https://api.example.com/prefix{path}", status_code=status, json=body)
    return lambda: poll_with_requests(hook, JOB_ID)


def answered_by_a_server(server, connect, vendor, status, body):
    server.play(Reply(status=status, body=body))
    hook = connect(vendor, f"{server.url}/prefix")
    return lambda: poll_with_aiohttp(hook, JOB_ID)


@pytest.fixture(params=["requests", "aiohttp"])
def poll_at(request, connect):
    """Give a function that polls a job that is answered with a status and a body."""
    if request.param == "requests":
        mock = request.getfixturevalue("requests_mock")
        return lambda *answer: answered_by_requests_mock(mock, connect, *of_the_job(*answer))()
    server = request.getfixturevalue("server")
    return lambda *answer: answered_by_a_server(server, connect, *of_the_job(*answer))()


def of_the_job(vendor, status, body):
    return vendor, status, fixture.of_job(vendor, body, JOB_ID)


def told(job: Job) -> Seen:
    times = {name: value.isoformat() for name in TIMES if (value := getattr(job, name)) is not None}
    return Seen(
        state=job.state,
        status=job.status,
        counters=job.counters,
        records=(job.total, job.processed, job.succeeded, job.failed),
        progress=job.progress,
        error=job.error,
        times=times,
    )


def of_kind(kind):
    return [
        pytest.param(*key, id="/".join(key)) for key, value in EXPECTED.items() if isinstance(value, kind)
    ]


def test_every_fixture_has_an_expectation_and_every_expectation_a_fixture():
    assert fixture.names() == set(EXPECTED)


@pytest.mark.parametrize(("vendor", "name"), of_kind(Seen))
def test_the_job_of_a_fixture_is_read_field_by_field(poll_at, vendor, name):
    expected = EXPECTED[vendor, name]
    job = poll_at(vendor, expected.code, fixture.load(vendor, name))
    assert told(job) == Seen(**{**vars(expected), "code": 200})
    assert (job.vendor, job.id) == (vendor, JOB_ID)


@pytest.mark.parametrize(("vendor", "name"), of_kind(Seen))
def test_the_job_of_a_fixture_round_trips_through_plain_values(poll_at, vendor, name):
    job = poll_at(vendor, EXPECTED[vendor, name].code, fixture.load(vendor, name))
    assert Job.from_dict(job.to_dict()) == job


@pytest.mark.parametrize(("vendor", "name"), of_kind(Missed))
def test_the_error_of_a_fixture_has_its_class_its_code_and_the_vendors_words(poll_at, vendor, name):
    expected = EXPECTED[vendor, name]
    with pytest.raises(expected.kind) as caught:
        poll_at(vendor, expected.code, fixture.load(vendor, name))
    error = caught.value
    assert type(error) is expected.kind
    assert error.http_status == expected.code
    assert str(error).startswith(f"{VENDORS[vendor].name} job '{JOB_ID}': HTTP {expected.code} ")
    assert expected.words in str(error)


@pytest.mark.parametrize(("vendor", "word", "state"), WORDS)
@pytest.mark.parametrize(
    "spelt", [str.lower, str.upper, str.title, " {} ".format], ids=["lower", "upper", "title", "blank"]
)
def test_a_status_word_is_understood_however_it_is_spelt(poll_at, vendor, word, state, spelt):
    job = poll_at(vendor, 200, with_status(vendor, spelt(word)))
    assert (job.state, job.status) == (state, spelt(word).strip())


@pytest.mark.parametrize("vendor", HOOKS)
def test_an_unknown_status_word_reads_as_running_under_its_own_name(poll_at, vendor):
    job = poll_at(vendor, 200, with_status(vendor, "Paused for lunch"))
    assert (job.state.value, job.status) == ("running", "Paused for lunch")


def with_status(vendor, word):
    envelope = VENDORS[vendor].job
    return {"status": word} if envelope == WHOLE else {envelope: {"status": word}}
