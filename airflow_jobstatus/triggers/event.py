"""The event by which a trigger reports how its wait ended."""

from __future__ import annotations

from airflow.triggers.base import TriggerEvent

from airflow_jobstatus.waiting.outcome import Outcome


class OutcomeEvent(TriggerEvent):
    """Carries an outcome to the task.

    Airflow logs the representation of each event, so that shows the ending alone: a URL among the job's
    results may be signed.

    :param outcome: How the wait ended.
    """

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.to_dict())  # type: ignore[no-untyped-call]

    def __repr__(self) -> str:
        return f"{type(self).__name__}<{self.payload['ending']}>"
