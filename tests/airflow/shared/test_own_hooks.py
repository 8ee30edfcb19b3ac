"""Hooks of a user's own, in a real Airflow: the triggerer polls with what the worker has used."""

from __future__ import annotations

import pytest

from lab.run import Run
from tests.airflow.sandboxed import JOB_SECONDS

WRONG = "pk_of_nobody"
HANDED_OVER = ("choosing", "reading")


@pytest.fixture(scope="module")
def own_hooks(airflow, sandbox, clock) -> Run:
    sandbox.add_job("courier", job_id="of-own-hooks")
    stored = airflow.request("GET", "/api/v2/connections/courier_stored").json()
    wrong = {"conn_type": "courier", "host": stored["host"], "password": WRONG}
    airflow.create_connection("courier_wrong", wrong)
    run = Run.start(airflow, "own_hooks")
    run.wait_for_states(
        lambda states: states == {"choosing": "deferred", "reading": "deferred", "local": "running"}
    )
    clock.advance(JOB_SECONDS)
    run.wait()
    return run


@pytest.mark.parametrize("task_id", [*HANDED_OVER, "local"])
def test_a_hook_of_ones_own_finds_the_job(own_hooks, task_id):
    assert (own_hooks.tasks[task_id]["state"], own_hooks.xcoms(task_id)["return_value"]["id"]) == (
        "success",
        "of-own-hooks",
    )


@pytest.mark.parametrize("task_id", HANDED_OVER)
def test_a_hook_of_ones_own_polls_in_the_triggerer(own_hooks, task_id):
    assert own_hooks.worker_starts()[task_id] == 2


@pytest.mark.parametrize("task_id", [*HANDED_OVER, "local"])
def test_a_get_hook_of_ones_own_begins_on_a_worker_and_the_log_says_why(own_hooks, task_id):
    assert "the wait begins on a worker: its class has a get_hook of its own" in own_hooks.log(task_id)


@pytest.mark.usefixtures("own_hooks")
def test_neither_worker_nor_triggerer_sends_the_key_that_the_hooks_do_not_use(sandbox):
    assert WRONG not in sandbox.credentials


def test_a_hook_of_the_dag_file_waits_on_one_worker_and_the_log_says_why(own_hooks):
    reason = "is not deferred: its hook's class is of the DAG file, which the triggerer does not read"
    assert (own_hooks.worker_starts()["local"], reason in own_hooks.log("local")) == (1, True)
