"""Tells from the state of a task whether anybody still waits for its job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FINAL = frozenset({"failed", "removed", "skipped", "success", "upstream_failed"})
"""The states in which nobody waits for the job any longer."""


def question(ti: Any) -> dict[str, Any]:
    """Return the arguments with which Airflow is asked for the state of one task.

    :param ti: The task instance.
    """
    return {"dag_id": ti.dag_id, "run_ids": [ti.run_id], "task_ids": [ti.task_id], "map_index": ti.map_index}


def why_not_over(task_states: Mapping[str, Mapping[str, str | None]], *, going_on: str) -> str | None:
    """Return why a task is not over for good, None if it is.

    A task that was cleared begins again, and is in any state but a final one, from none at all to the one
    that it was in. So it does not matter how fast a worker takes up what was cleared.

    :param task_states: What Airflow answers to ``GetTaskStates`` for one task: its state by run and by task.
    :param going_on: The state of a task that nobody has ended or cleared.
    """
    found = [state for states in task_states.values() for state in states.values()]
    if all(state in FINAL for state in found):  # a run that was deleted has no state
        return None
    if found == [going_on]:
        return f"its task is still {going_on}, or is again"
    return f"its task was cleared or is tried again ({found[0] or 'no state yet'})"
