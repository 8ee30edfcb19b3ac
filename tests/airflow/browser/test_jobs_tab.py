"""The tab Jobs of a DAG run, as a browser shows it."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.by import By

from tests.airflow.browser.planted import failing_job, job, plant, progress


@pytest.fixture(scope="module")
def rows(browser, shown) -> dict[str, str]:
    """Give what the tab says of each task, in its order; with what stands below a row."""
    plant(shown, "live", progress(job()))
    plant(shown, "lives", progress(failing_job()), map_index=2)
    browser.open(f"/dags/{shown.dag_id}/runs/{shown.run_id}/plugin/jobs")
    browser.see("under way, 1 with a failing API, 3 ended")
    found: dict[str, str] = {}
    for row in browser.driver.find_elements(By.CSS_SELECTOR, ".jobstatus tbody tr"):
        if row.get_attribute("class") != "more":
            task = row.find_element(By.TAG_NAME, "td").text
            found[task] = ""
        found[task] += row.text
    return found


def test_the_wait_whose_api_fails_is_first(rows):
    assert next(iter(rows)) == "lives [2]"


def test_it_says_what_the_api_says(rows):
    assert "The API has failed for 5 min" in rows["lives [2]"]
    assert "HTTP 503 Service Unavailable" in rows["lives [2]"]


def test_a_wait_under_way_says_how_far_it_is(rows):
    assert "640 / 1,000" in rows["live"]


def test_what_ended_badly_comes_before_what_ended_well(rows):
    ended = [task for task in rows if task in {"succeeds", "fails", "many"}]
    assert ended.index("succeeds") == 2


def test_a_job_that_failed_says_why(rows):
    assert "Input could not be downloaded." in rows["fails"]


def test_a_task_of_another_kind_is_not_there(rows):
    assert "another_kind" not in rows
