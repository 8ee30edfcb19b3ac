"""Polls a job once and prints it."""

from __future__ import annotations

import argparse

from airflow_jobstatus.command.command import Command
from airflow_jobstatus.command.connection import add_job, hook_for
from airflow_jobstatus.command.facts import print_facts
from airflow_jobstatus.protocol.job import JobState

GOES_ON = 3
CODES = {JobState.SUCCEEDED: 0, JobState.FAILED: 1, JobState.CANCELLED: 1}


def _run(options: argparse.Namespace) -> int:
    hook = hook_for(options)
    job = hook.get_job(options.job_id)
    print_facts(job, hook.api.account)
    return CODES.get(job.state, GOES_ON)


POLL = Command(
    about="poll a job once and print it",
    exit_codes=(
        "Exit code: 0 if the job succeeded, 1 if it failed or was cancelled, 2 if it could not be polled, "
        "3 if the job goes on."
    ),
    after_error=2,
    add_options=add_job,
    run=_run,
)
