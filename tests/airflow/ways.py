"""The run of the DAG that has every way to begin and end a wait."""

from __future__ import annotations

import time
from collections.abc import Iterable

from airflow_jobstatus.sandbox import Sandbox
from lab.installation import Installation
from lab.run import Run
from lab.until import until
from tests.airflow.sandboxed import JOB_SECONDS
from tests.support.clock import Clock

WAITING = {"deferred", "success", "failed", "skipped", "upstream_failed"}


def run_ways(
    airflow: Installation, sandbox: Sandbox, clock: Clock, *, begun_on_a_worker: Iterable[str] = ()
) -> Run:
    """Run the DAG of all ways: no job ends before every task that can waits for one.

    :param begun_on_a_worker: Tasks that wait in the triggerer only after a worker has sent them there.
    """
    for job_id in ("a-constant", "by-conf", "by-params", "upstream", "m1", "m2", "m3"):
        sandbox.add_job("courier", job_id=job_id, failed_records=7)
    sandbox.add_job("courier", job_id=time.strftime("at-%Y%m%d", time.gmtime()))
    sandbox.add_job("courier", job_id="fails", outcome="failed")
    conf = {
        "from_conf": "by-conf",
        "job": "by-params",
        "upstream": "upstream",
        "many": ["m1", "m2", "m3"],
        "conn": "courier_default",
        "fails": "fails",
    }
    run = Run.start(airflow, "ways", conf)
    sandbox.add_job("courier", job_id=run.run_id.rpartition("__")[2])

    def have_begun() -> bool:
        starts = run.worker_starts()
        return all(starts[task_id] for task_id in begun_on_a_worker)

    until(have_begun, what=lambda: f"workers of {begun_on_a_worker}, of which began {run.worker_starts()}")
    run.wait_for_states(
        lambda states: all(state in WAITING or task == "type_of" for task, state in states.items())
    )
    clock.advance(JOB_SECONDS)
    run.wait()
    run.wait_for_removals()
    return run
