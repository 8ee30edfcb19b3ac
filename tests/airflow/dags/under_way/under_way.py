"""A task that is deferred until a test is over, and writes no XCom."""

from __future__ import annotations

from datetime import timedelta

from airflow.providers.standard.sensors.time_delta import TimeDeltaSensor
from airflow.sdk import DAG

with DAG("under_way", schedule=None):
    TimeDeltaSensor(task_id="live", delta=timedelta(days=1), deferrable=True)
