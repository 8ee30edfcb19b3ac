"""What the JavaScript makes of what Airflow's API says, and its words for people; Node.js runs it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from airflow_jobstatus.protocol.job import Job, JobState

SCRIPT = """
import { createInterface } from "node:readline";
globalThis.React = { Component: class {} };
const app = await import(process.argv[1]);
for await (const call of createInterface({ input: process.stdin })) {
  const [name, ...given] = JSON.parse(call);
  console.log(JSON.stringify(app[name](...given)));
}
"""
"""Answers calls of the file's functions, one a line."""
NOW = 1_000_000.0


@pytest.fixture(scope="module")
def app(node, module) -> Iterator[Callable[..., Any]]:
    """Give what calls a function of the file: by its name, with JSON values."""
    command = [node, "--input-type=module", "--eval", SCRIPT, str(module)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:

        def call(name: str, *given: Any) -> Any:
            running.stdin.write(f"{json.dumps([name, *given])}\n")
            running.stdin.flush()
            return json.loads(running.stdout.readline())

        yield call
        running.stdin.close()


def progress(*jobs: dict, **fields: Any) -> dict[str, Any]:
    return {
        "version": 1,
        "vendor": "GeoBridge",
        "interval": 60,
        "written_at": NOW,
        "jobs": list(jobs),
        **fields,
    }


def result(job_id: str = "1", state: JobState = JobState.SUCCEEDED, **fields: Any) -> dict[str, Any]:
    return Job(vendor="courier", id=job_id, state=state, status=str(state), **fields).to_dict()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (-5, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (312, "5 min 12 s"),
        (725, "12 min"),
        (3_660, "1 h 1 min"),
        (86_400 * 12, "12 d"),
    ],
)
def test_a_length_of_time_is_said_in_two_units_at_most(app, seconds, words):
    assert app("duration", seconds) == words


@pytest.mark.parametrize(("at", "words"), [(-12, "12 s ago"), (48, "in 48 s"), (0.4, "now")])
def test_a_moment_is_said_as_seen_from_now(app, at, words):
    assert app("relative", NOW + at, NOW) == words


@pytest.mark.parametrize(
    ("share", "words"), [(0, "0 %"), (0.29, "29 %"), (0.999, "99 %"), (1, "100 %"), (None, "unknown")]
)
def test_only_what_is_done_is_at_100_percent(app, share, words):
    assert app("percent", share) == words


@pytest.mark.parametrize(
    ("job", "words"),
    [
        ({"processed": 640, "total": 1000, "failed": 3}, "640 of 1,000 records, 3 failed"),
        ({"processed": 1, "total": None, "failed": 0}, "1 record"),
        ({"processed": None, "total": 10, "failed": None}, ""),
    ],
)
def test_records_are_said_as_far_as_they_are_known(app, job, words):
    assert app("records", job) == words


@pytest.mark.parametrize("url", ["https://example.com/1", "HTTP://example.com"])
def test_a_link_may_lead_to_a_web_page(app, url):
    assert app("webLink", url) == url


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "javascript:alert('http://x')", "data:text/html,x", "//x", "", 1, None]
)
def test_a_link_leads_nowhere_else(app, url):
    assert app("webLink", url) is None


@pytest.mark.parametrize(
    "value",
    [
        None,
        1,
        "text",
        [],
        {},
        {"version": 2, "jobs": [{}]},
        {"version": 1, "jobs": {}},
        {"version": 1, "jobs": [1]},
    ],
)
def test_what_no_wait_wrote_is_not_taken_for_its_progress(app, value):
    assert app("readProgress", value) is None


def test_unknown_progress_stays_unknown(app):
    assert app("readProgress", progress({"id": "1", "progress": None}))["jobs"][0]["progress"] is None


def test_a_share_out_of_bounds_is_cut(app):
    jobs = app("readProgress", progress({"progress": 7}, {"progress": -1}))["jobs"]
    assert [job["progress"] for job in jobs] == [1, 0]


def test_values_of_other_types_are_left_out(app):
    job = {"id": {}, "status": ["x"], "counters": {"a": "1", "b": 2}, "polls": "many", "seen_at": "soon"}
    (read,) = app("readProgress", progress(job))["jobs"]
    assert (read["id"], read["status"], read["counters"], read["polls"], read["seenAt"]) == (
        "?",
        None,
        {"b": 2},
        0,
        None,
    )


def test_long_texts_are_cut(app):
    assert len(app("readProgress", progress({"status": "x" * 9_000}))["jobs"][0]["status"]) == 500


def test_at_most_fifty_jobs_are_shown_of_any_number(app):
    wait = app("readProgress", progress(*({"id": str(n)} for n in range(80))))
    assert (len(wait["jobs"]), wait["total"]) == (50, 80)


def test_the_length_of_an_outage_goes_on_from_the_last_poll(app):
    (job,) = app("readProgress", progress({"failures": 2, "polled_at": NOW, "silent": 300}))["jobs"]
    assert job["failingSince"] == NOW - 300


def test_jobs_are_in_the_order_in_which_somebody_should_look_at_them(app):
    jobs = [
        {"id": "well", "state": "succeeded"},
        {"id": "going", "state": "running"},
        {"id": "unseen", "state": None},
        {"id": "broken", "state": "succeeded", "ending": "too_many_failed"},
        {"id": "failed", "state": "failed"},
        {"id": "silent", "state": "running", "failures": 1},
    ]
    read = app("readProgress", progress(*jobs))["jobs"]
    assert [job["id"] for job in read] == ["silent", "broken", "failed", "going", "unseen", "well"]


@pytest.mark.parametrize(
    ("fields", "later", "is_old"),
    [
        ({}, 100, False),
        ({}, 130, True),
        ({"interval": 600}, 1_000, False),
        ({"interval": 600}, 1_300, True),
        ({"next_within": 1_800}, 3_500, False),
        ({"next_within": 1_800}, 3_700, True),
        ({"next_within": 20_000}, 20_000, False),
        ({"next_within": 1e9}, 180_000, True),
        ({"jobs": [{"next_poll": NOW + 3_600}]}, 3_000, False),
        ({"jobs": [{"next_poll": NOW + 3_600}]}, 3_800, True),
    ],
)
def test_news_is_old_when_more_was_due(app, fields, later, is_old):
    wait = app("readProgress", {**progress({}), **fields})
    assert app("isOldNews", wait, NOW + later) is is_old


@pytest.mark.parametrize(("later", "may_be_over"), [(100, False), (130, True)])
def test_one_of_a_crowd_may_have_ended_long_before_its_news_are_old(app, later, may_be_over):
    wait = app("readProgress", {**progress({}), "next_within": 1_800})
    assert app("mayBeOver", wait, NOW + later) is may_be_over


def test_what_a_task_returned_is_recognised_as_its_job(app):
    wait = app("readResult", result("a-1", JobState.FAILED, error="no such file"))
    assert (wait["total"], wait["jobs"][0]["id"], wait["jobs"][0]["error"]) == (1, "a-1", "no such file")


def test_the_jobs_of_a_list_are_counted_and_added_up(app):
    jobs = [result("1", counters={"read": 2}), None, result("2", JobState.FAILED, counters={"read": 3})]
    wait = app("readResult", jobs)
    assert (wait["total"], wait["endings"], wait["counters"]) == (
        3,
        {"succeeded": 1, "never seen": 1, "failed": 1},
        {"read": 5},
    )


def test_a_counter_may_have_any_name(app):
    jobs = [result("1", counters={"toString": 2}), result("2", counters={"toString": 3})]
    assert app("readResult", jobs)["counters"] == {"toString": 5}


@pytest.mark.parametrize(
    "value",
    [None, 3, "text", [], [None], {}, {"state": "succeeded"}, [result(), 3], {**result(), "state": "done"}],
)
def test_what_other_tasks_return_is_not_taken_for_a_job(app, value):
    assert app("readResult", value) is None
