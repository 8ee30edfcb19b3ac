"""Turns text from outside into text of ours: decode, drop what is invisible, redact, and cut last."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from html import unescape
from string import ascii_lowercase, ascii_uppercase
from typing import Any
from unicodedata import category
from urllib.parse import unquote_to_bytes

from airflow_jobstatus.protocol.bounds import (
    LONGEST_SAID,
    MOST_DECODINGS,
    SHORTEST_KEPT,
    SHORTEST_PART,
    SHOWN,
)
from airflow_jobstatus.protocol.forms import encodings_of, parts_of

HIDDEN = "***"
BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks that show nothing, although Unicode counts them as printable."""
ENCODED = re.compile(
    r"(?:%[0-9a-f]{2})+|&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30});"
    r"|\\+u[0-9a-f]{4}|\\+x[0-9a-f]{2}|\\+[\"'/\\]",
    re.IGNORECASE,
)
BROKEN_END = re.compile(r"(?:%[0-9a-f]?|&#?[a-z0-9]{0,31}|\\+(?:u[0-9a-f]{0,3}|x[0-9a-f]?)?)$", re.IGNORECASE)
"""What a cut leaves of an encoded character."""
URL = re.compile(
    r"(?<![a-z0-9+.-])([a-z][a-z0-9+.-]{1,15}:(?:\\?/){2})([^\s\"<>?#]*)([?#][^\s\"<>]*)?", re.IGNORECASE
)
NAMED = re.compile(
    r"((?:secret|token|passw(?:or)?d|(?:api|access|auth)[_-]?key|signature|authorization|credential|\bsig\b)"
    r"[\w-]*(?:\s*=\s*[\"']?|[\"']\s*:\s*[\"']))([^\s\"'<>&,;]{4,})",
    re.IGNORECASE,
)
"""A secret in a text that gives its name: ``token=...``, ``"token": "..."``."""
PASSED_OVER = "+\\ \t\n"
"""What does not count where texts are compared: servers wrap, quote and escape."""
FOLDED = str.maketrans(ascii_uppercase, ascii_lowercase, PASSED_OVER)
SIGNED = re.compile(r"\b(bearer|basic)(\s+)([A-Za-z0-9._~+/=-]{12,})", re.IGNORECASE)


class Secrets:
    """Hides the secrets of one account in texts; shows none itself.

    :param words: The secrets: whole header values and proxy credentials too, as they were typed.
    """

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._words = frozenset(filter(None, words))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self._words)})"

    def __or__(self, words: Iterable[str]) -> Secrets:
        """Return these secrets and others."""
        more = frozenset(filter(None, words)) - self._words
        return Secrets(self._words | more) if more else self

    def ours(self, text: str | bytes, limit: int = SHOWN, *, cut: bool = False) -> str:
        """Return a text from outside as it may be shown: on one line, without secrets, cut to a limit.

        :param text: The text, or the bytes of one.
        :param limit: The most characters of the result.
        :param cut: Whether the text is the begin of a longer one.
        """
        shown = " ".join(self.redact(text, cut=cut).split())
        return shown if len(shown) <= limit else shown[: limit - 1] + "…"

    def redact(self, text: str | bytes, *, cut: bool = False) -> str:
        """Return a text decoded, without invisible characters and secrets; overlong ones are cut.

        :param text: The text, or the bytes of one.
        :param cut: Whether it is the begin of a longer one.
        """
        cut = cut or len(text) > LONGEST_SAID
        text = _decoded(text[:LONGEST_SAID], cut=cut)
        text = URL.sub(_bare_url, text)
        text = self._hide(text, self._needles, least=1 if cut else SHORTEST_PART * 2)
        text = SIGNED.sub(lambda found: f"{found[1]}{found[2]}{HIDDEN}", text)
        return NAMED.sub(lambda found: f"{found[1]}{HIDDEN}", text)

    def keep(self, value: Any) -> Any:
        """Return a JSON value from outside as it may be kept: without secrets, and otherwise as it is.

        A URL keeps the query that signs it, and a secret that is too short to be told from a common word
        stays.

        :param value: The value, whose texts are searched at any depth, the names of fields too.
        """
        return each_text(value, self._kept) if self._may_be_in(",".join(_texts(value))) else value

    def _may_be_in(self, text: str) -> bool:
        """Return whether the begin of a secret is in a text: a quick look at many texts at once."""
        forms = [form.translate(FOLDED) for form in {text, _unwrapped(text)}]
        return any(head in form for form in forms for head in self._heads)

    def _kept(self, text: str) -> str:
        needles = self._telling_needles
        for form in dict.fromkeys((text, _unwrapped(text))):
            folded = form.translate(FOLDED)
            if any(needle in folded for needle in needles) or self._begun(folded, least=SHORTEST_KEPT):
                return self._hide(form, needles, least=SHORTEST_KEPT)
        return text

    def _hide(self, text: str, needles: Iterable[str], *, least: int) -> str:
        """Return a text with needles hidden, and at its end so many characters or more of a cut secret."""
        folded, places = _folded(text)
        spans = []
        for needle in needles:
            at = folded.find(needle)
            while at >= 0:
                spans.append((places[at], places[at + len(needle) - 1] + 1))
                at = folded.find(needle, at + 1)
        ended = folded.rstrip(".…")
        if begun := self._begun(ended, least=least):
            spans.append((places[len(ended) - begun], places[len(ended) - 1] + 1))
        return _without(text, spans)

    def _begun(self, folded: str, *, least: int) -> int:
        """Return how many characters at the end of a text could be the begin of a secret that was cut."""
        longest = 0
        for needle in self._needles:
            head = needle[:least]
            at = folded.find(head, max(0, len(folded) - len(needle) + 1))
            while at >= 0 and len(folded) - at > longest:
                if needle.startswith(folded[at:]):
                    longest = len(folded) - at
                at = folded.find(head, at + 1)
        return longest

    @cached_property
    def _needles(self) -> tuple[str, ...]:
        """What is searched for in a folded text, the longest first."""
        words = {part for word in self._words for part in parts_of(word)}
        forms = {_decoded(word, cut=False) for word in words} | words
        forms |= {form for word in words if len(word) >= SHORTEST_PART for form in encodings_of(word)}
        found = {form.translate(FOLDED) for form in forms}
        return tuple(sorted(filter(None, found), key=len, reverse=True))

    @cached_property
    def _telling_needles(self) -> tuple[str, ...]:
        return tuple(needle for needle in self._needles if len(needle) >= SHORTEST_KEPT)

    @cached_property
    def _heads(self) -> frozenset[str]:
        return frozenset(needle[:SHORTEST_KEPT] for needle in self._telling_needles)


def visible(text: str) -> str:
    """Return a text without what nobody sees: control, zero-width, bidirectional and blank characters.

    :param text: The text; each kind of blank becomes a space.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(" " if c.isspace() else c for c in text if c.isspace() or _is_visible(c))


def each_text(value: Any, change: Callable[[str], str]) -> Any:
    """Return a JSON value with each of its texts changed, at any depth, the names of fields too.

    :param value: The JSON value.
    :param change: Returns what becomes of a text.
    """
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [each_text(inner, change) for inner in value]
    if isinstance(value, dict):
        return {change(name): each_text(inner, change) for name, inner in value.items()}
    return value


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts of a JSON value at any depth, the names of fields too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from _texts(inner)


def _is_visible(character: str) -> bool:
    if not character.isprintable():
        return False
    selector = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    mongolian = "\u180b" <= character <= "\u180f"
    return not (selector or mongolian or character in BLANK_LETTERS or category(character) == "Cn")


def _decoded(text: str | bytes, *, cut: bool) -> str:
    """Return a text whose characters stand for themselves, however often they were encoded."""
    if isinstance(text, bytes):
        wide = text[:2] in {b"\xff\xfe", b"\xfe\xff"}
        text = text.decode("utf-16" if wide else "utf-8", "replace")
    text = visible(text)
    if cut:
        text = BROKEN_END.sub("", text)
    for _ in range(MOST_DECODINGS):
        if not ENCODED.search(text):
            return text
        text = URL.sub(_bare_url, text)  # before a blank comes out of its query
        text = visible(ENCODED.sub(_character, text))
    return ENCODED.sub(HIDDEN, text)


def _unwrapped(text: str) -> str:
    """Return a text whose characters stand for themselves, its URLs whole."""
    text = visible(text)
    for _ in range(MOST_DECODINGS):
        if not ENCODED.search(text):
            break
        text = visible(ENCODED.sub(_character, text))
    return text


def _character(found: re.Match[str]) -> str:
    unit = found[0]
    if unit[0] == "%":
        return unquote_to_bytes(unit).decode("utf-8", "replace")
    if unit[0] == "&":
        character = unescape(unit)
        return "" if character == unit and unit[1] == "#" else _once(character, unit)
    bare = unit.lstrip("\\")
    return chr(int(bare[1:], 16)) if len(bare) > 1 else bare or "\\"


def _once(character: str, unit: str) -> str:
    """Return a decoded entity; one that nobody knows loses its mark, so that it is not read again."""
    return character if character != unit else unit[1:]


def _bare_url(found: re.Match[str]) -> str:
    """Return a URL without its user and its query, which signs what is presigned."""
    place = found[2].rpartition("@")[2]
    return f"{found[1]}{place}{f'?{HIDDEN}' if found[3] else ''}"


def _folded(text: str) -> tuple[str, list[int]]:
    """Return a text as it is compared, and where each of its characters stood.

    The case of ASCII letters does not count either.
    """
    places = [place for place, character in enumerate(text) if character not in PASSED_OVER]
    return text.translate(FOLDED), places


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    pieces, end = [], 0
    for start, stop in sorted(spans):
        if stop <= end:
            continue
        if start >= end:
            pieces += [text[end:start], HIDDEN]
        end = stop
    return "".join([*pieces, text[end:]])
