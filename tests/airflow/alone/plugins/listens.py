"""A plugin that listens to what becomes of tasks, as that of OpenLineage does."""  # noqa: INP001  loaded by path

from __future__ import annotations

import os
import sys
from pathlib import Path

from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin


@hookimpl
def on_task_instance_success(previous_state, task_instance) -> None:  # noqa: ARG001  Airflow's signature
    """Write down which task succeeded."""
    with (Path(os.environ["AIRFLOW_HOME"]) / "heard").open("a") as heard:
        heard.write(f"{task_instance.task_id}\n")


class Listens(AirflowPlugin):
    name = "listens"
    listeners = [sys.modules[__name__]]  # noqa: RUF012  Airflow's interface
