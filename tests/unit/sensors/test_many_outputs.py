"""``multiple_outputs``: bad ends leave the keys of good ones, and a list is refused before the wait."""

from __future__ import annotations

import pytest

from airflow_jobstatus.exceptions import JobRejected
from airflow_jobstatus.sensors.jobstatus import JobStatusSensor
from tests.support.acme import CANCELLED, CONN_ID, FAILED, RUNNING, SUCCEEDED
from tests.support.outcomes import MODES, SOON

modes = pytest.mark.parametrize("mode", MODES)
ENDS = {
    "failed": (FAILED,),
    "failed later": (RUNNING, FAILED),
    "cancelled": (RUNNING, CANCELLED),
    "timeout": (RUNNING,),
}


@modes
@pytest.mark.parametrize("end", ENDS)
def test_a_bad_end_leaves_each_key_of_the_job(sensor, worker, mode, end):
    timeout = {"timeout": SOON[mode]} if end == "timeout" else {}
    xcoms = worker.run(sensor(*ENDS[end], multiple_outputs=True, **timeout, **MODES[mode])).xcoms
    assert {key: xcoms.get(key) for key in xcoms["return_value"]} == xcoms["return_value"]


def test_without_it_a_bad_end_leaves_no_such_key(sensor, worker):
    assert "state" not in worker.run(sensor(FAILED)).xcoms


@pytest.mark.parametrize("job_id", [["a", "b"], ("a",), []], ids=repr)
def test_a_list_is_refused_when_the_dag_is_parsed(job_id):
    with pytest.raises(ValueError, match="no keys for multiple_outputs"):
        JobStatusSensor(task_id="wait", conn_id=CONN_ID, job_id=job_id, multiple_outputs=True)


@modes
@pytest.mark.parametrize("text", ["['a', 'b']", '["a"]'])
def test_the_text_of_a_list_is_refused_before_the_first_poll(acme, sensor, worker, mode, text):
    ended = worker.run(sensor(job_id=text, multiple_outputs=True, **MODES[mode]))
    assert (type(ended.error), acme.server.requests) == (JobRejected, [])


@modes
def test_one_job_is_fine(sensor, worker, mode):
    assert worker.run(sensor(SUCCEEDED, multiple_outputs=True, **MODES[mode])).error is None
