"""Asks for jobs by hand, without a DAG: ``python -m airflow_jobstatus --help``."""

from __future__ import annotations

import os
import sys

from airflow_jobstatus.command.line import main

if __name__ == "__main__":
    # As Airflow's own command line does it: else only its server would find the connections of its database.
    os.environ.setdefault("_AIRFLOW_PROCESS_CONTEXT", "server")
    # What Airflow warns of while it looks a connection up is no news of the job.
    os.environ.setdefault("AIRFLOW__LOGGING__LOGGING_LEVEL", "ERROR")
    sys.exit(main())
