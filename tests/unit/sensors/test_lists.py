"""What is said of a list of jobs."""

from __future__ import annotations

import pytest

from airflow_jobstatus.exceptions import JobRejected, JobStalled
from airflow_jobstatus.operators.jobstatus import JobStatusOperator
from tests.support.acme import CONN_ID, RUNNING, SUCCEEDED
from tests.support.outcomes import MODES

modes = pytest.mark.parametrize("mode", MODES)


def said(log):
    return [repr(entry) for entry in log]


@pytest.fixture
def jobs(acme):
    """Give ids of running jobs, and of one that has succeeded."""
    running = [acme.add(RUNNING) for _ in range(3)]
    return [acme.add(SUCCEEDED), *running]


@modes
@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_job_that_is_waited_for_no_longer_has_not_ended(sensor, worker, log, jobs, mode, count):
    worker.run(sensor(job_id=jobs[1 : 1 + count], timeout=0.2, **MODES[mode]))
    assert [line for line in said(log) if f"{count} of {count} jobs have ended" in line] == []


def test_what_has_ended_is_counted_among_them(sensor, worker, log, jobs):
    worker.run(sensor(job_id=jobs, timeout=0.2))
    assert any("1 of 4 jobs have ended" in line for line in said(log))


@modes
@pytest.mark.parametrize("times", [2, 3])
def test_an_id_that_is_given_again_is_mentioned_once(sensor, worker, log, acme, mode, times):
    job_id = acme.add(RUNNING, SUCCEEDED)
    worker.run(sensor(job_id=[job_id] * times, **MODES[mode]))
    lines = [line for line in said(log) if "more than once" in line]
    assert (len(lines), job_id in lines[0]) == (1, True)


def test_ids_that_differ_are_not(sensor, worker, log, jobs):
    worker.run(sensor(job_id=jobs, timeout=0.2))
    assert not [line for line in said(log) if "more than once" in line]


@pytest.mark.parametrize("job_id", ["['a', 'b']", '["a"]', ["a", "b"], []], ids=repr)
def test_the_operator_refuses_a_list_before_any_call(acme, worker, job_id):
    ended = worker.run(lambda: JobStatusOperator(task_id="poll", conn_id=CONN_ID, job_id=job_id))
    assert (type(ended.error), acme.server.requests) == (JobRejected, [])


@modes
def test_a_list_that_stalls_fails(sensor, worker, jobs, mode):
    ended = worker.run(sensor(job_id=jobs, stall_timeout=0.3, **MODES[mode]))
    assert type(ended.error) is JobStalled


@modes
def test_a_stall_names_who_has_not_moved(sensor, worker, jobs, mode):
    ended = worker.run(sensor(job_id=jobs[:2], stall_timeout=0.3, **MODES[mode]))
    assert f"stalled: '{jobs[1]}'" in str(ended.error)
