"""Secrets that are planted, and the search for them."""

from __future__ import annotations

import html
import json
import traceback
from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

KEY = "pk_planted-Key.QQWWEERR00"
CLIENT_ID = "client-id-that-may-be-shown"
TOKEN = "planted-Token-ZZTTRRUU11"
PROXY_PASSWORD = "planted@Proxy:MMNNBBVV22"
GATEWAY = "planted Gateway/+;XXCCVVBB33"
CALLBACK = "whsec_planted_AASSDDFF44"

PLANTED = {
    "key": KEY,
    "token": TOKEN,
    "proxy password": PROXY_PASSWORD,
    "gateway header": GATEWAY,
    "callback secret": CALLBACK,
}
ECHO = f"{KEY} {GATEWAY} {PROXY_PASSWORD}"
"""The secrets that a server or a proxy gets, as a careless one would send them back."""
ECHO_QUOTED = quote(ECHO, safe="")


@dataclass(frozen=True)
class Leak:
    """A secret in a text."""

    what: str
    where: str


def leaks(text: str, *, but: str = "") -> list[Leak]:
    """Give the planted secrets that a text holds, whole or by a telling part, in any letter case.

    :param but: A secret that does not count, where nobody could have known it as one.
    """
    low = text.lower()
    found = []
    for what, secret in PLANTED.items():
        if what == but:
            continue
        core = secret[-10:].lower()
        at = low.find(core)
        if at >= 0:
            found.append(Leak(what, text[max(0, at - 80) : at + 80]))
    return found


def shown(error: BaseException) -> str:
    """Give everything that a log could show of an error, with all that it was made from."""
    chain = "".join(traceback.format_exception(error))
    return "\n".join([str(error), repr(error), chain])


ENCODINGS = {
    "as it is": str,
    "in capitals": str.upper,
    "quote": quote,
    "quote whole": lambda word: quote(word, safe=""),
    "quote_plus": quote_plus,
    "quoted twice": lambda word: quote(quote(word, safe=""), safe=""),
    "every byte quoted": lambda word: "".join(f"%{ord(c):02x}" for c in word),
    "HTML": html.escape,
    "HTML numbers": lambda word: "".join(f"&#{ord(c)};" for c in word),
    "HTML hexadecimal": lambda word: "".join(f"&#x{ord(c):x};" for c in word),
    "JSON": json.dumps,
    "JSON in JSON": lambda word: json.dumps(json.dumps(word)),
    "JSON numbers": lambda word: "".join(f"\\u{ord(c):04x}" for c in word),
    "base64": lambda word: b64encode(word.encode()).decode(),
    "base64 for URLs": lambda word: urlsafe_b64encode(word.encode()).decode(),
    "base64 behind an id": lambda word: b64encode(f"id:{word}".encode()).decode(),
    "base64 in a text": lambda word: b64encode(f"is: {word} - no".encode()).decode(),
    "hexadecimal": lambda word: word.encode().hex(),
    "zero width": "\u200b".join,
    "NUL": "\0".join,
    "split": "\n ".join,
}
"""How a careless server may send a secret back."""
