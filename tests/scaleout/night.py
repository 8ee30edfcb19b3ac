"""The night: many waits, and one fault after the other."""

from __future__ import annotations

import logging
import os
import re
import time
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

from airflow_jobstatus.sandbox import Sandbox
from airflow_jobstatus.triggers.standstill import LONG
from lab.client import FINAL_STATES
from lab.cluster import Cluster
from lab.run import Run
from lab.until import until
from tests.support.clock import JumpingClock

log = logging.getLogger(__name__)
IS_SHORT = os.environ.get("SCALEOUT") == "short"
WAITS = {
    "resumes": 8 if IS_SHORT else 40,
    "ends_there": 20 if IS_SHORT else 100,
    "endless_resumes": 2,
    "endless_ends_there": 2,
}
"""How many waits there are of each way."""
TIMEOUT = 110.0 if IS_SHORT else 240.0
"""Of the waits whose jobs do not end, in seconds."""
FAULTS = ("redis", "postgresql", "rolling", "afterwards")
"""Meanwhile a share of the jobs ends."""
AGES = 1_000_000.0
"""Seconds that each share of the jobs takes longer than the one before."""
LOST_AFTER = 10
"""Seconds without a heartbeat after which Airflow gives a triggerer's waits to another."""
SETTINGS = {
    "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": str(LOST_AFTER),
    "AIRFLOW__TRIGGERER__JOB_HEARTBEAT_SEC": "2",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "30" if IS_SHORT else "120",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "10",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "30" if IS_SHORT else "60",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "20",
    "TIMEOUT": str(TIMEOUT),
    **{f"WAITS_{way.upper()}": str(count) for way, count in WAITS.items()},
}
"""Airflow notices soon what it has lost, where by its defaults it takes minutes; but a task may queue for as
long as the others need to begin."""
DEADLINE = re.compile(r"until (\S+ \S+) UTC at the latest")
TIMED_OUT = re.compile(r"timeout, after (\S+) s")


@dataclass
class Wait:
    """What was seen of one wait.

    :param way: How it began and ended, as the DAG names it.
    :param group: What happened when its job ended; None if that did not.
    :param instance: Its task instance, at last.
    :param log: The log of its first try.
    """

    way: str
    group: str | None
    instance: dict[str, Any]
    log: str

    @property
    def state(self) -> str:
        return str(self.instance["state"])

    @property
    def may_be_retried(self) -> bool:
        return bool(self.instance["max_tries"])

    @property
    def ended_at(self) -> float:
        return datetime.fromisoformat(self.instance["end_date"]).timestamp()

    @property
    def deadlines(self) -> set[float]:
        """What each process that polled the job said about when the wait ends."""
        moments = [datetime.fromisoformat(said) for said in DEADLINE.findall(self.log)]
        return {moment.replace(tzinfo=timezone.utc).timestamp() for moment in moments}

    @property
    def timed_out_after(self) -> list[float]:
        """After how many seconds a triggerer or a worker said that the time is over."""
        return [float(said) for said in TIMED_OUT.findall(self.log)]


@dataclass
class Night:
    """What was seen."""

    sandbox: Sandbox
    clock: JumpingClock
    waits: list[Wait] = field(default_factory=list)
    jobs_ended_at: dict[str, float] = field(default_factory=dict)
    frozen_for: float = 0.0
    revived: list[str] = field(default_factory=list)
    """The components that ended by themselves, and were started again as a platform does."""
    left_behind: list[str] = field(default_factory=list)
    """What is still there when all is over."""

    def asked(self, method: str, since: float = 0.0) -> list[str | None]:
        """Give the jobs that were asked for since a moment."""
        requests = list(self.sandbox.requests)
        return [one.job_id for one in requests if one.method == method and one.at > since + self.clock.ahead]

    def let_jobs_end(self, fault: str) -> None:
        self.jobs_ended_at[fault] = time.time()
        self.clock.ahead += AGES


def spend() -> Night:
    """Let it happen."""
    clock = JumpingClock()
    night = Night(Sandbox(seconds=float("inf"), clock=clock, rate_limit=False), clock)
    groups = {}
    for way, count in WAITS.items():
        for number in range(count):
            group = None if way.startswith("endless") else number // 2 % len(FAULTS)
            groups[f"{way}-{number}"] = None if group is None else FAULTS[group]
            seconds = float("inf") if group is None else AGES * (group + 0.5)
            night.sandbox.add_job("geobridge", job_id=f"job-of-{way}-{number}", seconds=seconds)
    with night.sandbox.serve() as url:
        connections = {"geobridge_default": night.sandbox.connections(url)["geobridge"]}
        with Cluster(Path(__file__).parent / "dags", connections, SETTINGS) as airflow:
            run = Run.start(airflow, "waits")
            run.wait_for_states(lambda states: list(states.values()).count("deferred") == sum(WAITS.values()))
            log.info("All %s wait", sum(WAITS.values()))
            _go_through_faults(airflow, night)
            _wait_for_the_end(airflow, night, run)
            for name, instance in run.instances().items():
                # Of a try that Airflow has given up its REST API may show no log.
                logs = airflow.home.glob(f"logs/*/*/task_id={name}/attempt=1.log*")
                text = "\n".join(path.read_text() for path in logs)
                night.waits.append(Wait(name.rpartition("-")[0], groups[name], instance, text))
            started = [*airflow.processes()]
    night.left_behind = [str(process) for process in started if _is_there(process)]
    night.left_behind += [str(airflow.home)] if airflow.home.exists() else []
    return night


def _go_through_faults(airflow: Cluster, night: Night) -> None:
    first, second = airflow.nodes["triggerer-1"], airflow.nodes["triggerer-2"]
    log.info("A triggerer is killed")
    first.kill()
    killed_at = time.time()
    first.start()
    until(lambda: airflow.alive(started_after=killed_at)["triggerer"], what=lambda: "a new triggerer")

    log.info("The other one is frozen; Redis restarts")
    second.freeze()
    frozen_at = time.time()
    try:
        night.let_jobs_end("redis")
        airflow.redis.restart()
        time.sleep(max(0.0, frozen_at + LONG + 2 - time.time()))
    finally:
        second.thaw()
    night.frozen_for = time.time() - frozen_at

    log.info("PostgreSQL restarts")
    night.let_jobs_end("postgresql")
    airflow.postgresql.restart()
    time.sleep(5)
    night.revived += airflow.revive()

    night.let_jobs_end("rolling")
    for names in (
        ["scheduler-1", "triggerer-1", "worker-1"],
        ["scheduler-2", "triggerer-2", "worker-2"],
        ["api-server", "dag-processor"],
    ):
        log.info("New ones take the place of %s", ", ".join(names))
        airflow.replace(names)
    night.let_jobs_end("afterwards")


def _is_there(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _wait_for_the_end(airflow: Cluster, night: Night, run: Run) -> None:
    log.info("Ended by themselves, and were started again: %s", ", ".join(night.revived) or "none")
    until(airflow.health, what=lambda: "an API server")

    def has_ended() -> bool:
        night.revived += airflow.revive()
        return run.state in FINAL_STATES

    until(has_ended, every=2.0, what=lambda: f"the end of the run, its tasks: {run.states()}")
