"""The runs in which each job is polled three times: queued, half way, and over."""

from __future__ import annotations

import re

from airflow_jobstatus.sandbox import Sandbox
from lab.installation import Installation
from lab.run import Run
from lab.until import until
from tests.airflow.sandboxed import JOB_SECONDS
from tests.support.clock import Clock

VENDORS = ("courier", "elastic_path", "geobridge")
MODES = ("poke", "reschedule", "deferrable")
ENDS = ("succeeds", "fails")
TASKS = [f"{vendor}-{mode}-{end}" for vendor in VENDORS for mode in MODES for end in ENDS]
LISTS = {"/v2/jobs", "/v1/bulk/jobs"}
QUEUED, HALF_WAY, OVER = JOB_SECONDS * 0.1, JOB_SECONDS * 0.6, JOB_SECONDS * 1.1
"""Seconds after the jobs were made: in their first fifth, half of the records done, and ended."""


def run_through_three_polls(airflow: Installation, sandbox: Sandbox, clock: Clock) -> dict[str, Run]:
    """Run two DAGs to their end, and return their runs by their ids."""
    began = clock.now
    jobs = {task_id: _add_job(sandbox, task_id) for task_id in TASKS}
    uses = {
        "one": sandbox.add_job("geobridge", failed_records=7),
        "many": [sandbox.add_job("courier", records=100 * n) for n in (1, 2, 3)],
        "endless": sandbox.add_job("elastic_path", seconds=float("inf")),
    }
    clock.now = began + QUEUED
    runs = {
        dag_id: Run.start(airflow, dag_id, conf)
        for dag_id, conf in {"vendors_and_modes": jobs, "ways_to_use": uses}.items()
    }
    _wait_for_polls(sandbox, clock.now, {*jobs.values(), uses["one"], *uses["many"], uses["endless"]})
    clock.now = began + HALF_WAY
    _wait_for_polls(sandbox, clock.now, set(jobs.values()))
    clock.now = began + OVER
    for run in runs.values():
        run.wait()
    return runs


def _add_job(sandbox: Sandbox, task_id: str) -> str:
    vendor, _, end = task_id.split("-")
    outcome, failed = ("failed", 400) if end == "fails" else ("succeeded", 40)
    return sandbox.add_job(vendor, outcome=outcome, failed_records=failed, job_id=f"job-of-{task_id}")


def _wait_for_polls(sandbox: Sandbox, at: float, job_ids: set[str]) -> None:
    """Wait until each of some jobs was polled at a moment of the sandbox's clock."""

    def missing() -> set[str]:
        requests = [request for request in list(sandbox.requests) if request.at == at]
        by_id = {request.job_id for request in requests}
        listed = {request.vendor for request in requests if request.path in LISTS}
        return {job_id for job_id in job_ids - by_id if not _is_listed(job_id, listed)}

    until(lambda: not missing(), what=lambda: f"polls of {sorted(missing())}")


def _is_listed(job_id: str, listed: set[str | None]) -> bool:
    """Return whether a job was polled by its vendor's list, as only the triggerer does."""
    match = re.fullmatch(r"job-of-(\w+)-deferrable-\w+", job_id)
    return match is not None and match[1] in listed
