"""A job id that cannot name a job is refused before any call; any other is sent percent-encoded whole."""

from __future__ import annotations

from uuid import UUID

import pytest

from airflow_jobstatus.protocol.errors import InvalidJobIdError
from tests.support.carrier import CARRIERS
from tests.support.connection import VENDORS
from tests.support.fault import JOB
from tests.support.scripted_server import Reply

pytestmark = pytest.mark.parametrize("poll", CARRIERS.values(), ids=CARRIERS)
REFUSED = {
    "empty": "",
    "blank": " \t ",
    "no-break space": "\u00a0",
    "a dot": ".",
    "two dots": "..",
    "dots and blanks": " .. ",
    "a line break": "a\nb",
    "a line break at the end": "a\n",
    "a header break": "a\r\nX-Evil: 1",
    "a NUL": "a\0b",
    "a tab": "a\tb",
    "a delete": "a\x7fb",
    "a next line": "a\x85b",
    "a C1 control": "a\x9bb",
    "a line separator": "a\u2028b",
    "None": None,
    "the word None": "None",
    "a bool": True,
    "a float": 1.5,
    "bytes": b"a",
    "a bytearray": bytearray(b"a"),
    "a dict": {"job_id": "abc"},
    "the text of a dict": "{'job_id': 'abc'}",
    "the JSON of a dict": '{"id" : 7}',
    "the text of a dict with a number for a key": "{1: 'a'}",
    "the text of a dict with an apostrophe": '{"it\'s": 1}',
    "the text of an empty dict": "{}",
    "the text of an ordered dict": "OrderedDict([('job_id', 'abc')])",
    "the text of bytes": "b'abc'",
    "the text of a tuple": "('a', 'b')",
    "the text of a set": "{'a', 'b'}",
    "an empty dict": {},
    "a set": {"a"},
    "4 MB": "a" * 4_000_000,
    "4 MB of blanks": " " * 4_000_000,
    "a number of 5,000 digits": 10**5000,
    "a negative number of 5,000 digits": -(10**5000),
    "a list": ["a"],
    "600 characters": "a" * 600,
    "a lone surrogate": "a\ud800b",
}
SENT = {
    "1-61e9dd53": "1-61e9dd53",
    "a/b": "a%2Fb",
    "a b": "a%20b",
    "ä": "%C3%A4",
    "%2F": "%252F",
    "?x=1": "%3Fx%3D1",
    "#": "%23",
    "../jobs": "..%2Fjobs",
    "...": "...",
    "a+b&c;d": "a%2Bb%26c%3Bd",
    "{id}": "%7Bid%7D",
    "{a:b}": "%7Ba%3Ab%7D",
    "~_.-": "~_.-",
    "\U0001f600": "%F0%9F%98%80",
    "a" * 512: "a" * 512,
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_id_that_names_no_job_is_refused_before_any_call(poll, connect, server, name):
    server.play(Reply(body=JOB))
    with pytest.raises(InvalidJobIdError, match="job_id"):
        poll(connect("courier", server.url), REFUSED[name])
    assert server.connections == 0


@pytest.mark.parametrize("name", REFUSED)
def test_the_refusal_of_an_id_is_one_printable_line(poll, connect, server, name):
    with pytest.raises(InvalidJobIdError) as caught:
        poll(connect("courier", server.url), REFUSED[name])
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize(("job_id", "sent"), SENT.items(), ids=ascii)
def test_an_id_is_sent_percent_encoded_whole(poll, connect, server, vendor, job_id, sent):
    server.play(
        Reply(body={"status": "processing", "job": {"status": "PROCESSING"}, "data": {"status": "started"}})
    )
    assert poll(connect(vendor, f"{server.url}/prefix"), job_id).id == job_id
    assert server.paths == [f"/prefix{VENDORS[vendor].path.replace('{id}', sent)}"]


@pytest.mark.parametrize(
    "given", [" abc", "abc \t", "\u00a0abc\u200b", "\ufeffabc", "\u202fabc\u2060"], ids=ascii
)
def test_blanks_around_an_id_are_stripped(poll, connect, server, given):
    server.play(Reply(body=JOB))
    assert poll(connect("courier", server.url), given).id == "abc"


def test_a_uuid_is_an_id_as_text(poll, connect, server):
    server.play(Reply(body=JOB))
    given = UUID("123e4567-e89b-12d3-a456-426614174000")
    assert poll(connect("courier", server.url), given).id == str(given)


def test_a_whole_number_is_an_id_as_text(poll, connect, server):
    server.play(Reply(body=JOB))
    assert poll(connect("courier", server.url), 42).id == "42"
