"""Checks the sensor's arguments when the DAG file is parsed, and finds their defaults."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.providers.common.compat.sdk import conf

from airflow_jobstatus.protocol.bounds import LARGEST_COUNT, LONGEST_WAIT
from airflow_jobstatus.protocol.errors import InvalidJobIdError, quoted


def or_configured(name: str, *, given: bool | None, deferrable: bool) -> bool:
    """Return an argument, or what Airflow's configuration says for tasks that are deferrable.

    :param name: The argument, and the option in the section ``[jobstatus]``; False where it is not set.
    :param given: What the DAG file gives, None for nothing.
    :param deferrable: Whether the task is deferrable.
    """
    return deferrable and conf.getboolean("jobstatus", name, fallback=False) if given is None else given


def at_least_zero(name: str, given: Any) -> Any:
    """Return a number as it was given, None as None.

    :param name: The argument.
    :param given: What the DAG file gives.
    :raises ValueError: if it is not a number of at least 0.
    """
    if given is not None and (
        isinstance(given, bool) or not isinstance(given, (int, float)) or not given >= 0
    ):
        raise ValueError(f"{name} must be a number of at least 0, not {quoted(given)}")
    return given


def count(name: str, given: Any) -> Any:
    """Return how many as it was given, None as None.

    :param name: The argument.
    :param given: What the DAG file gives.
    :raises ValueError: if it is not a number of at least 0, or more than a trigger can keep exactly.
    """
    if isinstance(given, (int, float)) and given > LARGEST_COUNT:
        raise ValueError(f"{name} must be at most {LARGEST_COUNT}")
    return at_least_zero(name, given)


def seconds(name: str, given: Any) -> Any:
    """Return a length in seconds, None as None.

    :param name: The argument.
    :param given: What the DAG file gives: seconds or a timedelta.
    :raises ValueError: if it is not a length of at least 0, or longer than ten years.
    """
    length = at_least_zero(name, given.total_seconds() if isinstance(given, timedelta) else given)
    if length is not None and length > LONGEST_WAIT:
        raise ValueError(f"{name} must be at most ten years, {LONGEST_WAIT:g} seconds")
    return length


def share(name: str, given: Any) -> Any:
    """Return a share as it was given, None as None.

    :param name: The argument.
    :param given: What the DAG file gives.
    :raises ValueError: if it is not a number from 0 to 1.
    """
    value = at_least_zero(name, given)
    if value is not None and value > 1:
        raise ValueError(f"{name} is a share from 0 to 1, not {quoted(given)}")
    return value


def check_outputs(*, multiple: bool, many: bool) -> None:
    """Refuse a list of jobs where each key of a result shall be an XCom: a list has none.

    :param multiple: Whether the task has ``multiple_outputs``.
    :param many: Whether it waits for a list.
    :raises InvalidJobIdError: if both hold; it is a ValueError.
    """
    if multiple and many:
        raise InvalidJobIdError(
            "job_id is a list, so the task returns a list, which has no keys for multiple_outputs; "
            "leave multiple_outputs out, or map the task over the ids"
        )
