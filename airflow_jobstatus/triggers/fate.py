"""Finds out what became of a task whose trigger Airflow has ended."""

from __future__ import annotations

from typing import Any

from airflow.sdk.execution_time.comms import GetTaskStates

from airflow_jobstatus.triggers.supervisor import NoAnswerError, ask

STATE_TIMEOUT = 20.0
"""Seconds in which Airflow has to say it."""
ATTEMPTS = 3
"""How often Airflow is asked, if it does not."""
FINAL = frozenset({"failed", "removed", "skipped", "success", "upstream_failed"})
"""The states in which nobody waits for the job any longer."""


async def is_over(ti: Any, log: Any) -> bool:
    """Return whether a task has ended for good.

    Airflow ends a trigger alike when a person marks its task as failed or successful, when a person clears it
    and when another triggerer takes the wait over. Only the first is an end: a task that was cleared begins
    again, and is in any state but a final one, from none at all to deferred anew; one that has moved is still
    deferred. So it does not matter how fast a worker takes up what was cleared.

    :param ti: The task instance.
    :param log: Takes what is said of the job.
    """
    query = GetTaskStates(
        dag_id=ti.dag_id, run_ids=[ti.run_id], task_ids=[ti.task_id], map_index=ti.map_index
    )
    reason: object = None
    for _ in range(ATTEMPTS):
        try:
            answer = await ask(query, STATE_TIMEOUT)
        except NoAnswerError as error:
            reason = error
            continue
        found = [state for states in answer.task_states.values() for state in states.values()]
        if all(state in FINAL for state in found):  # a run that was deleted has no state
            return True
        if found != ["deferred"]:
            log.info(
                "The job goes on: its task was cleared and begins again (%s)", found[0] or "no state yet"
            )
        return False
    log.warning("The job goes on, for it is not known what became of the task: %s", reason)
    return False
