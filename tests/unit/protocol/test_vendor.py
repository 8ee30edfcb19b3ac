"""A declaration is checked when it is made, and says which field is wrong and what it may be."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from airflow_jobstatus.protocol.errors import InvalidVendorError, JobStatusError
from airflow_jobstatus.protocol.vendor import Vendor, fill, normal
from airflow_jobstatus.vendors import (
    GEOBRIDGE,
    Cancel,
    Form,
    HttpAuth,
    JobState,
    KeyAuth,
    Listing,
    OAuth2,
    Probe,
    Records,
    Submit,
)

LISTING = {"path": "/jobs", "page_size": 10, "jobs": "jobs", "parameter": "cursor"}


def vendor(**change: Any) -> Vendor:
    return replace(GEOBRIDGE, **change)


def listing(**change: Any) -> Listing:
    return Listing(**{**LISTING, **change})


Make = Callable[[], object]
WRONG: dict[str, tuple[Make, str]] = {
    "no name": (lambda: vendor(name=" "), "Vendor.name is ' '; it must be a text on one line"),
    "a name of two lines": (
        lambda: vendor(name="A\nB"),
        r"Vendor.name is 'A\nB'; it must be a text on one line",
    ),
    "a type with a hyphen": (
        lambda: vendor(conn_type="a-b"),
        "Vendor.conn_type is 'a-b'; it must be in snake case",
    ),
    "a type in capitals": (lambda: vendor(conn_type="Acme"), "it must be in snake case, such as acme_bulk"),
    "documents nowhere": (
        lambda: vendor(docs="see below"),
        "Vendor.docs is 'see below'; it must be a URL such as",
    ),
    "a base URL without scheme": (
        lambda: vendor(base_url="a.example"),
        "Vendor.base_url is 'a.example'; it must be",
    ),
    "a base URL with a slash": (lambda: vendor(base_url="https://a.example/"), "without a trailing slash"),
    "a base URL with a query": (lambda: vendor(base_url="https://a.example?b"), "query or fragment"),
    "a base URL with a user": (lambda: vendor(base_url="https://u@a.example"), "without a user"),
    "a base URL with a wrong port": (
        lambda: vendor(base_url="https://a.example:x"),
        "it must be a URL such as",
    ),
    "no way to sign in": (
        lambda: vendor(auth="bearer"),
        "Vendor.auth is 'bearer'; it must be an HttpAuth, KeyAuth",
    ),
    "no form": (lambda: vendor(form=None), "Vendor.form is None; it must be a Form"),
    "a path without an id": (
        lambda: vendor(path="/jobs"),
        "Vendor.path is '/jobs'; it must be a path with {id}",
    ),
    "a path with another placeholder": (
        lambda: vendor(path="/a/{account}/jobs/{id}"),
        "Vendor.path is '/a/{account}/jobs/{id}'; it must be a path with no placeholder but {id}",
    ),
    "a path with an open brace": (lambda: vendor(path="/jobs/{id}{"), "no placeholder but {id}"),
    "a path without a slash": (
        lambda: vendor(path="jobs/{id}"),
        "a path below the base URL that begins with a slash",
    ),
    "a path with a blank": (lambda: vendor(path="/my jobs/{id}"), "percent-encoded"),
    "a path that goes up": (lambda: vendor(path="/../{id}"), "a path below the base URL"),
    "a path with an empty segment": (lambda: vendor(path="//host/{id}"), "a path below the base URL"),
    "a path with a fragment": (lambda: vendor(path="/jobs/{id}#top"), "a path below the base URL"),
    "a path that is none": (lambda: vendor(path=None), "Vendor.path is None; it must be a path below"),
    "no states": (lambda: vendor(states={}, http_states={}), "a mapping with at least one word"),
    "states that are a list": (
        lambda: vendor(states=["done"]),
        "Vendor.states is ['done']; it must be a mapping",
    ),
    "a state that is a text": (
        lambda: vendor(states={"done": "succeeded"}),
        "Vendor.states['done'] is 'succeeded'; it must be a JobState",
    ),
    "an empty word": (
        lambda: vendor(states={"": JobState.RUNNING}),
        "words of 1 to 64 characters",
    ),
    "a word that is a number": (
        lambda: vendor(states={1: JobState.RUNNING}),
        "a mapping whose keys are texts",
    ),
    "an endless word": (lambda: vendor(states={"a" * 65: JobState.RUNNING}), "words of 1 to 64 characters"),
    "a word of two meanings": (
        lambda: vendor(states={"Done": JobState.FAILED, "done ": JobState.SUCCEEDED}),
        "Vendor.states is 'done '; it must be given one meaning only, however it is spelt",
    ),
    "a job that is no expression": (
        lambda: vendor(job=""),
        "Vendor.job is ''; it must be names joined by dots",
    ),
    "no status": (lambda: vendor(status=()), "Vendor.status is (); it must be an expression, or a tuple"),
    "a status that is no expression": (
        lambda: vendor(status=("a", "b c")),
        "Vendor.status is 'b c'; it must be names",
    ),
    "a time that a job has not": (
        lambda: vendor(times={"ended_at": "ended"}),
        "Vendor.times is 'ended_at'; it must be a mapping of the names created_at, started_at, updated_at",
    ),
    "a time that is no expression": (
        lambda: vendor(times={"created_at": "a["}),
        "Vendor.times['created_at'] is 'a['",
    ),
    "a time that is a number": (
        lambda: vendor(times={"created_at": 7}),
        "Vendor.times['created_at'] is 7; it must",
    ),
    "an error that is no expression": (
        lambda: vendor(error="a..b.b"),
        "Vendor.error is 'a..b.b'; it must be names",
    ),
    "a code that is none": (
        lambda: vendor(http_states={99: "processing"}),
        "a mapping of HTTP codes, 100 to 599",
    ),
    "a code that is a text": (lambda: vendor(http_states={"409": "processing"}), "a mapping of HTTP codes"),
    "a code with an unknown word": (
        lambda: vendor(http_states={409: "busy"}),
        "Vendor.http_states[409] is 'busy'; it must be a state or a word of states, neither of an ended job",
    ),
    "a code with the word of an end": (
        lambda: vendor(http_states={409: "succeeded"}),
        "neither of an ended job",
    ),
    "a code with the state of an end": (
        lambda: vendor(http_states={409: JobState.FAILED}),
        "neither of an ended job",
    ),
    "no probe": (lambda: vendor(probe="/jobs"), "Vendor.probe is '/jobs'; it must be a Probe"),
    "a cancel path alone": (lambda: vendor(cancel="/jobs/{id}"), "it must be a Cancel or None"),
    "a list path alone": (lambda: vendor(listing="/jobs"), "it must be a Listing or None"),
    "counters alone": (lambda: vendor(records={"a": "a"}), "it must be a Records"),
    "no pause": (
        lambda: vendor(min_interval=0),
        "Vendor.min_interval is 0; it must be a number from 0.0001 to 3600",
    ),
    "an endless pause": (lambda: vendor(min_interval=float("inf")), "Vendor.min_interval is inf; it must be"),
    "no requests": (lambda: vendor(requests_per_second=0.0), "Vendor.requests_per_second is 0.0"),
    "requests beyond numbers": (lambda: vendor(requests_per_second=10**400), "it must be a number from"),
    "requests beyond what Python writes": (
        lambda: vendor(requests_per_second=10**5000),
        "Vendor.requests_per_second is <int that cannot be shown>; it must be a number from 0.00028 to 10000",
    ),
    "a request in an age": (lambda: vendor(requests_per_second=1e-300), "it must be a number from 0.00028"),
    "a pause of days": (lambda: vendor(min_interval=1e6), "it must be a number from 0.0001 to 3600"),
    "a pause of no length": (lambda: vendor(min_interval=1e-300), "it must be a number from 0.0001 to 3600"),
    "a lag of days": (lambda: vendor(lag=1e300), "it must be a number from 0 to 3600"),
    "a key in a header of HTTP's own": (
        lambda: vendor(auth=KeyAuth(name="Content-Length")),
        "KeyAuth.name is 'Content-Length'; it must be the name of a header field that no HTTP library sets",
    ),
    "a token URL with a place": (
        lambda: vendor(auth=OAuth2(token_url="https://h.example/{tenant}/t")),
        "it must be a URL such as",
    ),
    "a word beyond all bounds": (lambda: vendor(auth=HttpAuth(scheme="a" * 10**6)), "must be one word"),
    "a lag below zero": (lambda: vendor(lag=-1), "Vendor.lag is -1; it must be a number from 0 to 3600"),
    "a lag that is no number": (lambda: vendor(lag=True), "Vendor.lag is True"),
    "a form without a label": (lambda: Form(password=""), "Form.password is ''; it must be a text"),
    "a login without a label": (
        lambda: Form(password="Key", login=""),
        "Form.login is ''; it must be a text",
    ),
    "a probe of a job": (
        lambda: Probe(path="/jobs/{id}"),
        "Probe.path is '/jobs/{id}'; it must be a path with no",
    ),
    "a probe that 401 proves": (lambda: Probe(path="/jobs", codes=[200, 401]), "not 401 or 403"),
    "a probe that nothing proves": (
        lambda: Probe(path="/jobs", codes=[]),
        "Probe.codes is []; it must be a set of",
    ),
    "a probe with a code alone": (
        lambda: Probe(path="/jobs", codes=200),
        "Probe.codes is 200; it must be a set of",
    ),
    "a cancel without an id": (
        lambda: Cancel(path="/cancel"),
        "Cancel.path is '/cancel'; it must be a path with {id}",
    ),
    "a cancel by GET": (
        lambda: Cancel(path="/{id}", method="GET"),
        "it must be one of DELETE, POST, PUT, PATCH",
    ),
    "a cancel with a code of none": (
        lambda: Cancel(path="/{id}", ended_codes=[1000]),
        "Cancel.ended_codes is [1000]",
    ),
    "a submission that is no group of facts": (
        lambda: vendor(submit="/jobs"),
        "Vendor.submit is '/jobs'; it must be a Submit or None",
    ),
    "a submission at a job": (lambda: Submit(path="/jobs/{id}"), "Submit.path is '/jobs/{id}'; it must be"),
    "a submission that reads": (lambda: Submit(path="/jobs", method="GET"), "one of POST, PUT"),
    "a submission of nothing": (
        lambda: Submit(path="/jobs", body={"query": "q"}),
        "a JSON value in which a text {payload} stands for it",
    ),
    "a submission whose id is no expression": (lambda: Submit(path="/jobs", id="a..b"), "Submit.id is"),
    "a submission whose key is no header": (
        lambda: Submit(path="/jobs", idempotency_header="a b"),
        "Submit.idempotency_header is 'a b'; it must be one word",
    ),
    "a submission that is forgotten at once": (
        lambda: Submit(path="/jobs", replays_for=0),
        "Submit.replays_for is 0; it must be a finite number, above 0",
    ),
    "a submission of no size": (lambda: Submit(path="/jobs", largest=1.5), "a whole number, above 0"),
    "a submission that needs no expression": (
        lambda: Submit(path="/jobs", required=("a..b",)),
        "Submit.required is 'a..b'; it must be names joined",
    ),
    "a submission that is found nowhere": (lambda: Submit(path="/jobs", find=""), "Submit.find is ''"),
    "a submission whose flow cannot be called": (
        lambda: Submit(path="/jobs", flow="send"),
        "Submit.flow is 'send'; it must be a generator function, or None",
    ),
    "a cancel that 403 ends": (lambda: Cancel(path="/{id}", ended_codes=[403]), "not 401 or 403"),
    "a total that is no counter": (
        lambda: Records(counters={"a": "x.a", "b": "x.b"}, total="all"),
        "Records.total is 'all'; it must be None or the name of one of the counters (a, b)",
    ),
    "a role without counters": (lambda: Records(failed="bad"), "one of the counters (there are none)"),
    "a counter that is no expression": (
        lambda: Records(counters={"a": "b-c"}),
        "Records.counters['a'] is 'b-c'",
    ),
    "a counter that is no key": (
        lambda: Records(counters={"a b": "c"}),
        "Records.counters is 'a b'; it must be names",
    ),
    "a counter in the progress's place": (lambda: Records(counters={"job_progress": "c"}), "job_progress"),
    "a counter in the result's place": (lambda: Records(counters={"return_value": "c"}), "not return_value"),
    "a list with a placeholder": (lambda: listing(path="/jobs/{id}"), "Listing.path is '/jobs/{id}'"),
    "a list without pages": (
        lambda: listing(page_size=0),
        "Listing.page_size is 0; it must be a whole number, above",
    ),
    "a list of half a page": (
        lambda: listing(page_size=1.5),
        "Listing.page_size is 1.5; it must be a whole number",
    ),
    "a list of endless pages": (lambda: listing(page_size=10**9), "it must be at most 10000"),
    "a list at no expression": (
        lambda: listing(jobs=""),
        "Listing.jobs is ''; it must be names joined by dots",
    ),
    "a cursor at no expression": (lambda: listing(cursor="a b"), "Listing.cursor is 'a b'"),
    "an id at no expression": (lambda: listing(id=None), "Listing.id is None; it must be names"),
    "a parameter with a bracket": (
        lambda: listing(parameter="page[offset]"),
        "percent-encoded, such as page%5Boffset",
    ),
    "a scheme of two words": (
        lambda: HttpAuth(scheme="my key"),
        "HttpAuth.scheme is 'my key'; it must be one word",
    ),
    "a key in the body": (
        lambda: KeyAuth(in_="body", name="k"),
        "KeyAuth.in_ is 'body'; it must be one of header, query",
    ),
    "a key without a name": (lambda: KeyAuth(name=""), "KeyAuth.name is ''; it must be one word"),
    "a token bought nowhere": (
        lambda: OAuth2(token_url="token"),
        "OAuth2.token_url is 'token'; it must be a URL",
    ),
    "a token bought below nothing": (
        lambda: OAuth2(token_url="/a b"),
        "it must be a path below the base URL",
    ),
    "a form in XML": (lambda: OAuth2(token_url="/t", encoding="xml"), "it must be one of form, json"),
    "a form that is a list": (
        lambda: OAuth2(token_url="/t", params=["a"]),
        "OAuth2.params is ['a']; it must be a mapping",
    ),
    "a token at no expression": (
        lambda: OAuth2(token_url="/t", token="a b"),
        "OAuth2.token is 'a b'; it must be names",
    ),
    "an empty scope": (lambda: OAuth2(token_url="/t", scope=""), "OAuth2.scope is ''"),
    "an empty grant": (lambda: OAuth2(token_url="/t", grant_type=""), "OAuth2.grant_type is ''"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_field_is_refused_with_what_it_holds_and_may_be(what):
    make, words = WRONG[what]
    with pytest.raises(InvalidVendorError) as caught:
        make()
    assert words in str(caught.value)


def test_a_refusal_is_one_of_our_errors_and_a_value_error():
    assert issubclass(InvalidVendorError, JobStatusError)
    assert issubclass(InvalidVendorError, ValueError)


def test_a_refusal_shows_no_more_of_a_long_value_than_a_line():
    with pytest.raises(InvalidVendorError) as caught:
        vendor(path="x" * 100_000)
    assert len(str(caught.value)) < 300


WORDS = ["COMPLETED", "Com\u200bpleted", "\ufeffcompleted", "com pleted", " completed\n", "com\u00adpleted"]


@pytest.mark.parametrize("declared", WORDS, ids=ascii)
def test_a_word_is_declared_in_any_spelling(declared):
    assert vendor(states={declared: JobState.SUCCEEDED}, http_states={}).states == {
        "completed": JobState.SUCCEEDED
    }


@pytest.mark.parametrize("met", WORDS, ids=ascii)
def test_a_word_is_met_in_any_spelling(met):
    states = {"completed": JobState.SUCCEEDED}
    assert vendor(states=states, http_states={}).state_of(met, {}) is JobState.SUCCEEDED


def test_a_word_of_invisible_characters_alone_is_refused():
    with pytest.raises(InvalidVendorError, match="words of 1 to 64"):
        vendor(states={"\u200b": JobState.SUCCEEDED})


def test_words_in_other_scripts_stay_whole():
    assert normal("Ausgeführt") == "ausgeführt"
    assert normal("完了") == "完了"


@pytest.mark.parametrize(
    ("made", "name", "change"),
    [
        (lambda given: vendor(states=given, http_states={}), "states", {"done": JobState.FAILED}),
        (lambda given: vendor(times=given), "times", {"created_at": "a"}),
        (lambda given: vendor(http_states=given), "http_states", {409: "processing"}),
        (lambda given: Records(counters=given), "counters", {"a": "a"}),
        (lambda given: OAuth2(token_url="/t", params=given), "params", {"a": "a"}),
    ],
    ids=["states", "times", "http_states", "counters", "params"],
)
def test_a_mapping_that_was_passed_in_cannot_change_the_declaration_later(made, name, change):
    given = dict(change)
    declaration = made(given)
    given.clear()
    assert getattr(declaration, name) == change
    with pytest.raises(TypeError):
        getattr(declaration, name)["other"] = 1


def test_a_code_may_stand_for_a_state():
    assert vendor(http_states={425: JobState.PENDING}).http_states == {425: JobState.PENDING}


def test_a_declaration_is_copied_as_itself():
    assert copy.deepcopy(GEOBRIDGE) is GEOBRIDGE


def test_a_changed_declaration_is_checked_and_compiled_anew():
    assert [at.text for at in vendor(status="state").expressions.status] == ["state"]


def test_an_expression_may_stand_alone_where_several_may():
    assert vendor(error="a.b").expressions == vendor(error=("a.b",)).expressions


def test_an_id_is_encoded_whole_wherever_the_path_has_it():
    assert fill("/a/{id}?again={id}", "x/y z") == "/a/x%2Fy%20z?again=x%2Fy%20z"


@pytest.mark.parametrize(
    ("path", "place", "asked"),
    [
        ("/jobs", None, "/jobs"),
        ("/jobs", "c 1", "/jobs?cursor=c%201"),
        ("/jobs?limit=5", None, "/jobs?limit=5"),
        ("/jobs?limit=5", "c&1", "/jobs?limit=5&cursor=c%261"),
    ],
)
def test_the_path_of_a_page_has_one_query(path, place, asked):
    assert listing(path=path).page_path(place) == asked


@pytest.mark.parametrize(
    ("value", "read"), [("a", "a"), (17, "17"), (2**70, str(2**70)), (True, None), (1.0, None), (None, None)]
)
def test_an_id_in_a_list_is_a_text_or_a_whole_number(value, read):
    assert listing().id_of({"id": value}) == read
