"""With ``silent_fail`` a task goes on after an error that a later poll may not meet."""

from __future__ import annotations

import time

import pytest

from tests.support.acme import FAILED, SUCCEEDED, UNAUTHORIZED
from tests.support.airflow_names import AirflowRescheduleException

modes = pytest.mark.parametrize("mode", ["poke", "reschedule"])


@modes
def test_it_goes_on_after_a_refused_credential(sensor, worker, mode):
    ended = worker.run(sensor(UNAUTHORIZED, SUCCEEDED, mode=mode, silent_fail=True))
    assert (ended.error, ended.xcoms["return_value"]["state"]) == (None, "succeeded")


@modes
def test_a_job_that_failed_fails_the_task_all_the_same(sensor, worker, mode):
    ended = worker.run(sensor(FAILED, mode=mode, silent_fail=True))
    assert "failed" in str(ended.error)


def test_the_next_poll_comes_after_the_interval(sensor, worker):
    before = time.time()
    with pytest.raises(AirflowRescheduleException) as raised:
        worker.stretch(sensor(UNAUTHORIZED, mode="reschedule", poke_interval=60, silent_fail=True)())
    assert raised.value.reschedule_date.timestamp() >= before + 60
