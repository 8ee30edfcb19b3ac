"""The options of the section ``[jobstatus]`` as a table."""

from __future__ import annotations

from airflow_jobstatus.provider import OPTIONS
from docsite.table import table


def configuration() -> str:
    """Return the table of the options."""
    rows = [
        (
            f"`{name}`",
            f"`{option['default']}`",
            option["description"].replace("job_progress", "`job_progress`"),
        )
        for name, option in OPTIONS.items()
    ]
    return table(("option", "default", "meaning"), rows)
