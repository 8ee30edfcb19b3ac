"""The tabs and the page where Airflow is served below a path, for somebody who may only look."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from lab.browser import Browser, is_installed
from lab.client import AirflowClient
from lab.installation import Installation
from lab.run import Run
from tests.airflow.browser.planted import job, job_tab, plant, progress
from tests.airflow.sandboxed import DAGS

PREFIX = "/airflow"
USERS = {"AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin,looks:viewer"}

pytestmark = pytest.mark.skipif(not is_installed(), reason="no browser: .ci/chromium installs it")


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    with Installation(DAGS / "under_way", env=USERS, prefix=PREFIX) as airflow:
        run = Run.start(airflow, "under_way")
        run.wait_for_states(lambda states: states == {"live": "deferred"})
        plant(run, "live", progress(job()))
        yield run


@pytest.fixture(scope="module")
def browser(run) -> Iterator[Browser]:
    home = run.airflow.home
    passwords = json.loads((home / "simple_auth_manager_passwords.json.generated").read_text())
    with Browser() as browser:
        browser.sign_in(AirflowClient(run.airflow.url, "looks", passwords["looks"]))
        yield browser


def test_the_tab_of_a_task_shows_its_job(browser, run):
    browser.open(job_tab(run, "live"))
    browser.see("640 of 1,000 records")


def test_the_tab_of_a_run_shows_its_waits(browser, run):
    browser.open(f"/dags/{run.dag_id}/runs/{run.run_id}/plugin/jobs")
    browser.see("1 wait under way")


@pytest.fixture
def page(browser):
    browser.open("/plugin/remote-jobs")
    browser.see("1 wait under way")
    return browser


def test_the_page_leads_to_the_tab(page, run):
    page.find(".jobstatus a", "under_way.live").click()
    page.see("640 of 1,000 records")
    assert page.driver.current_url.startswith(f"{run.airflow.url}/dags/")


def test_the_file_is_served_below_the_prefix(page):
    loaded = page.driver.execute_script(
        "return performance.getEntriesByType('resource').map(one => one.name)"
    )
    (url,) = (url for url in loaded if "/jobstatus/app.js?v=" in url)
    assert f"{PREFIX}/jobstatus/" in url
