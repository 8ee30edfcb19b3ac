"""Writes down the forms of this release: ``python -m tests.golden``, once before it is cut."""

from __future__ import annotations

import json

from airflow_jobstatus import __version__
from tests.golden.forms import FOLDER, forms

path = FOLDER / f"{__version__}.json"
path.write_text(json.dumps(forms(), indent=2) + "\n")
