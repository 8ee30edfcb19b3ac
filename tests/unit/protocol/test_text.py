"""Text from outside becomes text of ours: decoded, visible, without secrets, cut last."""

from __future__ import annotations

import gc
import html
import json
import sys
import time
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote, quote_plus

import pytest

from airflow_jobstatus.protocol.text import Secrets, visible
from tests.support.secret import ENCODINGS

KEY = "pk_planted-Key.QQWWEERR00"
GATEWAY = "Gateway/+;\"<&>'XXCCVVBB33"
BEARER = "tok-4711-abcd"
HIDDEN = Secrets([KEY, GATEWAY, f"Bearer {BEARER}"])


@pytest.mark.parametrize("word", [KEY, GATEWAY, BEARER])
@pytest.mark.parametrize("name", ENCODINGS)
def test_a_secret_is_hidden_however_it_is_encoded(word, name):
    shown = HIDDEN.ours(f"the key {ENCODINGS[name](word)} is unknown")
    assert "***" in shown
    assert word[-6:].lower() not in shown.lower()
    assert ENCODINGS[name](word)[4:12] not in shown or name == "split"


@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_secret_is_hidden_in_bytes_of_any_width(charset):
    assert HIDDEN.ours(f"no {KEY} here".encode(charset)) == "no *** here"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (f"token {BEARER} is unknown", "token *** is unknown"),
        ("https://b.s3.example/x?X-Amz-Signature=abc%20def expired", "https://b.s3.example/x?*** expired"),
        ("https:\\/\\/b.example\\/x?sig=abc", "https://b.example/x?***"),
        ("https://user:pass@b.example/x failed", "https://b.example/x failed"),
        ('got {"token": "abcd"}', 'got {"token": "***"}'),
        ("api_key=abcd is wrong", "api_key=*** is wrong"),
        ("sent Bearer abcdefghijklmnop", "sent Bearer ***"),
        ("&lt;XYZ&gt; can not be empty", "<XYZ> can not be empty"),
        ("a\x00b\u200bc\u202e\nd", "abc d"),
        ("100% of C++ at 5%", "100% of C++ at 5%"),
    ],
)
def test_what_a_server_says_is_shown_as_a_person_may_read_it(given, shown):
    assert HIDDEN.ours(given) == shown


@pytest.mark.parametrize("length", range(1, len(KEY)))
def test_the_begin_of_a_secret_does_not_stay_at_a_cut_end(length):
    assert KEY[:length] not in HIDDEN.ours(f"x: {KEY[:length]}", cut=True).removeprefix("x: ")


@pytest.mark.parametrize("end", ["", "...", "…"])
def test_the_begin_of_a_secret_that_the_server_cut_is_hidden(end):
    assert "planted" not in HIDDEN.ours(f"no such key {KEY[:14]}{end}")


@pytest.mark.parametrize("rounds", [5, 9])
def test_a_text_encoded_without_end_shows_nothing(rounds):
    text = KEY
    for _ in range(rounds):
        text = "".join(f"%{ord(c):02x}" for c in text)[:4000]
    assert "planted" not in HIDDEN.ours(text)


@pytest.mark.parametrize("text", ["%41&#65;" * 100_000, "a.." * 100_000, "http://" * 50_000, "\\" * 300_000])
def test_a_long_text_is_read_in_no_time(text):
    limit = 0.05 * (10 if sys.gettrace() else 1)  # while coverage is measured
    spent: list[float] = []
    gc.freeze()  # what pytest and Airflow hold costs a tenth of a second at each collection
    try:
        while len(spent) < 3 and (not spent or min(spent) > limit):
            before = time.thread_time()
            HIDDEN.ours(text)
            spent.append(time.thread_time() - before)
    finally:
        gc.unfreeze()
    assert min(spent) < limit


def test_a_secret_shows_nothing_of_itself():
    assert repr(HIDDEN) == "Secrets(3)"


def test_the_credential_of_basic_is_hidden_with_its_parts():
    joined = b64encode(b"id:pass-word-1").decode()
    shown = Secrets([f"Basic {joined}"]).ours(f"{joined} id:pass-word-1 pass-word-1")
    assert "pass-word" not in shown
    assert joined not in shown


@pytest.mark.parametrize(
    ("word", "part"),
    [
        ("c2VjcmV0LWtleS1mb3ItdGVzdA==", "c2VjcmV0LWtleS1mb3ItdGVzdA"),
        ("sid=abc123def456;csrf=xyz987uvw", "abc123def456"),
        ("sid=abc123def456;csrf=xyz987uvw", "xyz987uvw"),
        ("client42:hunter2hunter2", "hunter2hunter2"),
        ("keyId=abc,secret=def456ghi789", "def456ghi789"),
        (b64encode(b"key-id:hunter2hunter2").decode(), "hunter2hunter2"),
        (f"ApiKey {b64encode(b'key-id:hunter2hunter2').decode()}", "hunter2hunter2"),
        (urlsafe_b64encode(b"key-id:hunter2?hunter2?>").decode().rstrip("="), "hunter2?hunter2?>"),
    ],
)
def test_the_parts_of_a_composed_secret_are_hidden(word, part):
    assert part not in Secrets([word]).ours(f"the credential {part} is unknown")


@pytest.mark.parametrize(
    "text",
    [
        "\u4e0b\u8f7dhttps://b.example.com/f.csv?auth_key=1700000000-0-0-abcdef\u5931\u8d25",
        "see https://user:1700000000-0-0-abcdef@b.example.com",
        "\u4e0b\u8f7dhttps://user:1700000000-0-0-abcdef@b.example.com",
        "https://b.example.com/it's.csv?auth_key=1700000000-0-0-abcdef",
        "https://b.example.com/f.csv?x=[1, 2]&auth_key=1700000000-0-0-abcdef",
    ],
)
def test_what_signs_a_url_is_hidden_wherever_the_url_stands(text):
    assert "1700000000" not in Secrets().ours(text)


@pytest.mark.parametrize("invisible", "\u200b\u2060\ufeff\u00ad\u202e\0\x1b\u034f\u3164\ufe0f\U000e0100")
def test_what_nobody_sees_is_dropped(invisible):
    assert visible(f"COM{invisible}PLETED") == "COMPLETED"


def test_the_encodings_are_those_of_the_rule():
    made = {ENCODINGS[name](GATEWAY) for name in ENCODINGS}
    rule = {quote(GATEWAY), quote_plus(GATEWAY), html.escape(GATEWAY), json.dumps(GATEWAY)}
    assert rule | {b64encode(GATEWAY.encode()).decode(), urlsafe_b64encode(GATEWAY.encode()).decode()} <= made
