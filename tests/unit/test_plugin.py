"""What the plugin declares to Airflow."""

from __future__ import annotations

from importlib.metadata import entry_points

import pytest
from airflow import plugins_manager
from airflow.plugins_manager import is_valid_plugin

from airflow_jobstatus import __version__
from airflow_jobstatus.plugin import JobStatusPlugin


def urls() -> set[str]:
    return {app["bundle_url"] for app in JobStatusPlugin().react_apps}


def test_airflow_finds_it_by_its_entry_point():
    (point,) = entry_points(group="airflow.plugins", name="jobstatus")
    assert point.load() is JobStatusPlugin


def test_airflow_takes_it_for_a_plugin(monkeypatch):
    monkeypatch.setattr(plugins_manager, "plugins", [], raising=False)  # Airflow 3.1 wants them loaded before
    assert is_valid_plugin(JobStatusPlugin)


def test_each_view_has_its_place():
    places = {app["name"]: (app["destination"], app["url_route"]) for app in JobStatusPlugin().react_apps}
    assert places == {
        "Job": ("task_instance", "job"),
        "Jobs": ("dag_run", "jobs"),
        "Remote jobs": ("nav", "remote-jobs"),
    }


def test_the_page_is_under_browse():
    (page,) = (app for app in JobStatusPlugin().react_apps if app["destination"] == "nav")
    assert page["category"] == "browse"


def test_the_url_of_the_file_names_the_version():
    assert urls() == {f"/jobstatus/app.js?v={__version__}"}


@pytest.mark.parametrize("base_url", ["https://example.com/airflow", "https://example.com/airflow/"])
def test_the_url_of_the_file_has_the_prefix_of_airflows_own(monkeypatch, base_url):
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", base_url)
    assert urls() == {f"/airflow/jobstatus/app.js?v={__version__}"}


async def test_what_it_mounts_serves_the_file():
    (mounted,) = JobStatusPlugin().fastapi_apps
    sent = []

    async def send(message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/app.js", "query_string": b"", "headers": []}
    await mounted["app"](scope, None, send)
    assert sent[0]["status"] == 200


def test_it_shows_nothing_where_it_is_switched_off(monkeypatch):
    monkeypatch.setenv("AIRFLOW__JOBSTATUS__UI", "False")
    plugin = JobStatusPlugin()
    assert (plugin.react_apps, plugin.fastapi_apps) == ([], [])


def test_it_installs_no_listener():
    assert JobStatusPlugin().listeners == []
