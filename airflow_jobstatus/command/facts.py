"""What a command prints of a job."""

from __future__ import annotations

import json

from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.job import TIMES, Job

FACTS = ("state", "status", "counters", "progress", "error", "outputs", *TIMES)


def print_facts(job: Job, account: Account) -> None:
    """Print a job, a line for each fact, without the account's secrets.

    :param job: The job.
    :param account: The account whose job it is.
    """
    values = job.to_dict()
    for name in FACTS:
        print(f"{name}: {account.redact(json.dumps(values[name]))}")  # noqa: T201  a command's output
