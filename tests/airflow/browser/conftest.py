"""The browser that all tests of the UI share, signed in to the Airflow that they share too."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from lab.browser import CHROMIUM, DRIVER, Browser, is_installed

REQUIRED = "JOBSTATUS_BROWSER_TESTS"
"""The environment variable that says ``required`` where a missing browser is a failure."""


@pytest.fixture(scope="session")
def browser(request) -> Iterator[Browser]:
    if not is_installed() and os.environ.get(REQUIRED) != "required":
        pytest.skip(f"no {CHROMIUM} and {DRIVER}: .ci/chromium installs them")
    airflow = request.getfixturevalue("airflow")  # not before it is known that there is a browser
    with Browser() as browser:
        browser.sign_in(airflow)
        yield browser
