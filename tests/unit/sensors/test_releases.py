"""An event of another release is explained, not a KeyError."""

from __future__ import annotations

import pytest
from airflow.providers.common.compat.sdk import AirflowSkipException

from airflow_jobstatus.exceptions import ReleasesDiffer
from tests.support.acme import SUCCEEDED

EVENTS = {
    "another form": {"status": "success", "message": "done"},
    "an ending of tomorrow": {"ending": "postponed", "message": "later"},
    "a job in another form": {"ending": "succeeded", "message": "done", "job": {"state": "asleep"}},
    "nothing": {},
    "no event": None,
    "a text": "done",
}


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_that_cannot_be_read_says_that_releases_differ(sensor, worker, name):
    with pytest.raises(ReleasesDiffer, match="different releases of airflow-provider-jobstatus"):
        worker.stretch(
            sensor(SUCCEEDED, deferrable=True)(),
            lambda task, context: task.execute_complete(context, EVENTS[name]),
        )


def test_a_soft_task_is_skipped_for_it(sensor, worker):
    with pytest.raises(AirflowSkipException):
        worker.stretch(
            sensor(SUCCEEDED, deferrable=True, soft_fail=True)(),
            lambda task, context: task.execute_complete(context, {}),
        )
