"""A bulk job, the same for every vendor: one state, the vendor's own word, counters and times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import Enum
from typing import Any

import pendulum

from airflow_jobstatus.protocol.kinds import fits

UNTOLD = frozenset({"share", "retry_after"})
"""The fields that no XCom shows."""
TIMES = ("created_at", "started_at", "updated_at", "completed_at")


class JobState(str, Enum):
    """The five states that a bulk job can be in, whatever the vendor calls them."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    __str__ = str.__str__

    @property
    def is_terminal(self) -> bool:
        """Whether the job stays in this state for ever."""
        return self not in {JobState.PENDING, JobState.RUNNING}


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """What one poll of a bulk job saw.

    :param vendor: The connection type of the vendor, such as ``courier``.
    :param id: The id that was asked for.
    :param state: The state.
    :param status: The vendor's own word for it.
    :param counters: The vendor's own counters by their own names.
    :param total: How many records the job has, None where unknown.
    :param processed: How many have been processed, whether they succeeded or failed.
    :param succeeded: How many succeeded.
    :param failed: How many failed.
    :param error: What the vendor says about why the job failed.
    :param outputs: What the vendor's declaration names as outputs, JSON values by name. Its representation
        leaves them out: a log may show that, and a URL among them may be signed.
    :param created_at: When the job was made.
    :param started_at: When work on it began.
    :param updated_at: When the vendor last changed it.
    :param completed_at: When it ended.
    :param share: The share of the work that the vendor itself says is done, 0 to 1; None where it does not.
        :meth:`to_dict` shows it as the progress.
    :param retry_after: Seconds that the vendor asked to wait before the next poll; it is no fact of the job,
        so :meth:`to_dict` leaves it out.
    """

    vendor: str
    id: str
    state: JobState
    status: str
    counters: Mapping[str, int] = field(default_factory=dict)
    total: int | None = None
    processed: int | None = None
    succeeded: int | None = None
    failed: int | None = None
    error: str | None = None
    created_at: pendulum.DateTime | None = None
    started_at: pendulum.DateTime | None = None
    updated_at: pendulum.DateTime | None = None
    completed_at: pendulum.DateTime | None = None
    outputs: Mapping[str, Any] = field(default_factory=dict, repr=False)
    share: float | None = None
    retry_after: float | None = field(default=None, compare=False)

    @property
    def progress(self) -> float | None:
        """Return the share of the work done, 0 to 1: as the vendor says, or as the counters do, or None."""
        return self._counted if self.share is None else self.share

    @property
    def _counted(self) -> float | None:
        if self.processed is None or not self.total:
            return None
        return min(self.processed / self.total, 1.0)

    def to_dict(self) -> dict[str, Any]:
        """Return the job as plain JSON values, times in ISO 8601."""
        values: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in UNTOLD}
        values["state"] = self.state.value
        values["counters"] = dict(self.counters)
        values["outputs"] = dict(self.outputs)
        values["progress"] = self.progress
        for name in TIMES:
            if values[name] is not None:
                values[name] = values[name].isoformat()
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Job:
        """Return the job that :meth:`to_dict` wrote; keys that it does not know are ignored.

        :raises KeyError: if ``vendor``, ``id``, ``state`` or ``status`` is missing.
        :raises ValueError: if the state or a time is unreadable, or a value is of another kind.
        """
        known = {f.name: values[f.name] for f in fields(cls) if f.name in values}
        known["state"] = JobState(values["state"])
        for name in TIMES:
            if known.get(name) is not None:
                known[name] = _time(known[name])
        for f in fields(cls):
            if f.name in known and not fits(known[f.name], str(f.type)):
                raise ValueError(f"a job's {f.name} is of another kind")
        job = cls(**known)
        if not fits(progress := values.get("progress"), "float | None"):
            raise ValueError("a job's progress is no number")
        return job if progress == job.progress else replace(job, share=progress)


def _time(text: str) -> pendulum.DateTime:
    parsed = pendulum.parse(text)
    if not isinstance(parsed, pendulum.DateTime):
        raise ValueError(f"{text!r} is not a moment in time")  # noqa: TRY004  the value is wrong, not its type
    return parsed
