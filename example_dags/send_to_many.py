"""How to notify many people, and let the task fail if more than a few could not be.

Courier's job takes several calls: it is created, its users are added, and it is run; until then nobody
gets anything. Afterwards a file says what became of each person. Needs a connection ``courier_default``;
the sandbox will do (``python -m airflow_jobstatus.sandbox``).
"""

from __future__ import annotations

from airflow.sdk import dag, task

from airflow_jobstatus.operators.bulk_job import BulkJobOperator
from airflow_jobstatus.operators.results import JobResultsOperator


@dag(schedule=None, tags=["jobstatus"], doc_md=__doc__, params={"folder": "/tmp/jobstatus"})  # noqa: S108  an example
def send_to_many() -> None:
    """Find the people, send to them, fetch what became of each."""

    @task
    def find_people() -> dict[str, object]:
        """Give what Courier is to send, and to whom; in earnest, out of a database."""
        return {
            "message": {"event": "ORDER-SHIPPED"},
            "users": [{"recipient": f"customer-{number}"} for number in range(2500)],
        }

    send = BulkJobOperator(
        task_id="send",
        conn_id="courier_default",
        payload=find_people(),
        max_failed_ratio=0.01,
        deferrable=True,
        poke_interval=2,
        timeout=600,
        retries=2,
    )
    JobResultsOperator(
        task_id="fetch",
        conn_id="courier_default",
        job_id=send.output["job_id"],
        path="{{ params.folder }}/outcomes-{{ run_id }}.ndjson",
        retries=2,
    )


send_to_many()
