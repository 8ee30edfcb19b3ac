"""The check that a user of ``HttpEventTrigger`` writes; the trigger reloads this module in every poll."""

from typing import Any


async def has_ended(response: Any) -> bool:
    """Return whether an answer shows a job that has ended."""
    return bool(response.json()["job"]["status"] == "COMPLETED")
