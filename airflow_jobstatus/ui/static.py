"""Serves the JavaScript of the plugin, and nothing else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from airflow_jobstatus import __version__

PATH = "/app.js"
"""Where the file is below the place at which the application is mounted."""
OF_THIS_VERSION = f"v={__version__}".encode()
"""The query of the URL that the plugin gives out."""
FOR_EVER = b"public, max-age=31536000, immutable"
"""How long a browser may keep what it got from that URL."""
ASK_AGAIN = b"no-cache"
"""The same for any other URL, such as another version's while servers are upgraded one after the other."""

Message = MutableMapping[str, Any]
Headers = list[tuple[bytes, bytes]]


async def serve(
    scope: Message, _receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Answer one request, as an ASGI application.

    GET and HEAD of ``app.js`` get the file, or 304 where the browser has it; everything else gets 404.

    :param scope: The request.
    :param send: Takes the answer.
    """
    if scope["type"] != "http":
        return
    status, headers, body = _answer(scope)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _answer(scope: Message) -> tuple[int, Headers, bytes]:
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    if path != PATH or scope["method"] not in {"GET", "HEAD"}:
        return 404, [(b"content-length", b"0")], b""
    body, etag = _file()
    kept = FOR_EVER if scope["query_string"] == OF_THIS_VERSION else ASK_AGAIN
    headers = [(b"etag", etag), (b"cache-control", kept)]
    if dict(scope["headers"]).get(b"if-none-match") == etag:
        return 304, headers, b""
    headers += [
        (b"content-type", b"text/javascript; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"x-content-type-options", b"nosniff"),
    ]
    return 200, headers, body


@cache
def _file() -> tuple[bytes, bytes]:
    """Return the file and its ETag."""
    body = Path(__file__).with_name("app.js").read_bytes()
    return body, f'"{sha256(body).hexdigest()[:32]}"'.encode()
