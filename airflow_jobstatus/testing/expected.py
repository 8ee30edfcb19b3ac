"""What a scenario says that a job is, beside what was read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from airflow_jobstatus.protocol import errors
from airflow_jobstatus.protocol.job import TIMES, Job

ALMOST = 1e-6


def error_class(name: str) -> type[errors.CallError]:
    """Return the error of a name.

    :param name: The name of a class in ``protocol/errors.py``.
    :raises ValueError: if there is none.
    """
    kind = getattr(errors, name, None)
    if not (isinstance(kind, type) and issubclass(kind, errors.CallError)):
        raise ValueError(f"raises names no error of a call: {name!r}")  # noqa: TRY004  the value is wrong
    return kind


def differences(job: Job, expect: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each fact that is another than it should be.

    :param job: What was read.
    :param expect: What should have been read.
    """
    return [
        f"{fact} should be {wanted!r}, and is {shown!r}"
        for fact, wanted in expect.items()
        if not _fits(fact, shown := _shown(job, fact), wanted)
    ]


def _shown(job: Job, fact: str) -> Any:
    if fact == "result":
        return list(job.outputs.values())
    value = getattr(job, "retry_after" if fact == "next_poll" else fact)
    if fact in TIMES and value is not None:
        return value.isoformat()
    return dict(value) if isinstance(value, Mapping) else value


def _fits(fact: str, shown: Any, wanted: Any) -> bool:
    if fact == "result":
        return wanted in shown
    if fact == "error" and wanted is not None:
        return wanted in (shown or "")
    if fact in TIMES and None not in {shown, wanted}:
        return _moment(shown) == _moment(wanted)
    if isinstance(wanted, float) and isinstance(shown, (int, float)):
        return abs(shown - wanted) < ALMOST
    return bool(shown == wanted)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
