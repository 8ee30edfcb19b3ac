"""The types of a wait's XComs, for the annotations of tasks that use them; nothing here runs."""

from __future__ import annotations

from typing import Any, Literal, TypedDict


class JobXCom(TypedDict):
    """The XCom ``return_value`` of a wait for one job: ``Job.to_dict()``, plain JSON values.

    Of a list of jobs it is a list of these, with ``None`` for a job that was never seen. Times are texts in
    ISO 8601. What the vendor does not say is ``None``.
    """

    vendor: str
    """The connection's type, such as ``geobridge``."""
    id: str
    """The job's id."""
    state: Literal["pending", "running", "succeeded", "failed", "cancelled"]
    """One of five words, the same for every vendor."""
    status: str
    """The vendor's own word for it."""
    counters: dict[str, int]
    """The vendor's own counters, by the vendor's own names; each is an XCom of its own too."""
    total: int | None
    """How many records the job has."""
    processed: int | None
    """How many have been processed, whether they succeeded or failed."""
    succeeded: int | None
    """How many succeeded."""
    failed: int | None
    """How many failed."""
    error: str | None
    """The vendor's reason why the job failed."""
    created_at: str | None
    """When the job was made."""
    started_at: str | None
    """When work on it began."""
    updated_at: str | None
    """When the vendor last changed it."""
    completed_at: str | None
    """When it ended."""
    outputs: dict[str, Any]
    """What the vendor's declaration names as outputs, by name; each is an XCom of its own too."""
    progress: float | None
    """The share of the work that is done, 0 to 1."""
