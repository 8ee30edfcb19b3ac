"""The page Remote jobs, with thirty waits, as a browser shows it."""

from __future__ import annotations

import time

import pytest
from selenium.webdriver.common.by import By

from lab.until import until
from tests.airflow.browser.planted import failing_job, job, plant, progress

WAITS = 29
FAILING = (7, 28)
ROWS = ".jobstatus tbody tr:not(.more)"


@pytest.fixture(scope="module", autouse=True)
def thirty_waits(shown) -> None:
    plant(shown, "live", progress(job()))
    for index in range(WAITS):
        kind = failing_job if index in FAILING else job
        plant(shown, "lives", progress(kind(id=f"job-{index}")), map_index=index)


@pytest.fixture
def page(browser):
    browser.open("/plugin/remote-jobs")
    browser.see("waits under way, 2 with a failing API")
    return browser


def tasks(browser) -> list[str]:
    return [row.text.split("\n")[0] for row in browser.driver.find_elements(By.CSS_SELECTOR, ROWS)]


def turn(browser, button: str, to: str) -> None:
    browser.find("button", button).click()
    browser.see(to)


def test_the_waits_whose_api_fails_are_first(page):
    assert tasks(page)[:2] == [f"shown.lives [{index}]" for index in FAILING]


def test_a_page_has_25_waits(page):
    assert len(tasks(page)) == 25


def test_the_next_page_has_the_others(page):
    first = tasks(page)
    turn(page, "Next", "Page 2 of 2")
    every = {"shown.live", *(f"shown.lives [{index}]" for index in range(WAITS))}
    assert every <= {*first, *until(lambda: tasks(page))}


def test_one_can_turn_back(page):
    first = tasks(page)
    turn(page, "Next", "Page 2 of 2")
    turn(page, "Previous", "Page 1 of 2")
    assert tasks(page) == first


def test_there_is_nothing_before_the_first_page(page):
    assert not page.find("button", "Previous").is_enabled()


def test_a_wait_leads_to_its_task(page):
    page.find(".jobstatus a", "shown.lives [7]").click()
    page.see("GeoBridge's API has failed for 5 min")
    assert page.driver.current_url.endswith("/tasks/lives/mapped/7/plugin/job")


def test_the_page_is_in_the_menu(page):
    page.open("/")
    page.find("button", "Browse").click()
    page.find("[role=menuitem]", "Remote jobs").click()
    page.see("waits under way")


def test_what_a_task_that_has_ended_left_behind_is_no_wait(browser, shown):
    long_ago = time.time() - 3_600
    plant(shown, "succeeds", progress(failing_job(next_poll=long_ago), written_at=long_ago))
    browser.open("/plugin/remote-jobs")
    browser.see("waits under way")
    assert "shown.succeeds" not in tasks(browser)
