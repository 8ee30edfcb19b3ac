"""Waits that resume on workers, waits that begin and end in the triggerer, and endless ones of both."""

from __future__ import annotations

import os
from datetime import timedelta

from airflow.sdk import DAG

from airflow_jobstatus.sensors.jobstatus import JobStatusSensor

WORKERLESS = {"start_from_trigger": True, "end_from_trigger": True}
WAYS = {"resumes": {}, "ends_there": WORKERLESS}
ENDLESS = {f"endless_{way}": arguments for way, arguments in WAYS.items()}

with DAG("waits", schedule=None, max_active_tasks=1000):
    for way, arguments in {**WAYS, **ENDLESS}.items():
        for number in range(int(os.environ[f"WAITS_{way.upper()}"])):
            JobStatusSensor(
                task_id=f"{way}-{number}",
                conn_id="geobridge_default",
                job_id=f"job-of-{way}-{number}",
                deferrable=True,
                cancel_on_kill=True,
                poke_interval=5,
                timeout=float(os.environ["TIMEOUT"]) if way in ENDLESS else 3600,
                retries=0 if way in ENDLESS or (way == "resumes" and number % 2) else 2,
                retry_delay=timedelta(seconds=1),
                **arguments,
            )
