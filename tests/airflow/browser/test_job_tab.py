"""The tab Job of a task instance, as a browser shows it."""

from __future__ import annotations

import time

import pytest
from selenium.webdriver.common.by import By

from lab.until import until
from tests.airflow.browser.planted import failing_job, job, job_tab, plant, progress

FACTS = {
    "Expected end": "in 6 min",
    "Last change": "s ago",
    "Last poll": "s ago",
    "Next poll": "in ",
    "Polls": "12",
    "Deadline": "(timeout)",
    "Waiting since": "12 min ago",
    "Connection": "geobridge_default",
    "failed_records": "3",
}
"""What the tab says of the job under way, in part."""
MARKUP = "<img src=x onerror='window.planted = true'>"

REFUSE = """
const real = window.fetch;
const refusal = () => Promise.resolve(new Response("{}", {status: 403}));
window.fetch = (url, ...more) => String(url).includes("/xcomEntries/") ? refusal() : real(url, ...more);
"""
"""Has Airflow's API refuse XComs, until the page is opened anew."""
NOTE = """
const real = window.fetch;
const missing = () => Promise.resolve(new Response("{}", {status: 404}));
window.fetch = (url, options) => {
  const sent = options?.headers?.Authorization;
  window.sent = sent ?? window.sent;
  return sent ? missing() : real(url, options);
};
"""
"""Notes how requests are signed that are; Airflow gets none, for it ends a session over such a token."""


@pytest.fixture
def see_job(browser, shown):
    """Give what plants the XCom of a wait, opens its tab, and waits for a text."""

    def see(value, text: str, map_index: int = -1) -> None:
        task_id = "live" if map_index < 0 else "lives"
        plant(shown, task_id, value, map_index=map_index)
        browser.open(job_tab(shown, task_id, map_index))
        browser.see(text)

    return see


@pytest.fixture
def see_ended(browser, shown):
    """Give what opens the tab of a task that has ended, and waits for a text."""

    def see(task_id: str, text: str) -> None:
        browser.open(job_tab(shown, task_id))
        browser.see(text)

    return see


def bar(browser):
    return browser.find("[role=progressbar]")


def facts(browser) -> dict[str, str]:
    """Give the facts that the tab shows, by their names."""
    found = browser.driver.find_elements(By.CSS_SELECTOR, ".jobstatus dl > div")
    return dict(fact.text.split("\n", 1) for fact in found)


@pytest.fixture
def under_way(browser, see_job):
    see_job(progress(job()), "64 %")
    return browser


def test_a_wait_under_way_says_how_far_its_job_is(under_way):
    assert "640 of 1,000 records, 3 failed" in under_way.text


def test_the_state_is_the_vendors_word(under_way):
    assert under_way.find(".jobstatus .state").text == "processing"


def test_the_bar_has_a_role_a_name_and_a_value(under_way):
    shown = [bar(under_way).get_attribute(f"aria-{name}") for name in ("label", "valuenow", "valuetext")]
    assert shown == ["Progress of the job", "64", "64 %"]


def test_the_id_links_to_the_vendors_page_which_learns_nothing_of_airflow(under_way):
    link = under_way.find(".jobstatus a", "0bc08cdb")
    shown = [link.get_attribute(name) for name in ("href", "rel")]
    assert shown == ["https://console.geobridge.example/jobs/0bc08cdb", "noopener noreferrer"]


def test_the_tab_says_what_somebody_on_call_asks(under_way):
    shown = facts(under_way)
    assert {name: content in shown[name] for name, content in FACTS.items()} == dict.fromkeys(FACTS, True)


def test_a_moment_says_its_date_and_time_zone_under_the_mouse(under_way):
    assert under_way.find(".jobstatus time").get_attribute("title").endswith(" UTC")


def test_news_shows_by_itself(under_way, shown):
    plant(shown, "live", progress(job(progress=0.81)))
    under_way.see("81 %")


def test_unknown_progress_is_not_shown_as_none(browser, see_job):
    see_job(progress(job(progress=None, processed=None, total=None)), "Progress unknown")
    assert (bar(browser).get_attribute("aria-valuenow"), "0 %" in browser.text) == (None, False)


def test_an_outage_says_since_when_what_the_api_says_and_when_it_was_well(browser, see_job):
    see_job(progress(failing_job()), "GeoBridge's API has failed for 5 min")
    assert "(5 polls in a row)\nHTTP 503 Service Unavailable: page titled 'Maintenance'\n" in browser.text
    assert "The last good answer came 6 min" in browser.text


def test_old_news_says_that_it_is_old(see_job):
    long_ago = time.time() - 3_600
    see_job(progress(job(next_poll=long_ago), written_at=long_ago), "It was written 1 h ago")


def test_markup_in_a_text_stays_text(browser, see_job):
    texts = {field: f"{field} {MARKUP}" for field in ("id", "status", "error", "fault")}
    see_job(progress(failing_job(**texts)), texts["status"])
    assert [text for text in texts.values() if text not in browser.text] == []
    made = browser.driver.find_elements(By.CSS_SELECTOR, ".jobstatus img")
    assert (made, browser.driver.execute_script("return window.planted")) == ([], None)


def test_a_link_that_would_run_a_script_is_none(browser, see_job):
    see_job(progress(job(console="javascript:window.planted = true", id="no-link")), "no-link")
    assert browser.driver.find_elements(By.CSS_SELECTOR, ".jobstatus a") == []


def test_a_mapped_task_instance_shows_its_own_job(see_job):
    see_job(progress(job(id="of-instance-3")), "of-instance-3", map_index=3)


@pytest.fixture
def list_under_way(browser, see_job):
    jobs = [*(job(id=f"job-{n}") for n in range(40)), *(failing_job(id=f"silent-{n}") for n in range(2))]
    sums = {"counters": {"processed_records": 123_456}, "endings": {"succeeded": 36, "failed": 1}}
    see_job(progress(*jobs, total=1000, ended=37, progress=0.37, **sums), "37 of 1,000 jobs ended")
    return browser


def test_a_list_begins_with_its_sums(list_under_way):
    assert "37 of 1,000 jobs ended: 36 succeeded, 1 failed" in list_under_way.text
    assert facts(list_under_way)["processed_records"] == "123,456"


def test_a_list_shows_the_jobs_first_whose_api_fails_and_says_how_many_it_does_not_show(list_under_way):
    ids = [
        cell.text for cell in list_under_way.driver.find_elements(By.CSS_SELECTOR, "td[data-label=Job] code")
    ]
    assert ids[:3] == ["silent-0", "silent-1", "job-0"]
    assert "958 more jobs not shown" in list_under_way.text


def test_after_a_success_the_tab_shows_what_the_task_returned(browser, see_ended):
    see_ended("succeeds", "1,000 of 1,000 records, 7 failed")
    assert browser.find(".jobstatus .state").text == "succeeded"


def test_after_the_end_the_id_still_links_to_the_vendors_page(browser, see_ended, shown):
    see_ended("succeeds", "1,000 of 1,000 records, 7 failed")
    job_id = shown.xcoms("succeeds")["return_value"]["id"]
    link = browser.find(".jobstatus a", job_id)
    assert link.get_attribute("href") == f"https://console.example/jobs/{job_id}"


def test_after_a_failure_the_tab_shows_the_jobs_error(browser, see_ended):
    see_ended("fails", "Input could not be downloaded.")
    assert browser.find(".jobstatus .state").text == "failed"


def test_after_the_end_of_a_list_the_job_that_failed_is_first(browser, see_ended):
    see_ended("many", "1 succeeded, 1 failed")
    assert browser.find("td[data-label=State]").text == "failed"


def test_a_task_that_waits_for_no_job_says_so_in_one_line(browser, see_ended):
    see_ended("another_kind", "This task waits for no job.")
    assert browser.find(".jobstatus").text == "This task waits for no job."


def test_in_the_dark_the_colours_are_others(browser, see_job):
    colours = []
    for scheme in ("light", "dark"):
        browser.prefer(scheme)
        see_job(progress(job()), "64 %")
        colours.append(browser.find(".jobstatus dt").value_of_css_property("color"))
    browser.prefer("light")
    assert colours[0] != colours[1]


def test_who_may_not_read_xcoms_is_told_so(browser, see_job):
    see_job(progress(job()), "64 %")
    browser.driver.execute_script(REFUSE)
    browser.see("You may not see this (HTTP 403)")


def test_a_token_in_the_browsers_storage_is_sent(browser, see_job):
    see_job(progress(job()), "64 %")
    browser.driver.execute_script(NOTE + "localStorage.setItem('token', 'as-in-3.1.0')")
    try:
        sent = until(lambda: browser.driver.execute_script("return window.sent"), every=0.1)
    finally:
        browser.driver.execute_script("localStorage.removeItem('token')")
    assert sent == "Bearer as-in-3.1.0"
