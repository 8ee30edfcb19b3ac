"""Airflow's page of connections, as a person uses it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from lab.browser import Browser

STANDARD = ("host", "login", "password", "port")
SECTION = "[role=dialog] [data-part=item-trigger]"
TOAST = "[data-scope=toast][data-part=root]"


class ConnectionsPage:
    """The list of connections, and the form of one.

    What is typed or shown is a text, and an object in a JSON editor.

    :param browser: The browser, signed in.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    def add(self, conn_id: str, type_name: str, values: Mapping[str, Any]) -> None:
        """Fill the form of a new connection, and save it.

        :param conn_id: Its id.
        :param type_name: What its type is called.
        :param values: What to type, by the fields' names.
        """
        self._browser.open("/connections")
        self._browser.find("button", "Add Connection").click()
        self._browser.find("input[name=connection_id]").send_keys(conn_id)
        self._browser.find("[role=dialog] input[role=combobox]").send_keys(type_name, Keys.ENTER)
        self._fill(values)

    def edit(self, conn_id: str, values: Mapping[str, Any]) -> None:
        """Change a connection that there is, and save it.

        :param conn_id: Its id.
        :param values: What to type anew, by the fields' names.
        """
        self._open(conn_id)
        self._fill(values)

    def shown(self, conn_id: str, names: Iterable[str]) -> dict[str, Any]:
        """Return what the form shows of a connection that there is.

        :param conn_id: Its id.
        :param names: The names of the fields.
        """
        self._open(conn_id)
        return {name: self._value(field) for name, field in self._fields(names)}

    def test(self, conn_id: str) -> str:
        """Press the button that tests a connection, and return what Airflow says.

        :param conn_id: Its id.
        """
        self._press(conn_id, "Test Connection")
        return self._browser.find(TOAST).text

    def _open(self, conn_id: str) -> None:
        self._press(conn_id, "Edit Connection")
        self._browser.find(SECTION)

    def _press(self, conn_id: str, label: str) -> None:
        self._browser.open("/connections")
        row = self._browser.find("tbody tr", conn_id)
        row.find_element(By.CSS_SELECTOR, f"button[aria-label='{label}']").click()

    def _fill(self, values: Mapping[str, Any]) -> None:
        for name, field in self._fields(values):
            value = values[name]
            # Never key by key: a busy page draws "25." anew as 25 before the next digit comes.
            self._browser.paste(field, json.dumps(value) if isinstance(value, dict) else value)
        self._browser.find("[role=dialog] button", "Save").click()
        self._browser.find(TOAST, "success")

    def _fields(self, names: Iterable[str]) -> Iterator[tuple[str, WebElement]]:
        """Give the fields one by one, each when it is in view: one section is open at a time."""
        for name in names:
            if name in STANDARD:
                yield name, self._browser.find(f"input[name={name}]")
        self._browser.find(SECTION)
        for section in self._browser.driver.find_elements(By.CSS_SELECTOR, SECTION)[1:-1]:
            section.click()
            content = self._browser.driver.find_element(By.ID, section.get_attribute("aria-controls") or "")
            for name in names:
                if content.find_elements(By.CSS_SELECTOR, f"#element_{name}, [name=element_{name}]"):
                    yield (
                        name,
                        self._browser.find(f"#element_{name} .view-lines, input[name=element_{name}]"),
                    )

    def _value(self, field: WebElement) -> Any:
        if field.tag_name == "input":
            return field.get_attribute("value")
        return json.loads(field.text.replace("\u00a0", " "))
