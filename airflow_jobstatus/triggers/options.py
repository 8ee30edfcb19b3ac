"""What a task asks of its wait, in the form in which its triggers keep it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import timedelta
from typing import Any

from airflow_jobstatus.protocol.kinds import fits
from airflow_jobstatus.waiting.wait import DEFAULT_UNREACHABLE_TIMEOUT, Wait

ATTRIBUTE = "attribute"
"""The key of a field's metadata that names the sensor's attribute, where its name is another."""


@dataclass(frozen=True, kw_only=True)
class TriggerOptions:
    """What a task asks of its wait: the same for every run, and for every trigger of the task.

    A new option is a field here, and an argument of the sensor that is kept in an attribute of the same name
    or of the name in the field's metadata. What uses it takes it from here; what is also a field of ``Wait``
    is passed to each wait.

    :param interval: Seconds between two polls of a healthy job.
    :param exponential: Whether the interval doubles from poll to poll.
    :param max_interval: The most seconds to which it doubles, None for no bound.
    :param unreachable_timeout: Seconds without a single good answer after which the wait gives up.
    :param stall_timeout: Seconds without any change of the job after which the wait gives up, None for never.
    :param max_failed: How many failed records a job that succeeded may have, None for any number.
    :param max_failed_ratio: Which share of failed records it may have, 0 to 1, None for any.
    :param cancel_on_kill: Whether to cancel the vendor's job when a person ends the task.
    :param end_from_trigger: Whether a success ends the task in the triggerer; a worker ends it otherwise.
    :param do_xcom_push: Whether the task pushes its job and its counters as XComs.
    """

    interval: float = field(default=60.0, metadata={ATTRIBUTE: "poke_interval"})
    exponential: bool = field(default=False, metadata={ATTRIBUTE: "exponential_backoff"})
    max_interval: float | None = field(default=None, metadata={ATTRIBUTE: "max_wait"})
    unreachable_timeout: float = DEFAULT_UNREACHABLE_TIMEOUT
    stall_timeout: float | None = None
    max_failed: int | None = None
    max_failed_ratio: float | None = None
    cancel_on_kill: bool = False
    end_from_trigger: bool = field(default=False, metadata={ATTRIBUTE: "ends_from_trigger"})
    do_xcom_push: bool = True

    @classmethod
    def of(cls, sensor: object) -> TriggerOptions:
        """Return what a sensor asks of its wait.

        :param sensor: The sensor; a timedelta of it becomes seconds.
        """
        asked = {f.name: getattr(sensor, f.metadata.get(ATTRIBUTE, f.name)) for f in fields(cls)}
        return cls(**{name: _in_seconds(value) for name, value in asked.items()})

    def wait(self, **run: Any) -> Wait:
        """Return the wait of one run.

        :param run: What that run adds: ``job_id``, ``began``, ``deadline`` and ``limit`` of :class:`Wait`.
        """
        names = {f.name for f in fields(Wait)}
        ours = {name: value for name, value in self.to_dict().items() if name in names}
        return Wait.from_dict({**ours, **run})[0]

    def to_dict(self) -> dict[str, Any]:
        """Return the options as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> tuple[TriggerOptions, frozenset[str]]:
        """Return the options that :meth:`to_dict` wrote, and the names of what this release cannot read.

        :param values: The options; one that an earlier release did not write has its default.
        """
        if not isinstance(values, Mapping):
            return cls(), frozenset({"options"})
        kinds = {f.name: str(f.type) for f in fields(cls)}
        known = {name: value for name, value in values.items() if name in kinds and fits(value, kinds[name])}
        return cls(**known), frozenset(values) - frozenset(known)


def read_options(
    values: Mapping[str, Any] | None, others: Iterable[str]
) -> tuple[TriggerOptions, str | None]:
    """Return the options of a trigger, and what to say of what this release does not know; None for nothing.

    The trigger says it when it runs: triggers are made in the event loop, many at once.

    :param values: The options as ``TriggerOptions.to_dict()`` wrote them, None for the defaults.
    :param others: The names of arguments of the trigger that it does not know.
    """
    options, unknown = TriggerOptions.from_dict(values or {})
    names = sorted({*unknown, *others})
    return options, f"Ignoring what this release does not know: {', '.join(names)}" if names else None


def _in_seconds(value: Any) -> Any:
    return value.total_seconds() if isinstance(value, timedelta) else value
