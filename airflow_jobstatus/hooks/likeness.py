"""Says whether two objects hold the same, as far as Python can tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from threading import Thread
from types import BuiltinMethodType, CellType, FunctionType, MethodType
from typing import Any

OPENED: Mapping[type, Sequence[str]] = {
    MethodType: ("__func__", "__self__"),
    BuiltinMethodType: ("__name__",),
    FunctionType: ("__code__", "__defaults__", "__kwdefaults__", "__closure__"),
    CellType: ("cell_contents",),
    partial: ("func", "args", "keywords"),
    Thread: (),
    Executor: (),
}
"""What some kinds hold that Python compares by identity; threads differ in their names alone."""


def are_alike(one: object, other: object, *, owners: tuple[object, object]) -> bool:
    """Return whether two objects hold the same.

    What knows no equality of its own, such as a client or a function, is alike if it is of one kind and holds
    what is alike; of what holds nothing that can be looked at, such as a lock, the kind alone counts.

    :param one: One of them.
    :param other: The other.
    :param owners: What holds the two. They are taken for alike, where the two lead back to them.
    """
    left = [(one, other)]
    seen = {_place(owners): owners}
    while left:
        pair = left.pop()
        if pair[0] is pair[1] or (place := _place(pair)) in seen:
            continue
        seen[place] = pair  # kept, so that no other object gets its number
        if type(pair[0]) is not type(pair[1]):
            return False
        held, others = map(_held, pair)
        if held is None or others is None:
            if not _are_equal(*pair):
                return False
        elif held.keys() != others.keys():
            return False
        else:
            left += [(value, others[name]) for name, value in held.items()]
    return True


def _place(pair: tuple[object, object]) -> tuple[int, int]:
    return id(pair[0]), id(pair[1])


def _held(value: Any) -> Mapping[Any, object] | None:
    """Return what a value holds, by any names; None for what knows itself what it is equal to."""
    if isinstance(value, dict):
        return value
    if isinstance(value, (list, tuple)):
        return dict(enumerate(value))
    kinds = type(value).__mro__[:-1]
    names = next((list(names) for kind, names in OPENED.items() if isinstance(value, kind)), None)
    if names is None:
        if any("__eq__" in vars(kind) for kind in kinds):
            return None
        names = [*getattr(value, "__dict__", ()), *(name for kind in kinds for name in _slots(kind))]
    return {name: _attribute(value, name) for name in names}


def _slots(kind: type) -> list[str]:
    slots = vars(kind).get("__slots__", ())
    names = [slots] if isinstance(slots, str) else list(slots)
    own = f"_{kind.__name__.lstrip('_')}"
    return [f"{own}{name}" if name.startswith("__") and not name.endswith("__") else name for name in names]


def _attribute(value: object, name: str) -> object:
    try:
        return getattr(value, name, None)
    except Exception:  # noqa: BLE001  such as that of an empty cell
        return None


def _are_equal(one: object, other: object) -> bool:
    try:
        return bool(one == other)
    except Exception:  # noqa: BLE001  whatever a comparison raises; then their kind counts
        return True
