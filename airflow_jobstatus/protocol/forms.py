"""The forms in which a secret may stand in a text: what it is composed of, and what encodes it."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode, urlsafe_b64encode
from urllib.parse import unquote

from airflow_jobstatus.protocol.bounds import SHORTEST_OF_COMPOSED, SHORTEST_PART

SCHEMES = frozenset({"basic", "bearer", "digest", "token", "apikey", "negotiate", "key"})
"""Words before a credential in a header field; they are no secrets."""
STANDARD = str.maketrans("-_", "+/")
"""Makes the base64 of URLs that of all else."""
JOINTS = re.compile(r"""[\s;,:|="']+""")
"""What stands between the parts of a composed secret."""


def parts_of(word: str) -> set[str]:
    """Return a secret and what of it is one by itself, such as the token of ``Bearer token``.

    :param word: The secret, as it was typed.
    """
    found = {word, unquote(word)}
    pieces = word.split()
    for piece in pieces if len(pieces) > 1 else ():
        found |= {piece, piece.partition("=")[2].strip("\"';,"), piece.strip("\"';,")}
    if "=" in word:
        found.add(word.partition("=")[2].strip("\"';, "))
    composed = {word, *pieces, *filter(_is_long, JOINTS.split(word))}
    found |= {piece.rstrip("=") for piece in composed}
    for piece in filter(_is_long, composed):
        found |= _pair(piece)
    return {
        part
        for part in found
        if part == word or (len(part) >= SHORTEST_PART and part.lower().strip(":") not in SCHEMES)
    }


def _pair(token: str) -> set[str]:
    """Return what a credential, such as that of ``Basic``, was joined of before it was encoded."""
    try:
        padded = token.translate(STANDARD) + "=" * (-len(token) % 4)
        pair = b64decode(padded, validate=True).decode()
    except ValueError:
        return set()
    _, joint, second = pair.partition(":")
    return {pair, second} if joint and pair.isprintable() else set()


def _is_long(piece: str) -> bool:
    return len(piece) >= SHORTEST_OF_COMPOSED


def encodings_of(word: str) -> set[str]:
    """Return what hex makes of a secret, and base64 wherever it stands in the text that is encoded.

    :param word: The secret, or a part of it.
    """
    plain = word.encode()
    forms = {plain.hex()}
    for shift in range(3):
        for encode in (b64encode, urlsafe_b64encode):
            encoded = encode(b"\0" * shift + plain).decode().rstrip("=")
            last = (shift + len(plain)) % 3
            core = encoded[(0, 2, 3)[shift] : len(encoded) - (1 if last else 0)]
            if len(core) > SHORTEST_PART:
                forms.add(core)
    return forms
