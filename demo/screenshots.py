"""Takes the pictures of Airflow's UI that the documentation shows: ``make screenshots``."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from selenium.webdriver.common.keys import Keys

from airflow_jobstatus.sandbox import Sandbox
from demo import long_waits
from lab.browser import CHROMIUM, DRIVER, Browser, is_installed
from lab.installation import Installation

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
SECONDS = 240.0
"""How long the jobs in the pictures take."""
AT = 0.4
"""Which share of that has passed when the pictures are taken."""
SCHEMES = ("light", "dark")
SIZE = (1280, 860)


def take(directory: Path) -> None:
    """Take every picture, each light and dark.

    :param directory: Where they are written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    sandbox = Sandbox(SECONDS)
    with sandbox.serve() as url, Installation(long_waits.DAGS) as airflow, Browser(*SIZE) as browser:
        connections = sandbox.connections(url)
        for vendor, fields in connections.items():
            airflow.create_connection(f"{vendor}_default", fields)
        began = time.time()
        tabs = dict(long_waits.begin(airflow, sandbox, SECONDS))
        browser.sign_in(airflow)

        def picture(name: str, page: str, seen: str, ready: Callable[[], object] = lambda: None) -> None:
            for scheme in SCHEMES:
                browser.prefer(scheme)
                browser.open(page.removeprefix(airflow.url))
                browser.see(seen)
                ready()
                browser.screenshot(directory / f"{name}-{scheme}.png")

        picture("form", "/connections", "Add Connection", lambda: _open_form(browser))
        time.sleep(max(0.0, began + AT * SECONDS - time.time()))
        picture("job", tabs["one job"], "Expected end")
        picture("outage", tabs["an api that fails"], "The last good answer")
        picture("jobs", tabs["many jobs"], "12 jobs")
        picture("remote-jobs", "/plugin/remote-jobs", "long_waits")


def _open_form(browser: Browser) -> None:
    """Open the form of a connection that declares an HTTP job API."""
    browser.find("button", "Add Connection").click()
    browser.find("[role=dialog] input[role=combobox]").send_keys("HTTP job", Keys.ENTER)
    browser.find("[role=dialog] [data-part=item-trigger]", "Extra Fields").click()
    browser.find("[role=dialog] .view-lines")


def main() -> None:
    """Take the pictures, into docs/pictures."""
    if not is_installed():
        sys.exit(f"The pictures need {CHROMIUM} and {DRIVER}: .ci/chromium installs them.")
    take(PICTURES)
    print(json.dumps(sorted(path.name for path in PICTURES.glob("*.png")), indent=2))  # noqa: T201


if __name__ == "__main__":
    main()
