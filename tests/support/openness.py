"""The sixteen APIs of ``tests/fixtures/openness``: what each answers, and the connection that reads it."""

from __future__ import annotations

import json
from typing import Any

from airflow_jobstatus.testing.answers import read_answers
from airflow_jobstatus.testing.played import Played
from tests.support.fixture import FOLDER

OPENNESS = FOLDER / "openness"
APIS = sorted(path.stem for path in (OPENNESS / "answers").glob("*.json"))


def answers(api: str) -> dict[str, Any]:
    return json.loads((OPENNESS / "answers" / f"{api}.json").read_text())


def connection(api: str) -> dict[str, Any]:
    return json.loads((OPENNESS / "connections" / f"{api}.json").read_text())


SCENARIOS = [(api, name) for api in APIS for name in answers(api)["scenarios"]]


def played(api: str, name: str) -> Played:
    """Give what plays one scenario of an API."""
    [whole] = read_answers(answers(api))
    return Played(whole, next(scenario for scenario in whole.scenarios if scenario.name == name))


def filled(extra: dict[str, Any], url: str) -> dict[str, Any]:
    """Give an extra with the place of another host filled."""
    return json.loads(json.dumps(extra).replace("{OTHER}", url))
