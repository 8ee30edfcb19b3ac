"""A file of results that a run has written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from lab.client import AirflowClient, label

OPERATOR = "JobResultsOperator"


@dataclass(frozen=True)
class File:
    """A file of results.

    :param name: The name of DAG and task that wrote it.
    :param written: What the task says of it, its return value.
    """

    name: str
    written: Mapping[str, Any]

    def __str__(self) -> str:
        if not self.written:
            return f"{self.name}: nothing was written"
        records = self.written["records"]
        counted = "" if records is None else f", {records} records"
        return f"{self.name}: {self.written['size']} bytes of {self.written['format']}{counted}"

    def faults(self) -> Iterator[str]:
        """Yield a sentence for each thing that is not as it should be."""
        path = Path(str(self.written.get("path", "")))
        if not path.is_file():
            yield f"{self.name}: there is no file"
        elif sha256(path.read_bytes()).hexdigest() != self.written["sha256"]:
            yield f"{self.name}: the file has another digest than its XCom says"


def read_files(airflow: AirflowClient, dag_id: str, run_id: str) -> list[File]:
    """Return the files of a run.

    :param airflow: Where it ran.
    :param dag_id: Its DAG.
    :param run_id: The run.
    """
    return [
        File(
            f"{dag_id}.{label(task)}",
            airflow.xcoms(dag_id, run_id, task["task_id"], task["map_index"]).get("return_value") or {},
        )
        for task in airflow.task_instances(dag_id, run_id)
        if task["operator_name"] == OPERATOR
    ]
