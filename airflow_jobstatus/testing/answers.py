"""What one API answers, as its file says it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One poll of a job, and what it means.

    :param name: The scenario's name.
    :param id: The job's id.
    :param request: Method and path that the API must see.
    :param body: What it answers.
    :param status: With which HTTP code.
    :param headers: With which header fields.
    :param expect: What must be read in it.
    """

    name: str
    id: str
    request: str
    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    expect: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What one API answers.

    :param headers: The header fields that each request must carry.
    :param query: The query parameters that each request must carry.
    :param token: The call that signs in, None where there is none.
    :param scenarios: The polls.
    """

    headers: Mapping[str, str]
    query: Mapping[str, str]
    token: Mapping[str, Any] | None
    scenarios: tuple[Scenario, ...]


def read_answers(source: Path | str | Mapping[str, Any]) -> tuple[Answers, ...]:
    """Return the answers that a file, a folder of files or a mapping holds.

    :param source: The path, or the mapping itself.
    :raises ValueError: if there are none, or a scenario lacks a field.
    """
    if isinstance(source, Mapping):
        return (_answers(source, "answers"),)
    path = Path(source)
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    if not files:
        raise ValueError(f"{path} holds no JSON files")
    return tuple(_answers(json.loads(file.read_text()), file.name) for file in files)


def _answers(values: Mapping[str, Any], where: str) -> Answers:
    auth = values.get("auth", {})
    scenarios = tuple(
        _scenario(name, scenario, where) for name, scenario in values.get("scenarios", {}).items()
    )
    if not scenarios:
        raise ValueError(f"{where} has no scenarios")
    return Answers(
        headers=auth.get("headers", {}),
        query=auth.get("query", {}),
        token=values.get("token"),
        scenarios=scenarios,
    )


def _scenario(name: str, values: Mapping[str, Any], where: str) -> Scenario:
    try:
        return Scenario(name=name, **values)
    except TypeError as error:
        raise ValueError(f"{where}: the scenario {name!r} cannot be read: {error}") from None
