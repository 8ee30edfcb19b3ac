"""The exception by which Airflow learns how a task ended."""

from __future__ import annotations

import pytest
from airflow.providers.common.compat.sdk import AirflowSkipException

from airflow_jobstatus.operators.exceptions import EXCEPTIONS, exception_for, skipped_if
from airflow_jobstatus.waiting.outcome import Ending, Outcome


def test_every_bad_ending_has_its_exception():
    assert set(EXCEPTIONS) == set(Ending) - {Ending.SUCCEEDED}


@pytest.mark.parametrize("ending", EXCEPTIONS)
def test_it_says_what_became_of_the_wait(ending):
    error = exception_for(Outcome(ending=ending, message="What became of it"))
    assert (type(error), str(error)) == (EXCEPTIONS[ending], "What became of it")


def test_what_is_soft_skips_and_says_the_same():
    with pytest.raises(AirflowSkipException, match="What became of it"), skipped_if(soft=True):
        raise exception_for(Outcome(ending=Ending.FAILED, message="What became of it"))
