"""Reads the head and the body of an answer within bounds, alike for both HTTP libraries."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Iterator, Mapping

from airflow_jobstatus.protocol.bounds import (
    LARGEST_HEAD,
    LONGEST_FIELD,
    MOST_FIELDS,
    MOST_MEMBERS,
    MOST_VALUES,
)
from airflow_jobstatus.protocol.checks import TOKEN
from airflow_jobstatus.protocol.errors import Layer, TransportError

AUTO = zlib.MAX_WBITS | 32
"""What zlib takes for gzip or its own format, whichever comes."""
ZLIB_METHOD = 8
PART = 256 * 1024
"""How many bytes are decoded at once: as many as a poll's answer may have."""
GZIP = b"\x1f"
"""The first byte of gzip."""
MARKS = (b",", b":", b"[", b"{")
"""What stands before each value and each key of a JSON body."""
BREAKS = frozenset("\0\r\n")
BROKEN = "the answer broke off or cannot be decoded"


def read_head(fields: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the header fields of an answer, names in lower case, those of one name joined by a comma.

    :param fields: The fields as they came.
    :raises TransportError: if they are too many or too long, or break the rules of HTTP. One of the two
        libraries takes such an answer, and the other does not.
    """
    head: dict[str, str] = {}
    size = 0
    for number, (name, value) in enumerate(fields, 1):
        length = len(name) + len(value)
        size += length
        if number > MOST_FIELDS:
            raise TransportError(f"the answer has more than {MOST_FIELDS} header fields", Layer.BODY)
        if length > LONGEST_FIELD:
            raise TransportError(f"the answer has a header field over {LONGEST_FIELD} bytes", Layer.BODY)
        if size > LARGEST_HEAD:
            raise TransportError(f"the header of the answer is longer than {LARGEST_HEAD} bytes", Layer.BODY)
        if not TOKEN.fullmatch(name) or not BREAKS.isdisjoint(value):
            raise TransportError("the answer has a header field that HTTP does not allow", Layer.BODY)
        key = name.lower()
        head[key] = f"{head[key]}, {value}" if key in head else value
    said = head.get("content-length")
    if said is not None and not (said.isascii() and said.isdigit() and "transfer-encoding" not in head):
        raise TransportError("the answer says in two ways, or in none, how long it is", Layer.BODY)
    return head


def instead_of(error: TransportError, status: int) -> bytes:
    """Return what stands for a body that cannot be read: an error says enough by its code and its header.

    :param error: Why not.
    :param status: The HTTP code.
    :raises TransportError: that error, if the code is one of success.
    """
    if status < 300:  # noqa: PLR2004  HTTP's own classes of success
        raise error
    return str(error).encode()


class Decoder:
    """Decodes the pieces of a body as they come, a part at a time.

    The libraries' own decoders unpack a whole piece at once, a thousand times its size.

    :param head: The header fields, names in lower case.
    :param most_members: The most members of a body of gzip; as many as there are by default.
    :raises TransportError: if the body is encoded in a way that was not asked for.
    """

    def __init__(self, head: Mapping[str, str], most_members: float = math.inf) -> None:
        encoding = head.get("content-encoding", "").strip().lower()
        framing = head.get("transfer-encoding", "").strip().lower()
        known = {"", "identity", "gzip", "x-gzip", "deflate"}
        if encoding not in known or framing not in {"", "identity", "chunked"}:
            raise TransportError("the answer is encoded in a way that was not asked for", Layer.BODY)
        self._is_encoded = encoding not in {"", "identity"}
        self._decoder: zlib._Decompress | None = None
        self._members = 1
        self._most_members = most_members

    def decode(self, piece: bytes) -> Iterator[bytes]:
        """Yield what a piece decodes to, in parts of at most 256 KiB.

        :raises TransportError: if it cannot be decoded.
        """
        if not self._is_encoded:
            yield piece
            return
        try:
            while piece and (decoder := self._decoder_for(piece)):
                part = decoder.decompress(piece, PART)
                while part:
                    yield part
                    part = decoder.decompress(decoder.unconsumed_tail, PART)
                piece = decoder.unused_data
        except zlib.error as error:
            raise TransportError(BROKEN, Layer.BODY) from error

    def end(self) -> None:
        """Take note that the body is over.

        :raises TransportError: if it broke off.
        """
        if self._decoder is not None and not self._decoder.eof:
            raise TransportError(BROKEN, Layer.BODY)

    def is_whole(self, *, has_end: bool) -> bool:
        """Return whether the body that is over came to its end.

        :param has_end: Whether HTTP tells its end; an encoding has an end of its own.
        """
        return self._decoder is not None and self._decoder.eof if self._is_encoded else has_end

    def _decoder_for(self, piece: bytes) -> zlib._Decompress | None:
        """Return what decodes the next bytes, None where the encoded body is over and they are no part of it.

        A body of gzip may be several, one after the other (RFC 1952, section 2.2).
        """
        if self._decoder is None:
            # Some servers send "deflate" without zlib's two bytes in front.
            is_bare = piece[0] & 0x0F != ZLIB_METHOD and piece[:1] != GZIP
            self._decoder = zlib.decompressobj(-zlib.MAX_WBITS if is_bare else AUTO)
        elif self._decoder.eof:
            if piece[:1] != GZIP:
                self._most_members = 0  # whatever follows is no part of the body either
            self._members += 1
            if self._members > self._most_members:
                return None
            self._decoder = zlib.decompressobj(AUTO)
        return self._decoder


class Body:
    """Holds the body of an answer, decoded, but never more than its limit.

    :param head: The header fields, names in lower case.
    :param limit: The most bytes that it may have.
    :raises TransportError: if it is encoded in a way that was not asked for.
    """

    def __init__(self, head: Mapping[str, str], limit: int) -> None:
        self._decoder = Decoder(head, MOST_MEMBERS)
        self._limit = limit
        self._bytes = bytearray()

    def feed(self, piece: bytes) -> None:
        """Take the next piece.

        :raises TransportError: if the body is too long, or cannot be decoded.
        """
        for part in self._decoder.decode(piece):
            self._bytes += part
            if len(self._bytes) > self._limit:
                raise TransportError(f"the answer is longer than {self._limit} bytes", Layer.BODY)

    def end(self) -> bytes:
        """Return the whole body.

        :raises TransportError: if it broke off, or has more values than a JSON body may have.
        """
        self._decoder.end()
        if len(self._bytes) > MOST_VALUES and sum(map(self._bytes.count, MARKS)) > MOST_VALUES:
            raise TransportError(f"the answer has more than {MOST_VALUES} values", Layer.BODY)
        return bytes(self._bytes)
