"""Shows the progress of the runs."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping

from lab.client import FINAL_STATES, AirflowClient, label

POLL_EVERY = 1.0
"""Seconds between two polls."""


def follow(
    airflow: AirflowClient, runs: Mapping[str, str], timeout: float, say: Callable[[str], None]
) -> None:
    """Say which tasks came into which state, until all runs have ended or the time is over.

    :param airflow: Where they run.
    :param runs: The runs' ids by the DAGs' ids.
    :param timeout: How many seconds they may take.
    :param say: Shows a line.
    """
    width = max(map(len, runs))
    seen: dict[tuple[str, str], str] = {}
    running = dict(runs)
    limit = time.monotonic() + timeout
    while running and time.monotonic() < limit:
        for dag_id, run_id in list(running.items()):
            if airflow.state(dag_id, run_id) in FINAL_STATES:
                del running[dag_id]
            news: dict[str, list[str]] = defaultdict(list)
            for task in airflow.task_instances(dag_id, run_id):
                name, state = label(task), task["state"]
                if state not in TOO_SHORT and seen.get((dag_id, name)) != state:
                    seen[dag_id, name] = state
                    news[state].append(name)
            if news:
                changes = "; ".join(f"{', '.join(names)} {state}" for state, names in news.items())
                say(f"{dag_id:{width}}  {changes}")
        time.sleep(POLL_EVERY)


TOO_SHORT = frozenset({None, "scheduled", "queued", "restarting"})
"""States that are over before anyone has read of them."""
