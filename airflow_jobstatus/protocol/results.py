"""Where the results of a job are, as facts of a vendor; ``fetching.py`` fetches them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from airflow_jobstatus.protocol import checks
from airflow_jobstatus.protocol.expressions import Expression
from airflow_jobstatus.protocol.facts import REFUSALS, with_parameter

ANY = MappingProxyType({"file": "*/*"})
"""The format of a file of which nothing is known."""
LINES = "ndjson"
"""The format of records that come in pages: JSON, one record a line."""
JSON_TYPE = "application/json"
WITHOUT_ANSWER = frozenset({202, 204, 205})
"""The codes of a call that was understood and has no answer yet."""


@dataclass(frozen=True, kw_only=True)
class Results:
    """Where the results of a job are, and how they come.

    An answer may be the file itself. Where ``link`` or ``records`` is declared, an answer in JSON holds a
    link to the file, or a page of records, which are written as one JSON value a line.

    :param path: The path of the call that gets them, ``{id}`` standing for the job's id; None, the default,
        where the job itself holds the link.
    :param output: The name of the output of the job that is the link; None, the default, where there is a
        ``path``.
    :param link: The expression of the link in the answer, or several of which the first that finds something
        counts; an empty text means not yet. None by default.
    :param records: The expression of the list of records on a page, or several; none by default.
    :param cursor: The expression of the next page's cursor; None, the default, where there is one page.
    :param more: The expression of what is false on the last page, though it may name a cursor; None, the
        default, where the last page names none.
    :param parameter: The query parameter of the cursor, percent-encoded; ``cursor`` by default.
    :param formats: The media type to ask for, by the name of each format that the call offers, the usual one
        first; by default one, of which nothing is known.
    :param format_parameter: The query parameter in which the call wants the format's name; None, the
        default, where the media type says it.
    :param unready_codes: The HTTP codes that say that the results are not there yet, besides 202, 204 and
        205; none by default.
    :raises InvalidVendorError: if one of them cannot be used.
    """

    path: str | None = None
    output: str | None = None
    link: str | Sequence[str] = ()
    records: str | Sequence[str] = ()
    cursor: str | None = None
    more: str | None = None
    parameter: str = "cursor"
    formats: Mapping[str, str] = field(default_factory=lambda: ANY)
    format_parameter: str | None = None
    unready_codes: frozenset[int] = frozenset()
    _link: tuple[Expression, ...] = field(init=False, repr=False, compare=False)
    _records: tuple[Expression, ...] = field(init=False, repr=False, compare=False)
    _cursor: Expression | None = field(init=False, repr=False, compare=False)
    _more: Expression | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if (self.path is None) is (self.output is None):
            checks.refuse(self, "path", self.path, "given where output is not, and the other way round")
        if self.path is not None:
            checks.path(self, "path", of_a_job=True)
        else:
            checks.text(self, "output")
            for name in ("link", "records", "cursor", "more", "format_parameter"):
                if getattr(self, name):
                    checks.refuse(self, name, getattr(self, name), "left out where output is the link")
        checks.parameter(self, "parameter")
        if self.format_parameter is not None:
            checks.parameter(self, "format_parameter")
        formats = checks.mapping(self, "formats", str)
        if not formats:
            checks.refuse(self, "formats", self.formats, "a mapping with at least one format")
        codes = checks.codes(self, "unready_codes")
        if codes & REFUSALS:
            checks.refuse(
                self, "unready_codes", self.unready_codes, "codes of what is to come, not 401 or 403"
            )
        cursor = None if self.cursor is None else checks.expression(self, "cursor", self.cursor)
        object.__setattr__(self, "formats", MappingProxyType(formats))
        object.__setattr__(self, "unready_codes", codes | WITHOUT_ANSWER)
        object.__setattr__(self, "_link", checks.expressions(self, "link", self.link, may_be_empty=True))
        records = checks.expressions(self, "records", self.records, may_be_empty=True)
        object.__setattr__(self, "_records", records)
        object.__setattr__(self, "_cursor", cursor)
        more = None if self.more is None else checks.expression(self, "more", self.more)
        object.__setattr__(self, "_more", more)

    def page_path(self, path: str, name: str, cursor: str | None) -> str:
        """Return the path of a page, with its query.

        :param path: The path of the call, the job's id in its place.
        :param name: The name of the format.
        :param cursor: The page's cursor; None for the first page.
        """
        if self.format_parameter is not None:
            path = with_parameter(path, self.format_parameter, name)
        return path if cursor is None else with_parameter(path, self.parameter, cursor)

    def is_answer(self, media_type: str, accepts: str) -> bool:
        """Return whether an answer of a media type is about the results, and not the file itself.

        :param media_type: The media type, in lower case; empty where the answer names none.
        :param accepts: The media type that was asked for.
        """
        if not (self._link or self._records):
            return False
        is_json = media_type.endswith(("/json", "+json"))
        return is_json or not media_type or (accepts == JSON_TYPE and media_type == "text/plain")

    def link_in(self, body: object) -> str | None:
        """Return the link in a JSON body: an empty one means not yet, None that there is none."""
        found = (at.first(body) for at in self._link)
        return next((link for link in found if isinstance(link, str)), None)

    def records_in(self, body: object) -> list[Any] | None:
        """Return the records in a JSON body, None where there is no list of them."""
        found = (at.whole(body) for at in self._records)
        return next((records for records in found if isinstance(records, list)), None)

    def cursor_in(self, body: object) -> str | None:
        """Return the cursor of the next page, None on the last one.

        :raises ValueError: if there is a next page whose cursor cannot be used.
        """
        more = None if self._more is None else self._more.first(body)
        found = None if self._cursor is None or more is False else self._cursor.first(body)
        if isinstance(found, int) and not isinstance(found, bool):
            return str(found)
        if found is None or found is False or found == "":
            if more is True:
                raise ValueError("a page says that there are more, and names no cursor")
            return None
        if not (isinstance(found, str) and found.isprintable()):
            raise ValueError("the cursor of a page is no text")
        return found
