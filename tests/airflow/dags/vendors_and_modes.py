"""One wait for each vendor, mode and end; the run's configuration says for which job."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG

from airflow_jobstatus.sensors.jobstatus import JobStatusSensor

# A rescheduled task that is due again within one slow loop of the scheduler runs into a race of its own.
MODES = {
    "poke": {"mode": "poke", "deferrable": False, "poke_interval": 1},
    "reschedule": {"mode": "reschedule", "deferrable": False, "poke_interval": 10},
    "deferrable": {"deferrable": True, "poke_interval": 1},
}

with DAG("vendors_and_modes", schedule=None):
    for vendor in ("courier", "elastic_path", "geobridge"):
        for mode, arguments in MODES.items():
            for end in ("succeeds", "fails"):
                task_id = f"{vendor}-{mode}-{end}"
                JobStatusSensor(
                    task_id=task_id,
                    conn_id=f"{vendor}_default",
                    job_id=f"{{{{ dag_run.conf['{task_id}'] }}}}",
                    retries=2,
                    retry_delay=timedelta(seconds=1),
                    **arguments,
                )
