"""A browser that shows Airflow's UI as a person sees it, for as long as a context lasts."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from types import TracebackType

from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import ActionChains, Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from typing_extensions import Self

from lab.client import AirflowClient
from lab.until import until

CHROMIUM = Path("/usr/bin/chromium")
DRIVER = Path("/usr/bin/chromedriver")
ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",  # root has none
    "--disable-dev-shm-usage",  # a container's is small
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
    "--hide-scrollbars",
)
"""It needs no screen, and calls nothing but the page."""
SESSION_COOKIE = "_token"
"""Where Airflow's UI looks for the token of who is signed in."""
COPY = "navigator.clipboard.writeText(arguments[0]).then(arguments[1])"
WITHIN = 60.0
"""Seconds in which a page has to show what is expected; on two busy cores Airflow's UI takes long."""
EVERY = 0.1
"""Seconds between two looks at the page."""


def is_installed() -> bool:
    """Return whether there are a Chromium and its driver where Debian installs them."""
    return CHROMIUM.exists() and DRIVER.exists()


class Browser:
    """A headless Chromium with an empty profile, which ends with the context.

    For example::

        with Installation(dags) as airflow, Browser() as browser:
            browser.sign_in(airflow)
            browser.open("/connections")
            browser.see("courier_default")

    What is not here is done with ``driver``, selenium's own.

    :param width: The width of the window, in pixels.
    :param height: The height of the window, in pixels.
    """

    driver: Chrome

    def __init__(self, width: int = 1280, height: int = 900) -> None:
        self._size = (width, height)
        self._url = ""
        self._exit = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            profile = stack.enter_context(tempfile.TemporaryDirectory(prefix="browser-"))
            options = ChromeOptions()
            options.binary_location = str(CHROMIUM)
            for argument in (*ARGUMENTS, f"--user-data-dir={profile}"):
                options.add_argument(argument)
            self.driver = Chrome(options, ChromeService(str(DRIVER)))
            stack.callback(self.driver.quit)
            self.resize(*self._size)
            self._exit = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._exit.__exit__(kind, error, traceback)

    def sign_in(self, client: AirflowClient) -> None:
        """Sign in, as another user or to another Airflow than before.

        :param client: Whose pages are opened from now on, by its user.
        """
        self._url = client.url
        cookie = {"name": SESSION_COOKIE, "value": client.token, "url": client.url}
        self.driver.execute_cdp_cmd("Network.setCookie", cookie)

    def open(self, path: str) -> None:
        """Open a page.

        :param path: Its path, from Airflow's base URL on.
        """
        self.driver.get(self._url + path)

    def resize(self, width: int, height: int) -> None:
        """Set the size of the page.

        :param width: In pixels.
        :param height: In pixels.
        """
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def prefer(self, scheme: str) -> None:
        """Prefer light or dark pages, as the settings of an operating system do.

        :param scheme: ``light`` or ``dark``.
        """
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    @property
    def text(self) -> str:
        """All text that the page shows."""
        text: str = self.driver.execute_script("return document.body.innerText")
        return text

    def see(self, text: str, within: float = WITHIN) -> None:
        """Wait until the page shows a text.

        :param text: The text.
        :param within: For how many seconds to wait.
        :raises TimeoutError: if it does not, with what it shows.
        """
        until(
            lambda: text in self.text,
            within=within,
            every=EVERY,
            what=lambda: f"{text!r} in {self.driver.current_url}, which shows:\n{self.text}",
        )

    def find(self, selector: str, text: str = "", within: float = WITHIN) -> WebElement:
        """Wait until the page shows an element, and return the first of its kind.

        :param selector: Which one, in CSS.
        :param text: What it has to hold, if that matters.
        :param within: For how many seconds to wait.
        :raises TimeoutError: if there is none, with what the page shows.
        """
        return until(
            lambda: self._shown(selector, text),
            within=within,
            every=EVERY,
            what=lambda: f"{selector} {text!r} in {self.driver.current_url}, which shows:\n{self.text}",
        )

    def paste(self, element: WebElement, text: str) -> None:
        """Replace what a field or an editor holds, by way of the clipboard.

        :param element: The field.
        :param text: The text.
        """
        permissions = {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
        self.driver.execute_cdp_cmd("Browser.grantPermissions", permissions)
        self.driver.execute_async_script(COPY, text)
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        keys = ActionChains(self.driver).click(element).key_down(Keys.CONTROL)
        keys.send_keys("a").send_keys("v").key_up(Keys.CONTROL).perform()

    def screenshot(self, path: Path) -> None:
        """Write what is in the window to a PNG file.

        :param path: The file.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.driver.get_screenshot_as_png())

    def _shown(self, selector: str, text: str) -> WebElement | None:
        with contextlib.suppress(StaleElementReferenceException):  # the page has just drawn it anew
            for element in self.driver.find_elements(By.CSS_SELECTOR, selector):
                if element.is_displayed() and text in element.text:
                    return element
        return None
