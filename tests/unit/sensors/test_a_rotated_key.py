"""A wait on a worker takes up a key that is changed in its connection, as one in the triggerer does."""

from __future__ import annotations

import json

import pytest

from airflow_jobstatus.exceptions import Unauthorized
from tests.support.acme import CONN_ID, RUNNING, SUCCEEDED
from tests.support.scripted_server import Recorded, Reply

VARIABLE = f"AIRFLOW_CONN_{CONN_ID.upper()}"
REFUSED = Reply(status=401, body={"title": "Unauthorized"})


@pytest.fixture
def rotating(acme, monkeypatch):
    """Have the second poll refused, and then only other keys accepted; write one into the connection."""

    def rotate(key: str) -> None:
        old: list[str] = []

        def answer(request: Recorded) -> Reply:
            used = request.headers["x-api-key"]
            if not old:
                old.append(used)
                return Reply(body=RUNNING.body)
            if used == old[0]:
                monkeypatch.setenv(VARIABLE, json.dumps({**acme.connection, "password": key}))
                return REFUSED
            return Reply(body=SUCCEEDED.body)

        acme.server.play(answer)

    return rotate


def test_it_takes_up_the_other_key(sensor, worker, rotating):
    rotating("another key")
    assert worker.run(sensor(job_id="job")).error is None


def test_it_asks_again_at_once(sensor, worker, rotating, acme):
    rotating("another key")
    worker.run(sensor(job_id="job"))
    assert acme.polls("job") == 3


def test_the_same_key_is_refused_for_good(sensor, worker, rotating, acme):
    rotating(acme.connection["password"])
    assert isinstance(worker.run(sensor(job_id="job")).error, Unauthorized)


@pytest.mark.parametrize("now", ["{}", "no JSON"])
def test_a_connection_that_is_of_no_use_any_more_changes_nothing(sensor, worker, acme, monkeypatch, now):
    def answer(_: Recorded) -> Reply:
        monkeypatch.setenv(VARIABLE, now)
        return REFUSED

    acme.server.play(answer)
    assert isinstance(worker.run(sensor(job_id="job")).error, Unauthorized)
