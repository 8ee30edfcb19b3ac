"""An API that sends back what it was sent, as a careless one does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

SHORTEST_SECRET = 6
"""Shorter texts are parts of common words."""


def telling(secrets: Iterable[str]) -> list[str]:
    """Return the secrets that can be known again in a text, once each."""
    return [secret for secret in dict.fromkeys(secrets) if len(secret) >= SHORTEST_SECRET]


def echoed(secrets: Iterable[str]) -> str:
    """Return a text with all secrets, as they are and percent-encoded."""
    text = " ".join(secrets)
    return f"{text} {quote(text, safe='')}"


def echoing(value: Any, words: str, kept: frozenset[str]) -> Any:
    """Return a JSON value whose every text ends in some words.

    :param value: The JSON value.
    :param words: What each text is to end in.
    :param kept: Texts that stay as they are, such as status words.
    """
    if isinstance(value, dict):
        return {name: echoing(inner, words, kept) for name, inner in value.items()}
    if isinstance(value, list):
        return [echoing(inner, words, kept) for inner in value]
    return f"{value} {words}" if isinstance(value, str) and value not in kept else value


def leaks(text: str, secrets: Iterable[str]) -> list[str]:
    """Return where a text shows a secret, in any letter case, with what stands around it."""
    low, found = text.lower(), []
    for secret in secrets:
        at = low.find(secret.lower())
        if at >= 0:
            found.append(text[max(0, at - 60) : at + 60])
    return found
