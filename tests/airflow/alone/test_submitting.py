"""How many jobs there are after a submission that went well, or was cut short, in a real Airflow."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from airflow_jobstatus.sandbox import Sandbox
from lab.installation import Installation
from lab.run import Run
from lab.until import until
from tests.airflow.sandboxed import DAGS, JOB_SECONDS, airflow_beside
from tests.support.clock import Clock

pytestmark = pytest.mark.long

VENDORS = ("courier", "elastic_path", "geobridge", "http_job")
DOCS = Path(__file__).parents[3] / "docs" / "guides" / "submitting.md"
HASTY = "hasty"
"""What connections are called whose requests time out soon."""
ENDED = "A person ends the task during the wait"
ENDED_DEFERRED = "A person ends the deferred task during the wait"
FOR_EVER = 3600.0
ROW = re.compile(r"^\| (?P<what>[^|]+) \| (?P<cells>\d[^|]* \| [^|]+ \| [^|]+ \| [^|]+) \|$", re.MULTILINE)


@dataclass
class Stage:
    """Where submissions are played."""

    airflow: Installation
    sandbox: Sandbox
    clock: Clock
    pids: Path
    before: dict[str, int] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)

    def start(self, dag_id: str, connection: str = "default") -> Run:
        self.before = {vendor: len(self.sandbox.job_ids(vendor)) for vendor in VENDORS}
        conf = {"connection": connection, "pids": str(self.pids)}
        self.runs.append(Run.start(self.airflow, dag_id, conf))
        return self.runs[-1]

    def made(self) -> dict[str, int]:
        """Give how many jobs of each vendor were set going since the start."""
        return {vendor: len(self.sandbox.job_ids(vendor)) - self.before[vendor] for vendor in VENDORS}

    def end_jobs(self) -> None:
        self.clock.advance(JOB_SECONDS)

    @contextmanager
    def losing_answers(self, delay: float) -> Iterator[None]:
        for vendor in VENDORS:
            self.sandbox.add_fault(vendor, "lost", FOR_EVER, delay=delay)
        try:
            yield
        finally:
            self.sandbox.clear_faults()

    def until_changed(self) -> Callable[[], bool]:
        """Give what says whether each vendor has by now carried out a request of a task's."""
        books = {vendor: self.sandbox._apis[vendor].jobs for vendor in VENDORS}  # noqa: SLF001  before any answer
        counts = {vendor: len(book.changes) for vendor, book in books.items()}
        return lambda: all(len(book.changes) > counts[vendor] for vendor, book in books.items())

    def cancelled(self) -> list[str | None]:
        """Give the jobs that were cancelled since the sandbox was started."""
        return [request.job_id for request in list(self.sandbox.requests) if request.method == "DELETE"]

    def kill(self) -> None:
        for vendor in VENDORS:
            os.kill(int((self.pids / vendor).read_text()), signal.SIGKILL)


@dataclass
class Played:
    """What came of one scenario."""

    jobs: dict[str, int]
    tasks: dict[str, tuple[str, int]]
    """The state and the number of tries of each task."""
    run: Run
    cancelled: list[str | None]
    """The jobs that were cancelled since the sandbox was started."""


def ended(run: Run, stage: Stage) -> Played:
    run.wait()
    instances = run.instances()
    tasks = {vendor: (instances[vendor]["state"], instances[vendor]["try_number"]) for vendor in VENDORS}
    return Played(stage.made(), tasks, run, stage.cancelled())


def until_made(stage: Stage) -> None:
    until(lambda: set(stage.made().values()) == {1})


def until_deferred(run: Run, try_number: int) -> None:
    def is_so() -> bool:
        tasks = run.instances().values()
        return {(task["state"], task["try_number"]) for task in tasks} == {("deferred", try_number)}

    until(is_so)


def until_running(run: Run, try_number: int) -> None:
    until(
        lambda: all(
            task["try_number"] == try_number and task["state"] in {"running", "failed"}
            for task in run.instances().values()
        )
    )


def no_trouble(stage: Stage) -> Played:
    run = stage.start("submit_poke")
    until_made(stage)
    stage.end_jobs()
    return ended(run, stage)


def no_trouble_deferrable(stage: Stage) -> Played:
    run = stage.start("submit_deferrable")
    until_deferred(run, 1)
    stage.end_jobs()
    return ended(run, stage)


def timed_out(stage: Stage) -> Played:
    with stage.losing_answers(delay=8):
        run = stage.start("submit_poke", HASTY)
        until_made(stage)
        run.wait_for_states(lambda states: states["elastic_path"] == "failed")
    stage.end_jobs()
    return ended(run, stage)


def killed_before_the_record(stage: Stage) -> Played:
    with stage.losing_answers(delay=60):
        is_carried_out = stage.until_changed()
        run = stage.start("submit_poke")
        until(is_carried_out)
        time.sleep(0.5)
        stage.kill()
    until_running(run, 2)
    until_made(stage)
    stage.end_jobs()
    return ended(run, stage)


def cleared_after_the_death(stage: Stage) -> Played:
    """Clear what failed in the scenario before; what succeeded had one job, and has it still."""
    made, run = stage.made(), stage.runs[-1]
    run.clear("elastic_path")
    until(lambda: stage.made() != made)
    stage.end_jobs()
    return ended(run, stage)


def killed_in_the_wait(stage: Stage) -> Played:
    run = stage.start("submit_poke")
    until_made(stage)
    time.sleep(3)  # until the job is on record
    stage.kill()
    until_running(run, 2)
    time.sleep(3)
    stage.end_jobs()
    return ended(run, stage)


def in_the_triggerer(stage: Stage) -> Run:
    """SQLite gives the number of the newest trigger, once killed, to the next; so another is newest."""
    job_id = stage.sandbox.add_job("geobridge")
    run = stage.start("submit_deferrable")
    until_deferred(run, 1)
    newest = Run.start(stage.airflow, "newest", {"job_id": job_id})
    until_deferred(newest, 1)
    time.sleep(4)  # a trigger that has not begun is not ended
    return run


def cleared_in_the_wait(stage: Stage) -> Played:
    run = in_the_triggerer(stage)
    for vendor in VENDORS:
        run.clear(vendor)
    until_deferred(run, 2)
    stage.end_jobs()
    return ended(run, stage)


def cleared_after_success(stage: Stage) -> Played:
    run = stage.start("submit_deferrable")
    until_deferred(run, 1)
    stage.end_jobs()
    run.wait()
    for vendor in VENDORS:
        run.clear(vendor)
    until_deferred(run, 2)
    stage.end_jobs()
    return ended(run, stage)


def ended_in_the_wait(stage: Stage) -> Played:
    run = stage.start("submit_poke")
    until_made(stage)
    time.sleep(3)  # until they wait
    for vendor in VENDORS:
        run.mark_failed(vendor)
    until(lambda: any(request.method == "DELETE" for request in list(stage.sandbox.requests)))
    return ended(run, stage)


def ended_in_the_triggerer(stage: Stage) -> Played:
    run = in_the_triggerer(stage)
    cancelled = stage.cancelled()
    for vendor in VENDORS:
        run.mark_failed(vendor)
    until(lambda: stage.cancelled() != cancelled)
    stage.end_jobs()
    return ended(run, stage)


SCENARIOS: dict[str, Callable[[Stage], Played]] = {
    "Nothing goes wrong": no_trouble,
    "Nothing goes wrong, `deferrable=True`": no_trouble_deferrable,
    "The request times out after the vendor took it": timed_out,
    "The worker dies between the request and the record of its answer": killed_before_the_record,
    "A person clears the task after one of these two failures": cleared_after_the_death,
    "The worker dies during the wait": killed_in_the_wait,
    "A person clears the task during the wait": cleared_in_the_wait,
    "A person clears the task after its success": cleared_after_success,
}


ENDS = {ENDED: ended_in_the_wait, ENDED_DEFERRED: ended_in_the_triggerer}


@pytest.fixture(scope="module")
def played(tmp_path_factory) -> Iterator[dict[str, Played]]:
    clock = Clock(time.time())
    sandbox = Sandbox(JOB_SECONDS, clock=clock, rate_limit=False)
    with airflow_beside(sandbox, DAGS / "submitting") as (airflow, url):
        for vendor, fields in sandbox.connections(url).items():
            extra = {**json.loads(fields.get("extra", "{}")), "timeout": "3"}
            airflow.create_connection(f"{vendor}_{HASTY}", {**fields, "extra": json.dumps(extra)})
        stage = Stage(airflow, sandbox, clock, tmp_path_factory.mktemp("pids"))
        yield {name: play(stage) for name, play in {**SCENARIOS, **ENDS}.items()}


def documented() -> dict[str, list[str]]:
    """Give the cells of the table in the docs, by what happened."""
    return {row["what"].strip(): row["cells"].split(" | ") for row in ROW.finditer(DOCS.read_text())}


def test_the_docs_have_a_row_for_each_scenario():
    assert set(documented()) == set(SCENARIOS)


@pytest.mark.parametrize("name", SCENARIOS)
def test_there_are_as_many_jobs_as_the_docs_say(played, name):
    told = [int(cell.partition(",")[0]) for cell in documented()[name]]
    assert dict(zip(VENDORS, told, strict=True)) == played[name].jobs


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_tasks_end_as_the_docs_say(played, name):
    told = ["failed" if "fails" in cell else "success" for cell in documented()[name]]
    assert dict(zip(VENDORS, told, strict=True)) == {
        vendor: state for vendor, (state, _) in played[name].tasks.items()
    }


def test_a_request_that_timed_out_is_told_of_without_a_retry(played):
    assert played["The request times out after the vendor took it"].tasks["elastic_path"] == ("failed", 1)


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("name", list(SCENARIOS)[:2])
def test_the_id_and_the_job_are_xcoms(played, name, vendor):
    xcoms = played[name].run.xcoms(vendor)
    assert xcoms["job_id"] == xcoms["return_value"]["id"]


def test_a_task_that_a_person_ends_cancels_its_job_where_the_vendor_can(played):
    assert len(played[ENDED].cancelled) == 1
    assert played[ENDED].tasks["geobridge"] == ("failed", 1)


def test_a_deferred_task_that_a_person_ends_cancels_its_job_too(played):
    assert len(played[ENDED_DEFERRED].cancelled) == 2
    assert played[ENDED_DEFERRED].tasks["geobridge"] == ("failed", 1)


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_other_job_is_cancelled(played, name):
    assert played[name].cancelled == []
