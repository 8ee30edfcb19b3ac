"""What can go wrong between a poll and its answer, for whatever API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from airflow_jobstatus.protocol.errors import CallError, TransientError, UnauthorizedError
from airflow_jobstatus.testing.server import Reply

PAGE = "<!DOCTYPE html><html><head><title>Sign in</title></head><body><form>...</form></body></html>"
HTML = {"Content-Type": "text/html"}
FOREIGN_LIST = ["hello"]
WAIT = 7
"""Seconds that a throttling API asks for."""


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong.

    :param reply: What comes in place of the answer.
    :param kind: The error that the poll must end in.
    :param facts: What that error must say.
    """

    reply: Reply
    kind: type[CallError]
    facts: Mapping[str, object] = field(default_factory=dict)


FAULTS: Mapping[str, Fault] = {
    "outage": Fault(Reply(status=503, body=""), TransientError, {"http_status": 503}),
    "throttled": Fault(
        Reply(status=429, body="", headers={"Retry-After": str(WAIT)}), TransientError, {"retry_after": WAIT}
    ),
    "key refused": Fault(Reply(status=401, body=""), UnauthorizedError),
    "login page": Fault(Reply(body=PAGE, headers=HTML), TransientError),
    "proxy's 404": Fault(Reply(status=404, body=PAGE, headers=HTML), CallError),
    "cut JSON": Fault(Reply(body='{"status": "comp'), TransientError),
    "connection lost": Fault(Reply(raw=b"", then="reset"), TransientError),
    "answer cut short": Fault(Reply(body="", headers={"Content-Length": "99"}, then="close"), TransientError),
    "empty object": Fault(Reply(body={}), CallError),
    "foreign JSON": Fault(Reply(body={"hello": "world"}), CallError),
    "foreign list": Fault(Reply(body=FOREIGN_LIST), CallError),
}
