"""Each field of the extra: what it takes, what it refuses, and what a form's text makes of it."""

from __future__ import annotations

import json

import pytest
from airflow._shared.secrets_masker import should_hide_value_for_key

from airflow_jobstatus.connections.extras import EXTRAS, read_extras, refuse_unknown
from airflow_jobstatus.protocol.job import JobState

FAILED = JobState.FAILED
GOOD = [
    ("timeout", 5, 5.0),
    ("timeout", 0.5, 0.5),
    ("timeout", "5", 5.0),
    ("timeout", " 5 ", 5.0),
    ("timeout", 3600, 3600.0),
    ("connect_timeout", "2.5", 2.5),
    ("verify", False, False),
    ("verify", True, True),
    ("verify", "false", False),
    ("verify", "False", False),
    ("verify", "true", True),
    ("verify", 0, False),
    ("verify", "no", False),
    ("ca_bundle", " /ca.pem ", "/ca.pem"),
    ("proxy", "http://proxy:3128", "http://proxy:3128"),
    ("proxy", "https://u:p@proxy", "https://u:p@proxy"),
    ("headers", {"X-A": "1"}, {"X-A": "1"}),
    ("headers", '{"X-A": "1"}', {"X-A": "1"}),
    ("headers", {"X-A": " 1 "}, {"X-A": "1"}),
    ("headers", {"x_a-1": ""}, {"x_a-1": ""}),
    ("secret_headers", {"X-A": " 1 "}, {"X-A": "1"}),
    ("secret_headers", '{"X-A": "1"}', {"X-A": "1"}),
    ("requests_per_second", "2", 2.0),
    ("requests_per_second", 0.1, 0.1),
    ("console", " https://acme.example.com/jobs/{id} ", "https://acme.example.com/jobs/{id}"),
    ("console", "http://acme.example.com/?job={+id}#top", "http://acme.example.com/?job={+id}#top"),
    ("states", {"PAUSED": "failed"}, {"paused": FAILED}),
    ("states", '{" On Hold ": " FAILED "}', {"onhold": FAILED}),
]
BAD = [
    *[
        (name, value)
        for name in ("timeout", "connect_timeout", "requests_per_second")
        for value in (0, -1, "soon", "nan", "inf", float("inf"), True, [5], {"s": 5}, 10**400)
    ],
    ("timeout", 3601),
    ("timeout", 1e-300),
    ("connect_timeout", 1e300),
    ("requests_per_second", 1e-300),
    ("requests_per_second", 5e-324),
    ("requests_per_second", 1e9),
    ("verify", "perhaps"),
    ("verify", 2),
    ("verify", [True]),
    ("ca_bundle", 5),
    ("ca_bundle", ["/ca.pem"]),
    ("proxy", "proxy:3128"),
    ("proxy", "socks5://proxy:1080"),
    ("proxy", "http://"),
    ("proxy", "http://proxy:port"),
    ("proxy", "http://["),
    ("proxy", 3128),
    *[
        ("secret_headers", value)
        for value in ("X-A: 1", ["X-A"], {"X-A": 1}, {"X A": "1"}, {"X-A": "1\n"}, {"X-A": "***"})
    ],
    ("headers", {"X-A": " *** "}),
    ("headers", "X-A: 1"),
    ("headers", ["X-A"]),
    ("headers", {"X-A": 1}),
    ("headers", {"X-A": None}),
    ("headers", {"X-A": "1\r\nX-B: 2"}),
    ("headers", {"X-A": "ä"}),
    ("headers", {"X A": "1"}),
    ("headers", {"X-A:": "1"}),
    ("headers", {"": "1"}),
    ("headers", {"X-Ä": "1"}),
    ("console", "acme.example.com/jobs/{id}"),
    ("console", "javascript:alert({id})"),
    ("console", "https://{id}.example.com"),
    ("console", "https://user:secret@acme.example.com/{id}"),
    ("console", "https://acme.example.com/{job}"),
    ("console", ["https://acme.example.com"]),
    ("states", {"PAUSED": "asleep"}),
    ("states", {"PAUSED": 1}),
    ("states", "PAUSED=failed"),
    ("states", ["PAUSED"]),
    ("states", {"PAUSED": "failed", "paused": "running"}),
    ("states", {" ": "failed"}),
    ("headers", {"X-Key": "new", "x-key": "old"}),
]
NAMES = [field.name for field in EXTRAS]


READ_AS = {"secret_headers": "headers"}
"""The fields whose values are read into another one's."""


@pytest.mark.parametrize(("name", "value", "read"), GOOD, ids=str)
def test_a_good_value_is_read(name, value, read):
    assert read_extras({name: value})[READ_AS.get(name, name)] == read


@pytest.mark.parametrize(("name", "value"), BAD, ids=lambda value: str(value)[:30])
def test_a_bad_value_is_refused_by_name_with_what_it_must_be(name, value):
    with pytest.raises(ValueError, match=rf"^'{name}' in its extra (must be|has) "):
        read_extras({name: value})


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("empty", [None, "", "  ", {}], ids=repr)
def test_an_empty_field_means_its_default(name, empty):
    assert read_extras({name: empty}) == read_extras({})


@pytest.mark.parametrize(
    "field", [field for field in EXTRAS if field.default is not None], ids=lambda f: f.name
)
def test_a_default_passes_its_own_check(field):
    assert field.read(field.default) == field.default


@pytest.mark.parametrize(("name", "value", "read"), GOOD, ids=str)
def test_a_form_that_sends_texts_means_the_same(name, value, read):
    typed = value if isinstance(value, str) else json.dumps(value)
    assert read_extras({name: typed})[READ_AS.get(name, name)] == read


def test_fields_of_others_are_left_alone():
    assert set(read_extras({"__extra": 1, "unknown": "x"})) == {"timeout", "connect_timeout", "verify"}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("time_out", "timeout"),
        ("request_per_second", "requests_per_second"),
        ("header", "headers"),
        ("extra__courier__timeout", "timeout"),
        ("Requests-Per-Second", "requests_per_second"),
    ],
)
def test_a_misspelt_field_is_refused_with_the_one_that_was_meant(typed, meant):
    with pytest.raises(ValueError, match=f"use '{meant}'"):
        refuse_unknown({"timeout": 5, typed: "x"})


@pytest.mark.parametrize("typed", ["api_version", "Authorization: Bearer abc", ""])
def test_a_field_that_nobody_reads_is_refused_with_those_that_there_are(typed):
    with pytest.raises(ValueError, match="nobody reads; there are timeout, ") as caught:
        refuse_unknown({typed: "x"})
    assert not typed or typed not in str(caught.value)


@pytest.mark.parametrize("name", ["__extra__", "_note", "timeout"])
def test_what_airflow_adds_and_notes_are_no_unknown_fields(name):
    refuse_unknown({name: "x"})


def test_every_field_has_a_good_and_a_bad_value_here():
    assert {name for name, *_ in GOOD} == {name for name, *_ in BAD} == set(NAMES)


def test_both_kinds_of_headers_are_sent():
    extra = {"headers": {"X-Tenant": "acme"}, "secret_headers": {"X-Key": "hush"}}
    assert read_extras(extra)["headers"] == {"X-Tenant": "acme", "X-Key": "hush"}


def test_a_header_that_is_given_twice_is_refused_without_its_value():
    extra = {"headers": {"X-Key": "loud"}, "secret_headers": {"X-A": "1", "x-key": "hush"}}
    with pytest.raises(
        ValueError, match=r"'secret_headers' .* entry \(2\) that 'headers' has too"
    ) as refused:
        read_extras(extra)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("name", ["proxy", "secret_headers"])
def test_what_can_hold_a_credential_is_masked_by_airflow(name):
    assert should_hide_value_for_key(name)


def test_a_text_that_can_hold_a_credential_is_hidden_while_it_is_typed():
    assert {field.name for field in EXTRAS if field.secret} == {"proxy"}


@pytest.mark.parametrize("field", [field for field in EXTRAS if field.bounds], ids=lambda field: field.name)
def test_the_form_takes_no_number_that_is_refused_afterwards(field):
    bounds = [field.schema["minimum"], field.schema["maximum"]]
    assert [field.read(number) for number in bounds] == bounds
    with pytest.raises(ValueError, match="must be a number"):
        field.read(field.schema["maximum"] * 1.001)


@pytest.mark.parametrize("field", [field for field in EXTRAS if field.example], ids=lambda field: field.name)
def test_an_example_passes_its_own_check(field):
    assert [field.read(text) for text in field.schema["examples"]] == [field.example]
