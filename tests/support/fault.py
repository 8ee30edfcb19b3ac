"""What can go wrong between a poll and its answer, as a table; every row holds for both transports."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

from airflow_jobstatus.protocol.bounds import LARGEST_ANSWER
from airflow_jobstatus.protocol.errors import (
    CallError,
    Layer,
    NotFoundError,
    PermanentError,
    TransientError,
    UnauthorizedError,
)
from tests.support import secret
from tests.support.scripted_server import Reply

JOB = {"job": {"status": "PROCESSING", "received": 2, "enqueued": 1, "failures": 0}}
CALLBACK = {"callback": {"secret": secret.CALLBACK}}
SAID = {"message": f"The vendor's own words, and an echo: {secret.ECHO}", "type": "some_error", **CALLBACK}
PAGE = f"<html><head><title>Bad gateway {secret.ECHO}</title></head><body>{secret.ECHO}</body></html>"
HTML = {"Content-Type": "text/html"}
CHUNKED = {"Transfer-Encoding": "chunked"}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that goes wrong, and the error that a poll must end in.

    :param reply: What the server does.
    :param kind: The class of the error.
    :param layer: The layer it names, for errors before an answer.
    :param http_status: The code it carries.
    :param retry_after: The seconds it carries, within a twentieth: a date has no fractions of a second.
    :param words: What the message says.
    :param extra: What the connection's extra sets.
    """

    reply: Reply | Callable[[Any], Reply]
    kind: type[CallError] = TransientError
    layer: Layer | None = None
    http_status: int | None = None
    retry_after: float | None = None
    words: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


def coded(
    status: int, kind: type[CallError] = TransientError, words: str = "own words", **reply: Any
) -> Fault:
    return Fault(
        reply=Reply(**{"status": status, "body": SAID, **reply}), kind=kind, http_status=status, words=words
    )


def asked_to_wait(value: str, seconds: float | None, status: int = 429) -> Fault:
    reply = Reply(status=status, body=SAID, headers={"Retry-After": value})
    return Fault(reply=reply, http_status=status, retry_after=seconds, words=f"HTTP {status}")


def asked_to_wait_until(seconds: float | None, **later: float) -> Fault:
    """Give the fault of a date that lies so much later than the request."""

    def reply(_request: Any) -> Reply:
        date = format_datetime(datetime.now(timezone.utc) + timedelta(**later), usegmt=True)
        return Reply(status=429, body=SAID, headers={"Retry-After": date})

    return Fault(reply=reply, http_status=429, retry_after=seconds, words="HTTP 429")


def answered(words: str, **reply: Any) -> Fault:
    return Fault(reply=Reply(**reply), http_status=200, words=words)


def broken(layer: Layer, words: str, *, extra: Mapping[str, Any] | None = None, **reply: Any) -> Fault:
    return Fault(reply=Reply(**{"body": JOB, **reply}), layer=layer, words=words, extra=extra or {})


FAULTS: Mapping[str, Fault] = {
    "reset before an answer": broken(Layer.CONNECT, "connection failed", keep=0, then="reset"),
    "closed without an answer": broken(Layer.CONNECT, "connection failed", keep=0, then="close"),
    "no HTTP at all": broken(
        Layer.BODY, "cannot be decoded", raw=b"SSH-2.0-x %b\r\n\r\n" % secret.ECHO.encode(), then="close"
    ),
    "more values than anyone reads": broken(Layer.BODY, "more than 100000 values", body="[" + "1," * 110_000),
    "hang before an answer": broken(
        Layer.TIMEOUT, "no complete answer in", keep=0, then="hang", extra={"timeout": 0.5}
    ),
    "hang within the body": broken(
        Layer.TIMEOUT, "no complete answer in", keep=-9, then="hang", extra={"timeout": 0.5}
    ),
    "drip beyond the timeout": broken(
        Layer.TIMEOUT, "no complete answer in", drip=0.02, extra={"timeout": 0.5}
    ),
    "body cut by a close": broken(Layer.BODY, "broke off", keep=-9, then="close"),
    "chunked body cut by a close": broken(
        Layer.BODY, "broke off", body='5\r\n{"job\r\n', headers=CHUNKED, then="close"
    ),
    "broken gzip": broken(
        Layer.BODY, "cannot be decoded", body=b"no gzip at all", headers={"Content-Encoding": "gzip"}
    ),
    "longer than anyone reads": broken(
        Layer.BODY, f"longer than {LARGEST_ANSWER}", body=b" " * (LARGEST_ANSWER + 70_000)
    ),
    "bomb of zeros": broken(
        Layer.BODY,
        f"longer than {LARGEST_ANSWER}",
        body=zlib.compress(b" " * (LARGEST_ANSWER * 2)),
        headers={"Content-Encoding": "deflate"},
    ),
    "empty body": answered("empty body"),
    "blank body": answered("empty body", body=" \r\n"),
    "HTML with code 200": answered("page titled 'Bad gateway", body=PAGE, headers=HTML),
    "text with code 200": answered("'Down for maintenance", body=f"Down for maintenance {secret.ECHO}"),
    "cut JSON": answered(
        "not JSON: 60 bytes", body=b'{"job": {"status": "PROCESSING", "x": "' + secret.KEY.encode()[:21]
    ),
    "JSON in a foreign charset": answered("not JSON", body=b'{"job": "\xff\xfe"}'),
    "nested beyond reading": answered("not JSON", body="[" * 90_000),
    "a number beyond reading": answered("not JSON", body='{"job": ' + "9" * 5000 + "}"),
    "a code 204": coded(204, TransientError, "empty body", body=b""),
    "a code 101": coded(101, TransientError, "HTTP 101", body=b"", then="close"),
    "a code 407": coded(407),
    "a code 408": coded(408),
    "a code 421": coded(421),
    "a code 423": coded(423),
    "a code 425": coded(425),
    "a code 429": coded(429),
    "a code 500": coded(500),
    "a code 502 with HTML": coded(502, TransientError, "page titled 'Bad gateway", body=PAGE, headers=HTML),
    "a code 503": coded(503),
    "a code 504 without a body": coded(504, TransientError, "empty body", body=b""),
    "a code 599": coded(599),
    "a code 600": coded(600),
    "another version of HTTP": broken(
        Layer.BODY, "broke off", raw=b"HTTP/9.9 200 OK\r\nContent-Length: 0\r\n\r\n", then="close"
    ),
    "two lengths": broken(
        Layer.BODY,
        "broke off",
        raw=b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
        then="close",
    ),
    "a code 503 in an encoding that was not asked for": Fault(
        reply=Reply(status=503, body=b"x", headers={"Content-Encoding": "br", "Retry-After": "30"}),
        http_status=503,
        retry_after=30,
        words="encoded in a way that was not asked for",
    ),
    "a code 401 with broken gzip": coded(
        401, UnauthorizedError, "cannot be decoded", body=b"plain", headers={"Content-Encoding": "gzip"}
    ),
    "a code 429 longer than anyone reads": Fault(
        reply=Reply(status=429, body=b" " * (LARGEST_ANSWER + 70_000), headers={"Retry-After": "7"}),
        http_status=429,
        retry_after=7,
        words="longer than",
    ),
    "a code 400": coded(400, PermanentError),
    "a code 401": coded(401, UnauthorizedError),
    "a code 402": coded(402, PermanentError),
    "a code 403": coded(403, UnauthorizedError),
    "a code 403 with HTML": coded(403, UnauthorizedError, "page titled", body=PAGE, headers=HTML),
    "a code 404": coded(404, NotFoundError),
    "a code 404 with HTML": coded(404, NotFoundError, "page titled", body=PAGE, headers=HTML),
    "a code 409": coded(409, PermanentError),
    "a code 410": coded(410, PermanentError),
    "a code 422": coded(422, PermanentError),
    "a code 304": coded(304, PermanentError, "HTTP 304", body=b""),
    "a code 300": coded(300, PermanentError),
    "JSON that is no object": coded(200, PermanentError, "JSON that is not an object", body=[secret.ECHO]),
    "JSON without a job": coded(200, PermanentError, "without a job", body={secret.KEY: secret.ECHO, **SAID}),
    "Retry-After in seconds": asked_to_wait("7", 7),
    "Retry-After with a fraction": asked_to_wait("1.5", 1.5),
    "Retry-After on a 503": asked_to_wait("30", 30, 503),
    "Retry-After as a date": asked_to_wait_until(1800, minutes=30),
    "Retry-After as a past date": asked_to_wait_until(None, hours=-1),
    "Retry-After as nonsense": asked_to_wait("when it suits you", None),
    "Retry-After as an empty text": asked_to_wait("", None),
    "Retry-After below zero": asked_to_wait("-5", None),
    "Retry-After of zero": asked_to_wait("0", None),
    "Retry-After without an end": asked_to_wait("inf", None),
    "Retry-After as no number": asked_to_wait("nan", None),
    "Retry-After as a date out of range": asked_to_wait("Mon, 99 Jan 99999 99:99:99 GMT", None),
    "redirect without a Location": coded(302, PermanentError, "redirect without a Location"),
    "redirect to no URL": Fault(
        reply=Reply(status=302, headers={"Location": "http://["}),
        kind=PermanentError,
        http_status=302,
        words="no URL",
    ),
    "redirect to another host": Fault(
        reply=Reply(status=302, headers={"Location": f"https://{secret.KEY}.invalid/{secret.ECHO_QUOTED}"}),
        kind=PermanentError,
        http_status=302,
        words="set the connection's host",
    ),
    "redirect to another scheme": Fault(
        reply=Reply(status=307, headers={"Location": "ftp://127.0.0.1/"}),
        kind=PermanentError,
        http_status=307,
        words="ftp://",
    ),
}
ZIPPED = Reply(body=gzip.compress(b'{"job": {"status": "PROCESSING"}}'), headers={"Content-Encoding": "gzip"})
