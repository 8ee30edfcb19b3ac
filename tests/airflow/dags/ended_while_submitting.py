"""Submissions that a person ends, or clears, before their answer has come."""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import DAG

from airflow_jobstatus.operators.bulk_job import BulkJobOperator


class Noting(BulkJobOperator):
    """Notes that Airflow has asked it to end."""

    template_fields = (*BulkJobOperator.template_fields, "note")

    def __init__(self, *, note: str, **kwargs) -> None:
        super().__init__(**kwargs)
        self.note = note

    def on_kill(self) -> None:
        Path(self.note).touch()
        super().on_kill()


with DAG("ended_while_submitting", schedule=None):
    for name, deferrable in (("poke", False), ("deferrable", True), ("cleared", False)):
        Noting(
            task_id=name,
            conn_id="slow_to_answer",
            payload={"task": name},
            note=f"{{{{ dag_run.conf['folder'] }}}}/{name}",
            deferrable=deferrable,
            poke_interval=1,
            timeout=900,
            retries=0,
        )
