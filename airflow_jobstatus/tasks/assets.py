"""Describes a job to whoever is triggered by the assets that its task updates."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from airflow.sdk import AssetAlias

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_jobstatus.waiting.outcome import Outcome

FIELDS = ("vendor", "id", "state", "counters")
"""What of a job an asset event shows."""


def describe_to_assets(context: Context, outlets: Iterable[Any], outcome: Outcome) -> None:
    """Put what became of the job into the ``extra`` of each asset event of the task.

    It is under ``job``, or for a list of jobs under ``jobs``.

    :param context: Airflow's task context.
    :param outlets: The task's outlets. An alias has no event of its own, nor has what is no asset, such as a
        file of lineage; a reference may lead to none.
    :param outcome: How the wait ended.
    """
    events = context.get("outlet_events")
    if events is None:
        return
    for outlet in outlets:
        if not isinstance(outlet, AssetAlias):
            with suppress(Exception):  # the job has succeeded, and no description is worth its task
                events[outlet].extra.update(_described(outcome))


def _described(outcome: Outcome) -> dict[str, Any]:
    if outcome.jobs is None:
        return {"job": _fields(outcome.value)}
    return {"jobs": [_fields(job) for job in outcome.value]}


def _fields(job: dict[str, Any] | None) -> dict[str, Any]:
    return {name: job[name] for name in FIELDS} if job else {}
