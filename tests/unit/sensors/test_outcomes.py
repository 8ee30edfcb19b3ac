"""Every way in which a wait can end, in every mode, with every kind of softness."""

from __future__ import annotations

import re
from functools import cache

import pytest

from airflow_jobstatus.sensors.jobstatus import JobStatusSensor
from airflow_jobstatus.waiting.outcome import Ending
from tests.support.acme import CONN_ID
from tests.support.outcomes import CASES, MODES, SOFTNESS
from tests.support.worker import Ended, Worker

cases = pytest.mark.parametrize(
    ("name", "mode"), [(name, mode) for name, case in CASES.items() for mode in case.modes]
)
in_all_modes = [name for name, case in CASES.items() if case.modes == tuple(MODES)]
softnesses = pytest.mark.parametrize("softness", SOFTNESS)


@pytest.fixture(scope="module")
def wait(run_acme):
    """Run a sensor to its end, in a mode and with a softness; each such run is made once for all claims."""

    @cache
    def run(name: str, mode: str, softness: str = "plain") -> Ended:
        case = CASES[name]
        arguments = {
            "task_id": "wait",
            "conn_id": CONN_ID,
            "job_id": acme.add(*case.polls),
            "poke_interval": 0,
            **case.arguments_in(mode),
            **SOFTNESS[softness],
        }
        return Worker().run(lambda: JobStatusSensor(**arguments))

    with run_acme() as acme:
        yield run


@cases
@softnesses
def test_the_task_raises_what_the_table_says(wait, name, mode, softness):
    ended = wait(name, mode, softness)
    assert type(ended.error) is (CASES[name].raises_when(softness) or type(None)), ended.error


@cases
@softnesses
def test_the_job_as_last_seen_is_on_xcom_with_its_counters_however_the_task_ends(wait, name, mode, softness):
    xcoms = wait(name, mode, softness).xcoms
    counters = {key: value for key, value in xcoms.items() if key != "return_value"}
    last_seen = CASES[name].last_seen
    assert counters == (last_seen.body["statistics"] if last_seen else {})
    assert xcoms.get("return_value", {}).get("counters", {}) == counters


@cases
def test_counters_are_ints(wait, name, mode):
    xcoms = wait(name, mode).xcoms
    assert {type(value) for key, value in xcoms.items() if key != "return_value"} <= {int}


@pytest.mark.parametrize("name", in_all_modes)
def test_the_job_on_xcom_is_the_same_in_every_mode(wait, name):
    in_mode = {mode: wait(name, mode).xcoms.get("return_value", {}) | {"id": "any"} for mode in MODES}
    assert in_mode["poke"] == in_mode["reschedule"] == in_mode["deferrable"]


@pytest.mark.parametrize("name", [name for name in in_all_modes if CASES[name].raises])
def test_the_error_says_the_same_in_every_mode(wait, name):
    varying = r"job-\d+|\d+ s|\d polls|timeout=[\d.]+|\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d"
    said = {mode: re.sub(varying, "…", str(wait(name, mode).error)) for mode in MODES}
    assert said["poke"] == said["reschedule"] == said["deferrable"]


@pytest.mark.parametrize("name", [name for name in in_all_modes if len(CASES[name].polls) == 2])
def test_a_wait_for_a_running_job_pauses_in_the_way_of_its_mode(wait, name):
    pauses = {mode: ((ended := wait(name, mode)).reschedules, len(ended.deferrals)) for mode in MODES}
    assert pauses == {"poke": (0, 0), "reschedule": (CASES[name].pauses, 0), "deferrable": (0, 1)}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("softness", ["soft_fail", "never_fail"])
def test_a_task_that_is_skipped_says_why(wait, mode, softness):
    assert "failed, 70 %, 700/1000 records" in str(wait("failed", mode, softness).error)


def test_the_table_holds_every_ending():
    assert {case.ending for case in CASES.values()} == set(Ending)
