"""Reads the fields of a declaration that is JSON; each refusal names the field and what it may be."""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, NoReturn

from airflow_jobstatus.protocol.errors import HIDDEN, LONGEST_SHOWN, MISSING, InvalidVendorError

OWNER = "extra"
FIELD = re.compile(r"[a-z][a-z_-]{0,29}", re.IGNORECASE | re.ASCII)


class UnknownFieldError(InvalidVendorError):
    """A declaration has a field that nobody reads; what cannot be meant as a name is not repeated.

    :param place: The object that has it; empty for the extra itself.
    :param key: The field's name in there.
    :param known: The names that it may be.
    :param elsewhere: Names of what belongs into a field of the connection, by that field; none by default.
    """

    def __init__(
        self,
        place: str,
        key: str,
        known: Iterable[str],
        elsewhere: Mapping[str, Container[str]] | None = None,
    ) -> None:
        self.place = f"{OWNER}.{place}" if place else OWNER
        self.key = key
        self.known = tuple(known)
        self.elsewhere = elsewhere or {}
        super().__init__(OWNER, f"{place}.{key}" if place else key, HIDDEN, f"one of {', '.join(self.known)}")

    @property
    def advice(self) -> str:
        """What is meant or may be, without the name."""
        return f"{self.place} has an unknown field; {self._hint}"

    def __str__(self) -> str:
        if FIELD.fullmatch(self.key):
            return f"{self.place}.{self.key} is not a known field; {self._hint}"
        return self.advice

    @property
    def _hint(self) -> str:
        last = self.key[-LONGEST_SHOWN:].lower()
        bare = last.replace("_", "").replace("-", "")
        folded = {name.lower(): name for name in self.known}
        near = get_close_matches(last, folded, n=1, cutoff=0.6)
        hint = f"did you mean {folded[near[0]]!r}?" if near else f"the fields are {', '.join(self.known)}"
        if field := next((field for field, names in self.elsewhere.items() if bare in names), None):
            return f"the {field} of the connection is the place for it"
        return hint


class Fields:
    """The fields of one JSON object of a declaration.

    :param value: The object, or the JSON text of one, as a form without an editor has it.
    :param name: What the object is called; empty for the extra itself.
    :param known: The names that its fields may have; by default those were checked before.
    :param secret: Whether what the fields hold must not be shown.
    """

    def __init__(
        self, value: object, name: str, known: Iterable[str] | None = None, *, secret: bool = False
    ) -> None:
        self.name = name
        self.secret = secret
        found = as_json(value)
        if not isinstance(found, Mapping):
            raise InvalidVendorError(OWNER, name, HIDDEN if secret else value, "a JSON object")
        self._values = {key: inner for key, inner in found.items() if inner is not None and inner != ""}
        if known is not None:
            self.demand(known)

    def demand(self, known: Iterable[str], elsewhere: Mapping[str, Container[str]] | None = None) -> None:
        """Refuse a field of another name.

        :param known: The names that fields may have.
        :param elsewhere: Names of what belongs into a field of the connection, by that field.
        :raises UnknownFieldError: naming the field, and what is meant or may be.
        """
        known = tuple(known)
        for key in self._values:
            if key not in known:
                raise UnknownFieldError(self.name, key, known, elsewhere)

    def of(self, key: str) -> str:
        """Return the whole name of a field."""
        return f"{self.name}.{key}" if self.name else key

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def get(self, key: str, default: Any = None) -> Any:
        """Return what a field holds."""
        return self._values.get(key, default)

    def refuse(self, key: str, may_be: str) -> NoReturn:
        """Refuse what a field holds.

        :raises InvalidVendorError: always.
        """
        value = self._values.get(key, MISSING)
        shown = HIDDEN if self.secret and value is not MISSING else value
        raise InvalidVendorError(OWNER, self.of(key), shown, may_be)

    def text(self, key: str, may_be: str, default: Any = None) -> Any:
        """Return the text that a field holds; ``...`` as the default for a field that must be there."""
        value = self._values.get(key, default)
        if value is ... or not (value is default or isinstance(value, str)):
            self.refuse(key, may_be)
        return value.strip() if isinstance(value, str) else value

    def mapping(self, key: str, may_be: str) -> dict[str, Any]:
        """Return the object that a field holds, an empty one where there is none."""
        value = as_json(self._values.get(key, {}))
        if not isinstance(value, Mapping):
            self.refuse(key, may_be)
        return dict(value)

    def texts(self, key: str, may_be: str) -> dict[str, str]:
        """Return the object of texts that a field holds, an empty one where there is none."""
        found = self.mapping(key, may_be)
        for name, inner in found.items():
            if not isinstance(inner, str):
                shown = HIDDEN if self.secret else inner
                raise InvalidVendorError(OWNER, f"{self.of(key)}[{name!r}]", shown, "a text")
        return found


def as_json(value: object) -> Any:
    """Return a value; that of a JSON text where it is one of an object or a list."""
    if isinstance(value, str) and value.strip()[:1] in {"{", "["}:
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value
