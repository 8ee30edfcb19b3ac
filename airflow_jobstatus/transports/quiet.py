"""Keeps out of the log what a library would repeat there of a server's answer."""

from __future__ import annotations

import logging

NOISY = ("urllib3.connection", "urllib3.connectionpool")
REPEATS = "Failed to parse headers"
"""urllib3 logs a malformed header with its URL and what follows it, which may echo a credential."""


def hush() -> None:
    """Drop urllib3's warning of headers that cannot be parsed; calling it again changes nothing."""
    for name in NOISY:
        logging.getLogger(name).addFilter(_is_harmless)


def _is_harmless(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith(REPEATS)
