"""Which waits the JavaScript lists and counts, beside a played API of Airflow; Node.js runs it."""

from __future__ import annotations

import json
import subprocess
import time
from typing import Any

import pytest

SCRIPT = """
const [module, waits, finished, asked] = process.argv.slice(1).map((one, at) => at ? JSON.parse(one) : one);
globalThis.React = { Component: class {} };
globalThis.document = { baseURI: "http://airflow/" };
globalThis.localStorage = { getItem: () => null };
const page = (name, all, url) => {
  const offset = Number(url.searchParams.get("offset"));
  return { [name]: all.slice(offset, offset + 100), total_entries: all.length };
};
globalThis.fetch = async (address) => {
  const url = new URL(address, "http://airflow");
  const path = url.pathname.split("/").map(decodeURIComponent);
  const wait = waits.find((one) => path.includes(one.place.task_id));
  let said;
  if (path.at(-2) === "~") said = page("xcom_entries", waits.map((one) => one.place), url);
  else if (path.at(-1) === "taskInstances") said = page("task_instances", finished, url);
  else if (path.at(-1) === "job_progress") said = { value: wait.progress };
  else if (path.at(-1) === "return_value") return { ok: false, status: 404, headers: new Map() };
  else said = { state: wait.state };
  return { ok: true, status: 200, headers: new Map(), json: async () => said };
};
const { loadWaits } = await import(module);
const found = [];
for (const [dag, run, number] of asked) {
  const { rows, page, waiting, failing, ended } = await loadWaits(dag, run, number);
  const listed = rows.map((row) => [row.place.task_id, row.wait?.live ?? null]);
  const fails = ({ failing, jobs }) => failing || jobs.some((job) => job.failures);
  const troubled = rows.filter((row) => row.wait && fails(row.wait)).length;
  found.push({ listed, page, waiting, failing, ended, troubled });
}
console.log(JSON.stringify(found));
"""
LONG_AGO = 4_000.0
"""Seconds after which nothing more is to come."""


@pytest.fixture
def load(node, module):
    """Give what loads pages of the waits of all runs, or of one."""

    def load(waits: list[dict], *pages: int, run: str = "~", finished: tuple[dict, ...] = ()) -> list[dict]:
        asked = [("~" if run == "~" else "dag", run, page) for page in pages]
        arguments = [str(module), *map(json.dumps, (waits, finished, asked))]
        command = [node, "--input-type=module", "--eval", SCRIPT, *arguments]
        return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    return load


def place(task_id: str) -> dict[str, Any]:
    return {"dag_id": "dag", "run_id": "run", "task_id": task_id, "map_index": -1, "timestamp": "t"}


def wait(task_id: str, *, began: float, state: str = "deferred", age: float = 0.0, **shown: Any) -> dict:
    written_at = time.time() - age
    job = {"id": task_id, "state": "running", "next_poll": written_at + 60}
    progress = {"version": 1, "vendor": "Courier", "began": began, "interval": 60, "written_at": written_at}
    return {"place": place(task_id), "state": state, "progress": {**progress, "jobs": [job], **shown}}


def counts(found: dict) -> tuple[int, int, int]:
    return found["page"], len(found["listed"]), found["waiting"]


def test_waits_that_ended_without_a_word_are_on_no_page_and_in_no_count(load):
    live = [wait(f"live-{number}", began=number) for number in range(30)]
    over = [
        wait(f"over-{number}", began=500 + number, state="failed", age=LONG_AGO, failing=1)
        for number in range(40)
    ]
    assert [counts(found) for found in load([*live, *over], 0, 1, 0)] == [
        (0, 30, 30),
        (1, 30, 30),
        (0, 30, 30),
    ]
    assert load([*live, *over], 0)[0]["failing"] == 0


def test_one_of_a_crowd_that_ended_is_gone_from_the_page_before_its_news_are_old(load):
    live = [wait(f"live-{number}", began=100 + number, next_within=1_800) for number in range(3)]
    over = wait("over", began=1, state="failed", age=300, next_within=1_800)
    [found] = load([over, *live], 0)
    assert [task_id for task_id, _ in found["listed"]] == ["live-0", "live-1", "live-2"]


def test_one_of_a_crowd_that_goes_on_stays_on_the_page(load):
    [found] = load([wait("live", began=1, age=300, next_within=1_800)], 0)
    assert found["listed"] == [["live", True]]


ENDED = {
    **place("marked"),
    "state": "failed",
    "end_date": "2026-11-26T00:00:00Z",
    "operator": "JobStatusSensor",
    "try_number": 1,
}


def test_a_task_that_was_ended_from_outside_shows_its_last_word_in_its_run(load):
    [found] = load([wait("marked", began=1, state="failed")], 0, run="run", finished=(ENDED,))
    assert (found["listed"], found["waiting"], found["ended"]) == ([["marked", False]], 0, 1)


def test_a_task_that_fetches_the_results_of_a_job_is_no_wait(load):
    rendered = {"conn_id": "c", "job_id": "j", "path": "p"}
    fetched = {**ENDED, **place("fetch"), "operator": "JobResultsOperator", "rendered_fields": rendered}
    [found] = load([], 0, run="run", finished=(fetched,))
    assert found["ended"] == 0


def test_a_task_that_was_ended_from_outside_does_not_say_that_its_api_still_fails(load):
    failing = wait("marked", began=1, state="failed", failing=1)
    failing["progress"]["jobs"][0] |= {"failures": 3, "silent": 60, "fault": "HTTP 503"}
    [found] = load([failing], 0, run="run", finished=(ENDED,))
    assert found["troubled"] == 0
