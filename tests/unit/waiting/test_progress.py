"""What a wait under way shows of itself."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

import pendulum
import pytest

from airflow_jobstatus.protocol.errors import CallError, NotFoundError, TransientError
from airflow_jobstatus.protocol.job import Job, JobState
from airflow_jobstatus.vendors.geobridge import GEOBRIDGE
from airflow_jobstatus.waiting.batch import Batch, BatchRun
from airflow_jobstatus.waiting.outcome import Ending, Outcome
from airflow_jobstatus.waiting.progress import MOST_JOBS, progress, remembered
from airflow_jobstatus.waiting.state import WaitState
from airflow_jobstatus.waiting.wait import Wait
from tests.support.source import Account

BEGAN = 1_700_000_000.0
DOWN = TransientError("GeoBridge", "HTTP 503 Service Unavailable", http_status=503)


def job(job_id: str, processed: int = 0, status: str = "processing", **more) -> Job:
    state = GEOBRIDGE.state_of(status, {}) or JobState.RUNNING
    counts = {"total": 100, "processed": processed, "counters": {"processed_records": processed}}
    return Job(vendor="geobridge", id=job_id, state=state, status=status, **counts, **more)


@dataclass
class Run:
    """A wait for jobs that the test polls."""

    count: int
    many: bool = True
    run: BatchRun = field(init=False)
    news: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        ids = tuple(f"job-{number}" for number in range(self.count))
        wait = Wait(job_id="job-0", began=BEGAN, deadline=BEGAN + 3600, interval=60)
        self.run = BatchRun(
            Batch(ids, many=self.many),
            wait,
            Account(GEOBRIDGE),
            say=lambda *_, **__: None,
            clock=lambda: BEGAN,
            polled=lambda _, news: self.news.append(news),
        )

    def poll(self, seen: Job | CallError, now: float = BEGAN, job_id: str = "job-0") -> None:
        outcome = self.run.watches[job_id].observe(seen, now)
        if outcome is not None:
            self.run.end(job_id, outcome)

    def shown(self, now: float = BEGAN) -> dict:
        """Give the values as they come out of Airflow's database."""
        return json.loads(json.dumps(progress(self.run, now)))


def one() -> Run:
    return Run(1, many=False)


def test_a_wait_shows_its_bounds():
    run = one()
    shown = run.shown(BEGAN + 5)
    assert {
        key: shown[key] for key in ("vendor", "began", "deadline", "limit", "interval", "written_at")
    } == {
        "vendor": "GeoBridge",
        "began": BEGAN,
        "deadline": BEGAN + 3600,
        "limit": "timeout",
        "interval": 60.0,
        "written_at": BEGAN + 5,
    }


def test_a_job_shows_how_far_it_is():
    run = one()
    run.poll(job("job-0", 64))
    [shown] = run.shown()["jobs"]
    assert (shown["status"], shown["state"], shown["progress"], shown["processed"], shown["total"]) == (
        "processing",
        "running",
        0.64,
        64,
        100,
    )


def test_a_job_that_was_never_seen_shows_the_fault_of_its_polls():
    run = one()
    run.poll(DOWN, BEGAN + 1)
    [shown] = run.shown()["jobs"]
    assert (shown["state"], shown["status"], shown["fault"], shown["failures"], shown["seen_at"]) == (
        None,
        None,
        "HTTP 503 Service Unavailable",
        1,
        None,
    )


def test_an_outage_shows_since_when_there_is_no_good_answer():
    run = one()
    run.poll(job("job-0"), BEGAN + 1)
    run.poll(DOWN, BEGAN + 60)
    run.poll(DOWN, BEGAN + 62)
    [shown] = run.shown(BEGAN + 62)["jobs"]
    assert (shown["failures"], shown["faults"], shown["polls"], shown["silent"], shown["seen_at"]) == (
        2,
        2,
        3,
        2.0,
        BEGAN + 1,
    )


def test_a_good_answer_clears_the_fault():
    run = one()
    run.poll(DOWN, BEGAN + 1)
    run.poll(job("job-0"), BEGAN + 2)
    [shown] = run.shown(BEGAN + 2)["jobs"]
    assert (shown["fault"], shown["failures"], shown["faults"]) == (None, 0, 1)


def test_a_wait_shows_its_last_and_its_next_poll():
    run = one()
    run.poll(job("job-0"), BEGAN + 1)
    [shown] = run.shown(BEGAN + 1)["jobs"]
    assert shown["polled_at"] == BEGAN + 1
    assert BEGAN + 1 < shown["next_poll"] <= BEGAN + 70


def test_a_job_that_moves_shows_when_it_should_end():
    run = one()
    run.poll(job("job-0", 0), BEGAN)
    run.poll(job("job-0", 50), BEGAN + 60)
    [shown] = run.shown(BEGAN + 60)["jobs"]
    assert shown["expected_at"] == pytest.approx(BEGAN + 120)


def test_a_job_shows_its_page():
    assert one().shown()["jobs"][0]["console"] == "https://app.example.com/job-0"


def test_the_counters_of_a_list_are_summed_up():
    run = Run(3)
    for number in range(3):
        run.poll(job(f"job-{number}", 10 * number), job_id=f"job-{number}")
    shown = run.shown()
    assert (shown["total"], shown["ended"], shown["counters"], shown["progress"]) == (
        3,
        0,
        {"processed_records": 30},
        0.1,
    )


def test_a_list_that_was_not_polled_whole_shows_no_progress_of_the_whole():
    run = Run(3)
    run.poll(job("job-0", 50))
    assert run.shown()["progress"] is None


def test_a_list_shows_which_of_its_jobs_ended_how():
    run = Run(3)
    run.poll(job("job-0", 100, "succeeded"))
    run.poll(job("job-1", 10, "failed", error="No input."), job_id="job-1")
    shown = run.shown()
    assert (shown["ended"], shown["endings"]) == (2, {"succeeded": 1, "failed": 1})
    [failed] = [one for one in shown["jobs"] if one["ending"] == "failed"]
    assert (failed["id"], failed["error"]) == ("job-1", "No input.")
    assert "No input." in failed["message"]


def test_a_list_shows_first_what_a_person_has_to_see_first():
    run = Run(5)
    run.poll(job("job-0", 100, "succeeded"))
    run.poll(job("job-1", status="queued"), job_id="job-1")
    run.poll(job("job-2"), job_id="job-2")
    run.poll(job("job-3", 1, "failed"), job_id="job-3")
    run.poll(DOWN, job_id="job-4")
    assert [one["id"] for one in run.shown()["jobs"]] == ["job-4", "job-3", "job-2", "job-1", "job-0"]


def test_a_long_list_shows_so_many_of_its_jobs_and_the_sums_of_all():
    run = Run(1000)
    run.poll(DOWN, job_id="job-999")
    for number in range(999):
        run.poll(job(f"job-{number}", 1), job_id=f"job-{number}")
    shown = run.shown()
    assert (len(shown["jobs"]), shown["jobs"][0]["id"], shown["total"], shown["failing"]) == (
        MOST_JOBS,
        "job-999",
        1000,
        1,
    )
    assert shown["counters"] == {"processed_records": 999}


def test_it_counts_the_jobs_whose_last_poll_failed():
    run, counted = Run(3), []
    rejected = NotFoundError("GeoBridge", "HTTP 404 Not Found", http_status=404)
    polls = {"job-0": [DOWN, DOWN, job("job-0")], "job-1": [DOWN, rejected], "job-2": [job("job-2", 100)]}
    for job_id, answers in polls.items():
        for seen in answers:
            run.poll(seen, BEGAN + 1000, job_id)
            counted.append(run.run.failing)
    assert counted == [1, 1, 0, 1, 0, 0]


def test_a_job_whose_polls_failed_before_a_restart_is_counted_too():
    state = WaitState().missed(BEGAN, silent=0.0, retry_after=None, code=None)
    wait = Wait(job_id="job-0", began=BEGAN, deadline=BEGAN + 3600, interval=60)
    batch = Batch(("job-0",), many=False)
    quiet = {"say": lambda *_, **__: None, "clock": lambda: BEGAN}
    assert BatchRun(batch, wait, Account(GEOBRIDGE), states={"job-0": state}, **quiet).failing == 1


def test_a_refused_credential_shows_every_job_as_ended():
    run = Run(3)
    run.run.end("job-1", Outcome(ending=Ending.UNAUTHORIZED, message="refused"))
    shown = run.shown()
    assert (shown["ended"], shown["endings"]) == (3, {"unauthorized": 3})


@pytest.mark.parametrize(
    ("seen", "news"),
    [
        ([job("job-0")], [True]),
        ([job("job-0"), job("job-0")], [True, False]),
        ([job("job-0"), job("job-0", 64)], [True, False]),
        ([job("job-0", status="queued"), job("job-0")], [True, True]),
        ([job("job-0"), DOWN, DOWN, job("job-0")], [True, True, False, True]),
        ([DOWN, DOWN], [True, False]),
    ],
    ids=["first sight", "nothing new", "counters", "status", "an outage", "never seen"],
)
def test_news_are_a_first_sight_another_status_and_the_begin_and_end_of_an_outage(seen, news):
    run = one()
    for number, each in enumerate(seen):
        run.poll(each, BEGAN + number)
    assert run.news == news


def of_another_try(shown: dict) -> dict:
    return {**shown, "began": BEGAN - 1}


STRANGE = {
    "nothing": lambda _: None,
    "another XCom": lambda _: ["jobs"],
    "another try's": of_another_try,
    "jobs that are no list": lambda shown: {**shown, "jobs": 7},
    "jobs that are no objects": lambda shown: {**shown, "jobs": [7]},
    "a state that nobody knows": lambda shown: {**shown, "jobs": [{**shown["jobs"][0], "state": "odd"}]},
    "a job without an id": lambda shown: {**shown, "jobs": [{"seen_at": 1.0}]},
}


def test_what_is_shown_of_a_job_under_way_is_what_another_process_remembers():
    run = Run(2)
    run.poll(job("job-0", 640, updated_at=pendulum.datetime(2026, 11, 25)), BEGAN + 10)
    known = remembered(run.shown(), run.run.wait, "geobridge")
    assert known == {"job-0": replace(run.run.watches["job-0"].state, pace=None, logged_at=None)}


def test_a_job_that_has_ended_is_polled_again_by_another_process():
    run = Run(2)
    run.poll(job("job-0", 100, "succeeded"))
    assert remembered(run.shown(), run.run.wait, "geobridge") == {}


@pytest.mark.parametrize("name", STRANGE)
def test_what_is_no_progress_of_the_wait_is_not_remembered(name):
    run = one()
    run.poll(job("job-0", 64))
    assert remembered(STRANGE[name](run.shown()), run.run.wait, "geobridge") == {}
