"""Secrets that are planted, and the search for them."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from urllib.parse import quote

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
