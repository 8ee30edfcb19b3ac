"""Reads single values out of a job's JSON: status words, counts, percentages, times and results."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import pendulum

from airflow_jobstatus.protocol.bounds import LARGEST_COUNT, LARGEST_OUTPUT, LONGEST_MOMENT, LONGEST_WORD
from airflow_jobstatus.protocol.expressions import Expression
from airflow_jobstatus.protocol.facts import Records
from airflow_jobstatus.protocol.text import Secrets, each_text, visible

UNSTORABLE = re.compile("[\\x00\\ud800-\\udfff]")
DIGITS = re.compile(r"\d{1,16}", re.ASCII)
PERCENTAGE = re.compile(r"\d{1,6}(\.\d{1,15})? ?%?", re.ASCII)
FIRST_MILLISECOND = 1e11
"""As seconds this is the year 5138, as milliseconds 1973."""
LATEST_MILLISECOND = 1e14
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(\.\d{1,6})?\d*(Z|[+-]\d\d:?\d\d)?", re.ASCII)
ZERO_YEAR = 1


def word_of(value: object) -> str:
    """Return a status as text, empty where there is none; a number or a boolean is read as JSON writes it."""
    if isinstance(value, str):
        return (value if value.isascii() and value.isprintable() else visible(value)).strip()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)[: LONGEST_WORD + 1] if isinstance(value, (int, float)) else ""


def outputs_of(value: object, declared: Iterable[tuple[str, Expression]], secrets: Secrets) -> dict[str, Any]:
    """Return what is there of the declared results, without secrets.

    What is larger than an XCom should be is left out, and what is no JSON, such as ``&a`` in JMESPath.
    """
    outputs = {}
    for name, at in declared:
        found = at.whole(value)
        try:
            if found is not None and len(json.dumps(found, allow_nan=False)) <= LARGEST_OUTPUT:
                outputs[name] = secrets.keep(each_text(found, _storable))
        except (TypeError, ValueError, RecursionError):
            continue
    return outputs


def _storable(text: str) -> str:
    """Return a text without the characters that a database refuses: NUL, and halves of surrogates."""
    return text if text.isprintable() else UNSTORABLE.sub("\ufffd", text)


def share_of(value: object) -> float | None:
    """Return the share that a percentage says, a number or the text of one."""
    if isinstance(value, str) and PERCENTAGE.fullmatch(value):
        value = float(value.rstrip("% "))
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < LARGEST_COUNT:
        return None
    return min(value / 100, 1.0)


def count_of(value: object, lenient: bool) -> int | None:  # noqa: FBT001  one for each counter of each poll
    """Return a counter, None for what is none; to a lenient vendor digits are one too."""
    if lenient and isinstance(value, str) and DIGITS.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if isinstance(value, float) and not (math.isfinite(value) and value.is_integer()):
        return None
    return int(value) if 0 <= value <= LARGEST_COUNT else None


def records_of(declared: Records, counters: Mapping[str, int]) -> dict[str, int | None]:
    """Return the counts that all vendors share, by the name of the field of a job."""
    names = {"total": declared.total, "succeeded": declared.succeeded, "failed": declared.failed}
    records = {field: counters.get(name) if name else None for field, name in names.items()}
    if declared.processed:
        records["processed"] = counters.get(declared.processed)
    elif records["succeeded"] is not None and records["failed"] is not None:
        records["processed"] = records["succeeded"] + records["failed"]
    return records


def moment_of(job: object, places: Iterable[Expression], lenient: bool) -> pendulum.DateTime | None:  # noqa: FBT001
    """Return the first time that can be read."""
    for at in places:
        text = at.first(job)
        if lenient and (epoch := _epoch(text)) is not None:
            return epoch
        if isinstance(text, str) and len(text) <= LONGEST_MOMENT and (moment := _parsed(text)):
            return moment
    return None


def _epoch(value: object) -> pendulum.DateTime | None:
    """Return the time that a number of seconds or milliseconds since 1970 stands for; zero is none."""
    if isinstance(value, str) and DIGITS.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < LATEST_MILLISECOND:
        return None
    milliseconds = value if value >= FIRST_MILLISECOND else value * 1000
    return _since_1970(int(milliseconds // 1000), round(milliseconds % 1000 * 1000))


@lru_cache(maxsize=8192)
def _since_1970(seconds: int, microseconds: int) -> pendulum.DateTime:
    return pendulum.datetime(1970, 1, 1).add(seconds=seconds, microseconds=microseconds)


@lru_cache(maxsize=8192)  # the same times are read at every poll, and a list holds a hundred of them
def _parsed(text: str) -> pendulum.DateTime | None:
    """Return a time to the microsecond in UTC; None for what is unreadable and for the zero time."""
    match = MOMENT.fullmatch(text.strip())
    if match is None:
        return None
    try:
        moment = pendulum.parse("".join(part or "" for part in match.groups()))
        if isinstance(moment, pendulum.DateTime) and moment.year > ZERO_YEAR:
            return moment.in_timezone("UTC")
    except (ValueError, OverflowError):
        pass
    return None
