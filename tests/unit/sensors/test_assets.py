"""An asset event of the sensor's outlets says which job has updated the asset."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from airflow.sdk import Asset, AssetAlias

from airflow_jobstatus.exceptions import JobFailed
from tests.support.acme import FAILED, SUCCEEDED

ASSET, OTHER, ALIAS = Asset("orders"), Asset("s3://bucket/key"), AssetAlias("any")


class Events(dict):
    """The events of a task's outlets by name: on Airflow 3.1 an asset cannot be the key of a dict."""

    def __init__(self, *assets):
        super().__init__({asset.name: SimpleNamespace(extra={"ours": 1}) for asset in assets})

    def __getitem__(self, asset):
        return super().__getitem__(asset.name)


@pytest.fixture
def extras(worker):
    """Run a sensor, and give the extra of each asset event."""

    def run(task):
        events = Events(ASSET, OTHER)
        worker.stretch(task, lambda task, context: task.execute({**context, "outlet_events": events}))
        return {name: event.extra for name, event in events.items()}

    return run


@pytest.mark.parametrize("deferrable", [False, True])
def test_it_names_the_job_its_state_and_its_counters(sensor, extras, deferrable):
    task = sensor(SUCCEEDED, outlets=[ASSET], deferrable=deferrable)()
    job = extras(task)["orders"]["job"]
    assert (job["vendor"], job["id"], job["state"]) == ("acme", task.job_id, "succeeded")
    assert job["counters"]["total_records"] == 1000


def test_it_holds_nothing_else_of_the_job(sensor, extras):
    job = extras(sensor(SUCCEEDED, outlets=[ASSET])())["orders"]["job"]
    assert set(job) == {"vendor", "id", "state", "counters"}


def test_what_others_put_there_stays(sensor, extras):
    assert extras(sensor(SUCCEEDED, outlets=[ASSET])())["orders"]["ours"] == 1


def test_each_outlet_has_it_but_no_alias(sensor, extras):
    found = extras(sensor(SUCCEEDED, outlets=[ASSET, ALIAS, OTHER])())
    assert [set(extra) for extra in found.values()] == [{"ours", "job"}] * 2


def test_an_outlet_that_is_no_asset_does_not_fail_the_task(sensor, extras):
    outlets = [{"a": "file of lineage"}, ASSET]  # it has no event, as Airflow's accessor says by an error
    assert "job" in extras(sensor(SUCCEEDED, outlets=outlets)())["orders"]


def test_of_a_list_each_job_is_there(sensor, extras, acme):
    job_ids = [acme.add(SUCCEEDED), acme.add(SUCCEEDED)]
    jobs = extras(sensor(job_id=job_ids, outlets=[ASSET])())["orders"]["jobs"]
    assert [job["id"] for job in jobs] == job_ids


def test_after_a_trigger_it_is_there_too(sensor, worker):
    events = Events(ASSET)
    task = sensor(SUCCEEDED, outlets=[ASSET])()
    job = {"vendor": "acme", "id": "x", "state": "succeeded", "status": "succeeded"}
    event = {"ending": "succeeded", "message": "done", "job": job}
    worker.stretch(task, lambda task, c: task.execute_complete({**c, "outlet_events": events}, event))
    assert events[ASSET].extra["job"]["id"] == "x"


def test_a_failed_job_updates_nothing(sensor, extras):
    with pytest.raises(JobFailed):
        extras(sensor(FAILED, outlets=[ASSET])())
