"""Says whether a value that came back from JSON is of the kind that its field is declared with."""

from __future__ import annotations

from collections.abc import Mapping

KINDS: Mapping[str, type | tuple[type, ...]] = {
    "str": str,
    "bool": bool,
    "int": int,
    "float": (int, float),
    "Mapping[str, int]": Mapping,
    "Mapping[str, Any]": Mapping,
}


def fits(value: object, kind: str) -> bool:
    """Return whether a value is of a kind; of a kind that is none of JSON's, every value is.

    :param value: The value.
    :param kind: The field's annotation, such as ``float | None``.
    """
    base, _, optional = kind.partition(" | ")
    if value is None:
        return bool(optional)
    if isinstance(value, bool):
        return base == "bool"
    return isinstance(value, KINDS.get(base, object))
