"""A trigger that cannot poll through its hook ends with an outcome, and says what to do."""

from __future__ import annotations

import time
from typing import Any

import pytest
from airflow.sdk.exceptions import ErrorType
from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.comms import ErrorResponse, MaskSecret

from airflow_jobstatus.triggers.jobstatus import JobStatusTrigger
from tests.support.acme import CONN_ID, SUCCEEDED
from tests.support.worker import fired

ACME = "tests.support.acme.AcmeHook"
PATHS = {
    "a module that is not there": "nowhere_at_all.hooks.AHook",
    "a class that is not there": "tests.support.acme.NoHook",
    "what is no hook": "builtins.dict",
    "a class that takes more": f"{__name__}.Demanding",
}


class Demanding:
    def __init__(self, conn_id: str, region: str) -> None:
        raise NotImplementedError


class Inline:
    """The supervisor of ``dag.test()``, which has no ``asend``."""

    def send(self, message: Any) -> Any:
        return (
            None if isinstance(message, MaskSecret) else ErrorResponse(error=ErrorType.CONNECTION_NOT_FOUND)
        )


def trigger(hook_class: str, conn_id: str, job_id: str = "a", **more: Any) -> JobStatusTrigger:
    now = time.time()
    return JobStatusTrigger(
        hook_class=hook_class,
        conn_id=conn_id,
        job_id=job_id,
        began=now,
        deadline=now + 60,
        options={"interval": 0},
        **more,
    )


@pytest.fixture
def inline(monkeypatch):
    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", Inline(), raising=False)


@pytest.mark.parametrize("name", PATHS)
async def test_a_hook_that_cannot_be_made_ends_the_wait_with_its_path(name):
    event = await fired(trigger(PATHS[name], "c"))
    assert (event["ending"], PATHS[name] in event["message"]) == ("rejected", True)


async def test_a_task_whose_hook_cannot_be_made_does_not_resume_before_it_may(triggerer):
    resumes_at = time.time() + 0.3
    held = trigger("nowhere_at_all.hooks.AHook", "c", resumes_at=resumes_at)
    held.task_instance = triggerer.instance()
    await fired(held)
    assert time.time() >= resumes_at


async def test_what_cannot_be_imported_is_named():
    event = await fired(trigger("nowhere_at_all.hooks.AHook", "c"))
    assert "No module named 'nowhere_at_all'" in event["message"]


@pytest.mark.usefixtures("inline")
@pytest.mark.parametrize("conn_id", ["in_the_database", "Another", "c"])
async def test_in_a_test_of_a_dag_a_connection_of_the_database_is_explained_at_once(conn_id):
    began = time.monotonic()
    event = await fired(trigger(ACME, conn_id))
    assert (event["ending"], time.monotonic() - began < 30) == ("rejected", True)
    assert f"AIRFLOW_CONN_{conn_id.upper()}, or set deferrable=False" in event["message"]


@pytest.mark.usefixtures("inline")
async def test_in_a_test_of_a_dag_a_connection_of_the_environment_works(acme):
    event = await fired(trigger(ACME, CONN_ID, acme.add(SUCCEEDED)))
    assert event["ending"] == "succeeded"
