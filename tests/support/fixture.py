"""The vendors' documented answers under ``tests/fixtures``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "fixtures"


def load(vendor: str, name: str) -> Any:
    """Give the JSON value of one file, its name without suffix."""
    return json.loads((FOLDER / vendor / f"{name}.json").read_bytes())


def names() -> set[tuple[str, str]]:
    """Give the vendor and the name of every file."""
    return {(path.parent.name, path.stem) for path in FOLDER.glob("*/*.json")}


def of_job(vendor: str, body: Any, job_id: str) -> Any:
    """Give the answer with the id of a job in place of its own, where the vendor's jobs have one."""
    if vendor == "elastic_path" and isinstance(body, dict) and isinstance(body.get("data"), dict):
        return {**body, "data": {**body["data"], "id": job_id}}
    return {**body, "id": job_id} if vendor == "geobridge" and "id" in body else body
