"""What a wait remembers from look to look, as plain values that survive a restart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from airflow_jobstatus.core.job import Job


@dataclass(frozen=True, kw_only=True)
class Memory:
    """What a wait remembers.

    :param job: The job as it was last seen, None if it never was.
    :param looks: How many looks were made.
    :param faults: How many of them had no good answer.
    :param failures: How many of those came since the last good answer.
    :param silent_since: When the first of them came, in seconds since the epoch.
    :param not_before: The moment until which the vendor asked to wait.
    """

    job: Job | None = None
    looks: int = 0
    faults: int = 0
    failures: int = 0
    silent_since: float | None = None
    not_before: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the memory as plain JSON values."""
        values: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        values["job"] = None if self.job is None else self.job.to_dict()
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Memory:
        """Return the memory that :meth:`to_dict` told; keys that it does not know are ignored.

        :raises KeyError: if the job in it is incomplete.
        :raises ValueError: if the job in it is unreadable.
        """
        known = {f.name: values[f.name] for f in fields(cls) if f.name in values}
        if known.get("job") is not None:
            known["job"] = Job.from_dict(known["job"])
        return cls(**known)
