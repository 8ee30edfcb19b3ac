"""Serves the JavaScript of the plugin, and nothing else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from airflow_jobstatus import __version__

NAME = "/app.js"
URL = f"{NAME}?v={__version__}"
"""Where the file is below the place at which the application is mounted."""
FOR_EVER = b"public, max-age=31536000, immutable"
"""For the URL of this version: its content never changes."""
ASK_AGAIN = b"no-cache"
"""For any other URL, such as that of another version while servers are upgraded one after the other."""

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
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _answer(scope: Message) -> tuple[int, Headers, bytes]:
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    if path != NAME or scope["method"] not in {"GET", "HEAD"}:
        return 404, [], b""
    body, etag = _file()
    is_this_version = scope["query_string"] == URL.partition("?")[2].encode()
    headers = [(b"etag", etag), (b"cache-control", FOR_EVER if is_this_version else ASK_AGAIN)]
    if dict(scope["headers"]).get(b"if-none-match") == etag:
        return 304, headers, b""
    headers += [(b"content-type", b"text/javascript; charset=utf-8"), (b"x-content-type-options", b"nosniff")]
    return 200, headers, body


@cache
def _file() -> tuple[bytes, bytes]:
    """Return the file and its ETag, read at the first request: every process of Airflow imports the plugin."""
    body = Path(__file__).with_name("app.js").read_bytes()
    return body, f'"{sha256(body).hexdigest()[:32]}"'.encode()
