"""Keeps out of the log what a library would repeat there of a request or of a server's answer."""

from __future__ import annotations

import logging

NOISY = ("urllib3.connection", "urllib3.connectionpool", "urllib3.util.retry", "aiohttp.internal")
REPEATS = ("Failed to parse headers", "Can not load cookie", "Cannot load cookie")
"""urllib3 logs a malformed header with its URL and what follows it, aiohttp the name of a malformed cookie: a
credential may be echoed there."""


def hush() -> None:
    """Drop warnings of headers and cookies that cannot be parsed, and cut the query off every logged URL.

    A query may hold a key, or be what signs a link to results. It is cut for every library of the process.
    Calling this again changes nothing.
    """
    for name in NOISY:
        logging.getLogger(name).addFilter(_is_harmless)


def _is_harmless(record: logging.LogRecord) -> bool:
    if isinstance(record.args, tuple):
        record.args = tuple(_without_query(value) for value in record.args)
    return not str(record.msg).startswith(REPEATS)


def _without_query(value: object) -> object:
    if not isinstance(value, str):
        return value
    path, mark, _ = value.partition("?")
    return f"{path}?..." if mark else path
