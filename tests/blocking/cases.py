"""What a poll or a list poll may meet: each fault, each hostile server, the largest answers that are read."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from airflow_jobstatus.protocol.bounds import LARGEST_ANSWER, LARGEST_PAGE_ANSWER, MOST_VALUES
from tests.support.fault import FAULTS
from tests.support.hostile import HOSTILE, played
from tests.support.scripted_server import Reply, ScriptedServer


@dataclass(frozen=True, kw_only=True)
class Case:
    """A server, and what is asked of it.

    :param serve: Starts the server.
    :param extra: What the connection's extra sets.
    :param jobs: How many jobs are waited for; of many the list is polled.
    :param vendor: Whose server it is.
    """

    serve: Callable[[], AbstractContextManager[Any]]
    extra: Mapping[str, Any] = field(default_factory=dict)
    jobs: int = 1
    vendor: str = "geobridge"


def scripted(reply: Any, extra: Mapping[str, Any] | None = None, **more: Any) -> Case:
    @contextmanager
    def serve() -> Iterator[ScriptedServer]:
        with ScriptedServer(reply) as server:
            yield server

    return Case(serve=serve, extra=extra or {}, **more)


def zipped(text: str, **more: Any) -> Case:
    body = gzip.compress(text.encode(), 1)
    return scripted(Reply(body=body, headers={"Content-Encoding": "gzip"}), **more)


def filled(before: str, value: str, after: str, size: int) -> str:
    """Give a list of as many values as a body of some bytes may have."""
    count = min((size - len(before) - len(after)) // (len(value) + 1), MOST_VALUES - before.count(",") - 9)
    return before + ",".join([value] * (count // (1 + value.count(":") * 2))) + after


FAILED = '{"id": "job-0", "status": "failed", '
VALUES: Mapping[str, str] = {
    "objects": '{"a":1}',
    "texts": '"' + "x" * 4000 + '"',
    "long whole numbers": "7" * 4300,
    "long fractions": "1.2345678901234567890123456789012345678e-300",
    "escapes": '"' + "\\u00e9" * 600 + '"',
    "empty lists": "[]",
}
KEYS = [f'"{number:036d}":1' for number in range(MOST_VALUES - 9)]
ENTRIES = json.dumps({"jobs": [{"id": f"{n}", "status": "processing", "x": "y" * 20} for n in range(12_000)]})
WORDY = {"message": "x", **{f"fail{n}": {f"k{m}": m for m in range(1400)} for n in range(17)}}
SECRETIVE = {"message": "x", **{f"token{n}": f"{n:0100d}" for n in range(2000)}}
IDS = {"id": "job-0", "status": "running", "ids": [f"id-{number:06d}" for number in range(4900)]}
WITH_IDS = {
    "path": "/jobs/{id}",
    "outputs": {"ids": "ids"},
    "secret_headers": {f"X-Key-{number}": f"{number}-{'secret' * 5}" for number in range(4)},
}
CASES: Mapping[str, Case] = {
    **{name: scripted(fault.reply, fault.extra, vendor="courier") for name, fault in FAULTS.items()},
    **{
        name: Case(serve=partial(played, hostile), extra={"timeout": 0.3}, vendor="courier")
        for name, hostile in HOSTILE.items()
    },
    **{
        f"a poll's {name}": zipped(filled(FAILED + '"delivery_attempts": [', value, "]}", LARGEST_ANSWER))
        for name, value in VALUES.items()
    },
    **{
        f"a list's {name}": zipped(filled('{"jobs": [', value, "]}", LARGEST_PAGE_ANSWER), jobs=3)
        for name, value in VALUES.items()
    },
    "a list's keys": zipped('{"jobs": [], ' + ",".join(KEYS[: MOST_VALUES // 2 - 9]) + "}", jobs=3),
    "a list's keys beyond reading": zipped('{"jobs": [], ' + ",".join(KEYS) + "}", jobs=3),
    "a list's jobs": zipped(ENTRIES, jobs=3),
    "a result of many ids": scripted(Reply(body=IDS), WITH_IDS, vendor="http_job"),
    "an error's keys": scripted(Reply(status=503, body=WORDY)),
    "an error's secrets": scripted(Reply(status=503, body=SECRETIVE)),
}
