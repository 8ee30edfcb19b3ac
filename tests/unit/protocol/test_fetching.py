"""Fetching results, driven by hand: what is asked for, what is written, and what is never sent anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import pytest

from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.api import Api
from airflow_jobstatus.protocol.bounds import LONGEST_REPEAT_PAUSE, LONGEST_URL
from airflow_jobstatus.protocol.errors import (
    InvalidJobIdError,
    InvalidTargetError,
    Layer,
    NotFoundError,
    NotReadyError,
    PermanentError,
    TransientError,
    TransportError,
    UnauthorizedError,
    UnsupportedError,
)
from airflow_jobstatus.protocol.fetching import BACKOFFS, Fetched
from airflow_jobstatus.protocol.http import Request, Response
from airflow_jobstatus.vendors import (
    COURIER,
    ELASTIC_PATH,
    GEOBRIDGE,
    HTTP_JOB,
    InvalidVendorError,
    Results,
    Vendor,
    declared,
)
from tests.support.declaration import answer
from tests.support.talk import BASE, KEY, Met, Talk, account_of

LINK = "https://files.example/orders.csv?signature=s1"
TABLE = b"order,total\n1,100\n"
CSV = {"content-type": "text/csv"}
RESET = TransportError("reset", Layer.BODY)


class Memory:
    """A target in memory."""

    def __init__(self) -> None:
        self.written = b"left by somebody else"
        self.expected: int | None = None

    def begin(self) -> None:
        self.written = b""

    def expect(self, size: int | None) -> None:
        self.expected = size

    def write(self, piece: bytes) -> None:
        self.written += piece


@dataclass
class Fetching(Talk):
    """What a flow said, what it wrote, and what came of it."""

    target: Memory = field(default_factory=Memory)

    @property
    def records(self) -> list[Any]:
        return [json.loads(line) for line in self.target.written.splitlines()]


def file(body: bytes = TABLE, status: int = 200, **headers: str) -> Response:
    return Response(status, {**CSV, **{n.replace("_", "-"): v for n, v in headers.items()}}, body)


def page(body: bytes = b"<html><title>Sign in</title></html>", status: int = 200) -> Response:
    return Response(status, {"content-type": "text/html; charset=utf-8"}, body)


def href(link: str) -> Response:
    return answer({"data": {"href": link}})


def talk(vendor: Vendor | Account, *answers: Met, job_id: str = "7", format_: str | None = None) -> Fetching:
    """Fetch from a vendor that gives these answers, and then none."""
    spoken = Fetching()
    spoken.run(Api(account_of(vendor)).fetch(job_id, spoken.target, format_), *answers)
    return spoken


def http_job(**results: Any) -> Vendor:
    outputs = {"outputs": {"file": "result_url"}}
    return declared({"path": "/jobs/{id}", "results": results, **outputs})


def credentials(requests: Iterable[Request]) -> list[bool]:
    return [KEY in str(dict(request.headers)) or KEY in request.url for request in requests]


def test_elastic_paths_link_is_followed_to_the_file():
    spoken = talk(ELASTIC_PATH, href(LINK), file())
    assert spoken.urls == ["/v2/jobs/7/file", LINK]
    assert (spoken.target.written, spoken.result) == (TABLE, Fetched("csv", None))


def test_elastic_paths_link_is_found_without_its_envelope_too():
    assert talk(ELASTIC_PATH, answer({"href": LINK}), file()).target.written == TABLE


def test_a_presigned_link_gets_no_credential():
    assert credentials(talk(ELASTIC_PATH, href(LINK), file()).requests) == [True, False]


def test_a_presigned_link_of_the_same_host_gets_no_credential_either():
    assert credentials(talk(ELASTIC_PATH, href(f"{BASE}/files/7?s=1"), file()).requests) == [True, False]


def test_a_presigned_link_gets_none_of_the_connections_own_headers():
    account = Account(
        vendor=ELASTIC_PATH, base_url=BASE, secret=KEY, headers={"X-Tenant": "secret-tenant"}, ca_bundle=""
    )
    assert "X-Tenant" not in talk(account, href(LINK), file()).requests[1].headers


@pytest.mark.parametrize("refusal", [answer({}, 401), answer({}, 403), page()], ids=["401", "403", "a page"])
def test_a_link_into_the_accounts_own_api_is_signed_where_it_turns_the_call_away(refusal):
    spoken = talk(ELASTIC_PATH, href("/v2/files/7"), refusal, file())
    assert spoken.urls[1:] == ["/v2/files/7"] * 2
    assert credentials(spoken.requests) == [True, False, True]
    assert spoken.target.written == TABLE


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_link_that_has_expired_is_asked_for_again_once(status):
    another = LINK.replace("s1", "s2")
    spoken = talk(ELASTIC_PATH, href(LINK), file(b"expired", status), href(another), file())
    assert (spoken.urls[-1], spoken.target.written) == (another, TABLE)


def test_a_second_link_that_is_refused_ends_the_download():
    spoken = talk(ELASTIC_PATH, href(LINK), file(b"", 403), href(LINK), file(b"", 403))
    assert type(spoken.error) is not TransientError
    assert "HTTP 403 Forbidden from files.example, where the link" in str(spoken.error)


def test_what_a_file_server_says_is_not_shown():
    said = f"<Error><StringToSign>{LINK}</StringToSign></Error>".encode()
    error = talk(ELASTIC_PATH, href(LINK), file(said, 403), href(LINK), file(said, 403)).error
    assert "signature" not in str(error)
    assert "StringToSign" not in str(error)


@pytest.mark.parametrize(
    "link",
    [
        "http://files.example/a",
        "ftp://files.example/a",
        "s3://bucket/a",
        "file:///etc/passwd",
        "javascript:1",
    ],
)
def test_a_link_that_is_not_https_is_not_followed(link):
    spoken = talk(ELASTIC_PATH, href(link))
    assert "must with https:" in str(spoken.error)


def test_a_link_may_be_plain_where_the_account_is():
    account = Account(vendor=ELASTIC_PATH, base_url="http://h.example", secret=KEY, ca_bundle="")
    assert talk(account, href("http://files.example/a"), file()).target.written == TABLE


@pytest.mark.parametrize(
    "link",
    [
        "https://user:pass@files.example/a",
        f"https://files.example/{'a' * LONGEST_URL}",
        "https://[::1/a",
        "https://files.example:99999/a",
    ],
)
def test_a_link_that_no_one_should_follow_is_refused_and_not_shown(link):
    error = talk(ELASTIC_PATH, href(link)).error
    assert isinstance(error, PermanentError)
    assert "pass" not in str(error)


def test_a_redirect_of_a_file_is_followed_elsewhere_without_a_credential():
    moved = Response(302, {"location": "https://store.example/x?s=3"}, b"")
    spoken = talk(ELASTIC_PATH, href(LINK), moved, file())
    assert (spoken.urls[-1], spoken.target.written) == ("https://store.example/x?s=3", TABLE)
    assert credentials(spoken.requests[1:]) == [False, False]


def test_a_redirect_of_a_file_never_leaves_https():
    moved = Response(302, {"location": "http://store.example/x"}, b"")
    assert "must with https:" in str(talk(ELASTIC_PATH, href(LINK), moved).error)


def test_redirects_of_a_file_without_end_are_given_up():
    moved = Response(302, {"location": LINK}, b"")
    assert "more than 5 redirects" in str(talk(ELASTIC_PATH, href(LINK), *[moved] * 6).error)


NOT_YET = {
    "an empty link": (ELASTIC_PATH, href("")),
    "422": (ELASTIC_PATH, answer({"errors": [{"detail": "Job has no file to download."}]}, 422)),
    "202": (ELASTIC_PATH, answer({}, 202)),
    "409": (GEOBRIDGE, answer({"detail": "running"}, 409)),
    "no output": (http_job(output="file"), answer({"status": "running"})),
}


@pytest.mark.parametrize("name", NOT_YET)
def test_results_that_are_not_there_yet_are_asked_for_again_for_a_minute(name):
    vendor, met = NOT_YET[name]
    spoken = talk(vendor, *[met] * (1 + len(BACKOFFS)))
    assert isinstance(spoken.error, NotReadyError)
    assert spoken.delays == [0.0, *BACKOFFS]


def test_results_that_come_late_are_written():
    assert talk(ELASTIC_PATH, href(""), href(LINK), file()).target.written == TABLE


def test_not_ready_says_what_to_do():
    vendor, met = NOT_YET["422"]
    error = talk(vendor, *[met] * (1 + len(BACKOFFS))).error
    assert str(error) == (
        f"Elastic Path job '7': its results are not there yet: HTTP 422 {HTTPStatus(422).phrase}; "
        "wait for the job with JobStatusSensor first"
    )


@pytest.mark.parametrize("met", [RESET, answer({}, 503), answer({}, 429)], ids=["reset", "503", "429"])
def test_a_file_that_breaks_off_begins_anew_with_a_link_of_its_own(met):
    spoken = talk(ELASTIC_PATH, href(LINK), met, href(LINK), file())
    assert (spoken.delays, spoken.target.written) == ([0.0, 0.0, BACKOFFS[0], 0.0], TABLE)


def test_links_that_expire_during_long_downloads_are_no_end_of_it():
    spoken = talk(ELASTIC_PATH, *[href(LINK), file(b"", 403), href(LINK), RESET] * 2, href(LINK), file())
    assert spoken.target.written == TABLE


@pytest.mark.parametrize("status", [202, 429, 503])
def test_a_retry_after_of_the_last_answer_ends_the_try_like_others(status):
    busy = Response(status, {"retry-after": "5", "content-type": "application/json"}, b"{}")
    assert isinstance(talk(ELASTIC_PATH, *[busy] * (1 + len(BACKOFFS))).error, TransientError)


def test_an_answer_without_a_link_in_place_of_a_new_one_is_no_empty_file():
    spoken = talk(ELASTIC_PATH, href(LINK), file(b"", 403), answer({"data": {}}))
    assert "neither a link nor records" in str(spoken.error)


JSON_TYPES = ["application/vnd.api+json", "application/hal+json", "text/json", "text/plain"]


@pytest.mark.parametrize("media_type", JSON_TYPES)
def test_json_by_another_name_is_not_taken_for_the_file(media_type):
    answered = Response(200, {"content-type": media_type}, href(LINK).body)
    assert talk(ELASTIC_PATH, answered, file()).target.written == TABLE


def test_a_cursor_may_be_a_number():
    vendor = http_job(path="/jobs/{id}/rows", records="rows", cursor="next_page", parameter="page")
    spoken = talk(vendor, answer({"rows": [1], "next_page": 2}), answer({"rows": [2], "next_page": None}))
    assert (spoken.urls[1], spoken.records) == ("/jobs/7/rows?page=2", [1, 2])


@pytest.mark.parametrize(
    "paging", [{"more": True, "cursor": None}, {"more": True}, {"more": True, "cursor": ""}]
)
def test_a_page_that_says_that_there_are_more_and_not_where_is_not_taken_for_the_last(paging):
    error = talk(COURIER, answer({"items": [1], "paging": paging})).error
    assert "names no cursor" in str(error)


@pytest.mark.parametrize("cursor", ["a\nb", {"page": 2}, [2], True])
def test_a_cursor_that_cannot_be_used_is_refused(cursor):
    error = talk(GEOBRIDGE, answer({"results": [1], "cursor": cursor})).error
    assert "cursor of a page is no text" in str(error)


@pytest.mark.parametrize("status", [202, 204])
def test_a_link_behind_which_nothing_is_yet_is_asked_for_again(status):
    empty = file(b"", status)
    assert talk(ELASTIC_PATH, href(LINK), empty, href(LINK), file()).target.written == TABLE


@pytest.mark.parametrize("status", [401, 403])
def test_a_link_into_the_api_that_refuses_the_credential_says_so(status):
    refusal = answer({"errors": [{"title": "no"}]}, status)
    spoken = talk(ELASTIC_PATH, *[href("/v2/files/7"), refusal, refusal] * 2)
    assert isinstance(spoken.error, UnauthorizedError)


@pytest.mark.parametrize(
    "at", ["https://cdn.other.example/r?key=secret-key", "https://x.example/secret%2Dkey"]
)
def test_a_redirect_that_carries_the_credential_elsewhere_is_not_followed(at):
    error = talk(http_job(path="/jobs/{id}/results"), Response(302, {"location": at}, b"")).error
    assert "the account's own credential" in str(error)
    assert KEY not in str(error)


def test_half_a_file_is_not_continued_by_the_whole_one():
    spoken = Fetching()
    flow = Api(account_of(ELASTIC_PATH)).fetch("7", spoken.target)
    next(flow)
    flow.send(href(LINK))
    spoken.target.write(TABLE[:5])
    flow.throw(RESET)
    assert spoken.target.written == b""


def test_retry_after_is_obeyed():
    busy = Response(503, {"retry-after": "9", "content-type": "application/json"}, b"{}")
    assert talk(ELASTIC_PATH, busy, href(LINK), file()).delays == [0.0, 9.0, 0.0]


def test_a_longer_retry_after_than_a_worker_waits_ends_the_try():
    busy = Response(503, {"retry-after": str(LONGEST_REPEAT_PAUSE + 1)}, b"")
    assert isinstance(talk(ELASTIC_PATH, busy).error, TransientError)


def test_geobridge_is_asked_for_a_stream_of_records():
    spoken = talk(GEOBRIDGE, Response(200, {"content-type": "application/x-ndjson"}, b'{"id": 1}\n'))
    assert spoken.urls == ["/bulk/jobs/7/results?format=ndjson"]
    assert spoken.requests[0].headers["Accept"] == "application/x-ndjson"
    assert (spoken.records, spoken.result) == ([{"id": 1}], Fetched("ndjson", None))


def test_geobridges_pages_are_written_as_one_record_a_line():
    first = answer({"job": {}, "results": [{"id": 1}, {"id": 2}], "cursor": "c/2"})
    last = answer({"job": {}, "results": [{"id": 3}], "cursor": None})
    spoken = talk(GEOBRIDGE, first, last)
    assert spoken.urls[1] == "/bulk/jobs/7/results?format=ndjson&cursor=c%2F2"
    assert (spoken.records, spoken.result) == ([{"id": 1}, {"id": 2}, {"id": 3}], Fetched("ndjson", 3))


@pytest.mark.parametrize("place", [{"url": LINK}, {"results": {"url": LINK}}, {"download_url": LINK}])
def test_geobridges_presigned_url_is_followed(place):
    assert talk(GEOBRIDGE, answer({"job": {}, **place}), file(), format_="csv").target.written == TABLE


def test_couriers_users_are_written_page_by_page():
    first = answer({"items": [{"recipient": "a"}], "paging": {"cursor": "c2", "more": True}})
    last = answer({"items": [{"recipient": "b"}], "paging": {"cursor": "c3", "more": False}})
    spoken = talk(COURIER, first, last)
    assert spoken.urls == ["/bulk/7/users", "/bulk/7/users?cursor=c2"]
    assert spoken.records == [{"recipient": "a"}, {"recipient": "b"}]


def test_a_page_that_fails_is_asked_for_again_without_those_before_it():
    first = answer({"items": [1], "paging": {"cursor": "c2", "more": True}})
    last = answer({"items": [2], "paging": {"more": False}})
    spoken = talk(COURIER, first, RESET, last)
    assert (spoken.urls[1:], spoken.records) == (["/bulk/7/users?cursor=c2"] * 2, [1, 2])


def test_a_later_page_that_is_a_file_is_not_written_among_the_records():
    first = answer({"items": [1], "paging": {"cursor": "c2", "more": True}})
    spoken = talk(COURIER, first, Response(200, {"content-type": "text/plain"}, b"half of a ga"))
    assert [request.into is None for request in spoken.requests] == [
        False,
        True,
        True,
    ]  # it is asked for again
    assert spoken.records == [1]


def test_no_records_are_an_empty_file():
    spoken = talk(COURIER, answer({"items": [], "paging": {"more": False}}))
    assert (spoken.target.written, spoken.result) == (b"", Fetched("ndjson", 0))


@pytest.mark.parametrize("text", ["grün 東京", "\ud800", "a\nb", '"'])
def test_every_text_survives(text):
    spoken = talk(COURIER, answer({"items": [{"name": text}], "paging": {"more": False}}))
    assert spoken.records == [{"name": text}]


def test_a_cursor_that_goes_round_in_a_circle_ends_the_download():
    again = answer({"items": [1], "paging": {"cursor": "c2", "more": True}})
    assert "names itself" in str(talk(COURIER, again, again).error)


def test_json_with_neither_link_nor_records_is_refused():
    assert "neither a link nor records" in str(talk(GEOBRIDGE, answer({"job": {}})).error)


def test_records_where_a_table_was_asked_for_are_refused():
    error = talk(GEOBRIDGE, answer({"results": [{"id": 1}]}), format_="csv").error
    assert "records came, where the format csv was asked for" in str(error)


def test_a_page_for_people_is_no_result():
    error = talk(http_job(path="/jobs/{id}/results"), page()).error
    assert isinstance(error, PermanentError)
    assert "page titled 'Sign in' in their place" in str(error)


@pytest.mark.parametrize("status", [206, 304])
def test_a_part_of_a_file_is_not_taken_for_the_whole(status):
    error = talk(http_job(path="/jobs/{id}/results"), file(status=status)).error
    assert isinstance(error, PermanentError)


def test_no_content_is_not_yet():
    nothing = Response(204, {}, b"")
    assert talk(http_job(path="/jobs/{id}/results"), nothing, file()).target.written == TABLE


@pytest.mark.parametrize(
    ("status", "kind"), [(401, UnauthorizedError), (403, UnauthorizedError), (404, NotFoundError)]
)
def test_a_call_that_is_refused_says_why(status, kind):
    assert type(talk(GEOBRIDGE, answer({"detail": "no"}, status)).error) is kind


def test_an_api_of_ones_own_answers_with_the_file_itself():
    spoken = talk(http_job(path="/jobs/{id}/results", format="csv"), file())
    assert (spoken.urls, spoken.requests[0].headers["Accept"]) == (["/jobs/7/results"], "text/csv")
    assert (spoken.target.written, spoken.result) == (TABLE, Fetched("csv", None))


def test_json_that_nothing_is_declared_of_is_the_file():
    spoken = talk(http_job(path="/jobs/{id}/results"), answer({"rows": [1]}))
    assert (spoken.records, spoken.result) == ([{"rows": [1]}], Fetched("file", None))


def test_an_answer_that_redirects_to_a_store_is_followed_without_a_credential():
    spoken = talk(http_job(path="/jobs/{id}/results"), Response(302, {"location": LINK}, b""), file())
    assert (spoken.urls, spoken.target.written) == (["/jobs/7/results", LINK], TABLE)
    assert credentials(spoken.requests) == [True, False]


def test_an_answer_that_redirects_within_the_api_stays_signed():
    moved = Response(307, {"location": "/v2/jobs/7/results"}, b"")
    spoken = talk(http_job(path="/jobs/{id}/results"), moved, file())
    assert credentials(spoken.requests) == [True, True]


def test_a_link_into_the_api_may_redirect_to_a_store():
    moved = Response(302, {"location": LINK}, b"")
    spoken = talk(ELASTIC_PATH, href("/v2/files/7"), answer({}, 401), moved, file())
    assert credentials(spoken.requests) == [True, False, True, False]
    assert (spoken.urls[-1], spoken.target.written) == (LINK, TABLE)


def test_a_redirect_to_a_store_is_https_too():
    moved = Response(302, {"location": "http://files.example/a"}, b"")
    assert "must with https:" in str(talk(http_job(path="/jobs/{id}/results"), moved).error)


def test_an_output_of_the_job_may_be_the_link():
    spoken = talk(http_job(output="file"), answer({"status": "done", "result_url": LINK}), file())
    assert (spoken.urls, spoken.target.written) == (["/jobs/7", LINK], TABLE)


def test_an_output_that_has_expired_is_read_anew():
    done = answer({"status": "done", "result_url": LINK})
    assert talk(http_job(output="file"), done, file(b"", 403), done, file()).urls[2] == "/jobs/7"


def test_an_api_of_ones_own_may_page():
    vendor = http_job(path="/jobs/{id}/rows", records="rows", cursor="next", parameter="after")
    spoken = talk(vendor, answer({"rows": [1], "next": "x"}), answer({"rows": [2]}))
    assert (spoken.urls[1], spoken.result) == ("/jobs/7/rows?after=x", Fetched("ndjson", 2))


def test_the_size_that_the_server_says_is_passed_on():
    assert talk(ELASTIC_PATH, href(LINK), file(content_length="18")).target.expected == 18


def test_the_size_of_a_compressed_file_says_nothing_of_what_is_written():
    packed = file(content_length="18", content_encoding="gzip")
    assert talk(ELASTIC_PATH, href(LINK), packed).target.expected is None


def test_a_format_that_is_not_offered_is_refused_before_any_call():
    spoken = talk(GEOBRIDGE, format_="xlsx")
    assert (type(spoken.error), spoken.requests) == (InvalidTargetError, [])
    assert str(spoken.error) == "format is 'xlsx'; GeoBridge offers ndjson or csv"


def test_an_id_that_names_no_job_is_refused_before_any_call():
    assert type(talk(GEOBRIDGE, job_id="").error) is InvalidJobIdError


def test_a_vendor_without_results_says_so():
    assert type(talk(HTTP_JOB).error) is UnsupportedError


BAD = {
    "nothing": {},
    "both": {"path": "/{id}", "output": "file"},
    "no id": {"path": "/results"},
    "no path": {"path": "results/{id}"},
    "records of an output": {"output": "file", "records": "rows"},
    "no expression": {"path": "/{id}", "link": "a["},
    "no formats": {"path": "/{id}", "formats": {}},
    "a refusal": {"path": "/{id}", "unready_codes": frozenset({401})},
    "a bad parameter": {"path": "/{id}", "parameter": "a b"},
}


@pytest.mark.parametrize("name", BAD)
def test_a_declaration_that_cannot_be_is_refused(name):
    with pytest.raises(InvalidVendorError):
        Results(**BAD[name])


def test_a_declaration_names_an_output_that_there_is():
    with pytest.raises(InvalidVendorError, match="one of the outputs"):
        http_job(output="other")


def test_a_field_of_results_that_nobody_knows_is_refused():
    with pytest.raises(InvalidVendorError, match=r"results\.paht"):
        http_job(paht="/{id}")
