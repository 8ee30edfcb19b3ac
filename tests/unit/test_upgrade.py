"""A wait that is in flight while the package is upgraded goes on: what older releases wrote is still read.

A file that fails here was written by a release that people run. Fix what reads it; never the file.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_jobstatus import __version__
from airflow_jobstatus.sensors.jobstatus import JobStatusSensor
from airflow_jobstatus.waiting.outcome import Ending
from tests.golden.forms import FOLDER, JOB, forms
from tests.support.fixtures import log, worker
from tests.support.worker import carried, recreated_from

__all__ = ["log", "worker"]

FORMS = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}
TRIGGERS, EVENTS = (
    [
        pytest.param(form, id=f"{release} {name}")
        for release, named in FORMS.items()
        for name, form in named.items()
        if name.startswith(kind)
    ]
    for kind in ("trigger", "event")
)


def missing(old: Any, new: Any) -> list[str]:
    """Return what a value had and its successor has not, by the path of keys that leads there."""
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [lost for pair in zip(old, new, strict=True) for lost in missing(*pair)]
    if not isinstance(old, dict) or not isinstance(new, dict):
        return [] if old == new else [f"{old!r} became {new!r}"]
    return [
        f"{key}: {lost}"
        for key, value in old.items()
        for lost in (missing(value, new[key]) if key in new else ["is gone"])
    ]


@pytest.mark.parametrize("form", TRIGGERS)
def test_a_trigger_of_an_older_release_is_made_anew_with_all_it_held(form):
    trigger = recreated_from(form["class_path"], form["arguments"])
    assert missing(form["arguments"], trigger.serialize()[1]) == []


@pytest.mark.parametrize("form", TRIGGERS)
def test_a_trigger_of_an_older_release_holds_nothing_that_is_ignored(form, log):
    recreated_from(form["class_path"], form["arguments"])
    assert log == []


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_of_an_older_release_ends_the_task_as_it_should(event, worker):
    sensor = JobStatusSensor(task_id="wait", conn_id="geobridge_default", job_id=JOB.id, deferrable=True)
    written = event["job"] if "job" in event else event["jobs"]
    if event["ending"] == Ending.SUCCEEDED:
        left = worker.stretch(sensor, lambda task, context: task.execute_complete(context, carried(event)))
    else:
        with pytest.raises(BaseException, match=event["message"]):
            worker.stretch(sensor, lambda task, context: task.execute_complete(context, carried(event)))
        left = worker.ti.xcoms["return_value"]
    assert missing(written, left) == []
    assert worker.ti.xcoms["failed_records"] == 5


def test_every_way_to_end_was_written_down():
    named = FORMS[__version__]
    assert {named[f"event {ending}"]["ending"] for ending in Ending} == set(Ending)


def test_the_forms_of_this_release_are_as_written_down():
    assert json.loads(json.dumps(forms())) == FORMS[__version__], "was this meant? python -m tests.golden"
