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
