"""Invents the answers of a declared API: a value wherever the declaration looks for one."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from airflow_jobstatus.sandbox.jobs import Job, Phase, Progress, timestamp
from airflow_jobstatus.sandbox.place import WHOLE, first_place, is_plain, joined, place, proven

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

STATES = {
    Phase.QUEUED: "pending",
    Phase.PROCESSING: "running",
    Phase.SUCCEEDED: "succeeded",
    Phase.FAILED: "failed",
    Phase.CANCELLED: "cancelled",
}
"""What a connection calls the phases of a job."""
WORDS = {
    "pending": ("pending", "queued", "waiting"),
    "running": ("running", "processing", "in progress"),
    "succeeded": ("succeeded", "completed", "done"),
    "failed": ("failed", "error", "failure"),
    "cancelled": ("cancelled", "canceled", "aborted"),
}
"""Words that need no explanation; a connection may give each another meaning."""
UNENDED = {"pending": "running", "running": "pending"}
"""States whose answers may stand for each other, where an API does not distinguish them."""
FAILURE = "The sandbox was asked for a job that fails."
NEEDS_ANSWERS = (
    "cannot be played: {expression!r} is more than names joined by dots; give the answers of the API, "
    "with a scenario for each state"
)


class Invented:
    """The answers of one declared API.

    :param extra: The declaration.
    :param answers: What the real API answers, None to invent all of it: ``scenarios``, each with a ``body``,
        a ``status`` and the ``state`` in its ``expect``, in the form of ``airflow_jobstatus.testing``.
    :raises ValueError: if ``job`` or ``status`` cannot be placed, and the answers lack it.
    """

    def __init__(self, extra: Mapping[str, Any], answers: Mapping[str, Any] | None) -> None:
        self._extra = extra
        self._proof, self._root = proven(extra.get("job") or WHOLE)
        self._status = first_place(extra.get("status") or "status")
        self._scenarios = {
            scenario.get("expect", {}).get("state"): scenario
            for scenario in reversed(list((answers or {}).get("scenarios", {}).values()))
        }
        self.unplayed = {
            field: expression
            for field, expression in self._fields()
            if not (is_plain(self._root) and is_plain(expression))
        }
        for name, expression in (("job", self._root), ("status", self._status)):
            if not is_plain(expression) and "succeeded" not in self._scenarios:
                raise ValueError(f"{name} {NEEDS_ANSWERS.format(expression=expression)}")

    def answer(self, job: Job, progress: Progress) -> tuple[int, Any]:
        """Return the HTTP code and the body that show a job.

        :param job: The job.
        :param progress: How far it has come.
        """
        state = STATES[progress.phase]
        scenario = self._scenarios.get(state) or self._scenarios.get(UNENDED.get(state, ""))
        if scenario is None and self._scenarios and "status" in self.unplayed:
            return 501, {"message": f"the answers have no scenario whose state is {state}"}
        body = copy.deepcopy(scenario["body"]) if scenario else {}
        if self._proof is not None and scenario is None:
            place(body, self._proof, job.id)
        if isinstance(body, dict):
            for field, value in self._values(job, progress, is_scripted=scenario is not None):
                place(body, joined(self._root, self._expression(field)), value)
        return (scenario.get("status", 200) if scenario else 200), body

    def _fields(self) -> Iterator[tuple[str, str]]:
        """Give every place that the declaration names."""
        yield "status", self._status
        for name in ("id", "percent", "error"):
            if self._extra.get(name):
                yield name, first_place(self._extra[name])
        for group in ("counters", "times", "outputs"):
            for name, expression in (self._extra.get(group) or {}).items():
                yield f"{group}.{name}", first_place(expression)

    def _expression(self, field: str) -> str:
        return dict(self._fields())[field]

    def _values(self, job: Job, progress: Progress, *, is_scripted: bool) -> Iterator[tuple[str, Any]]:
        """Give what stands in each field that can be played; what is null stands nowhere."""
        percent = 100 * progress.processed // job.records if job.records else 0
        whole = {"id": job.id, "percent": percent}
        counts = {"total": job.records, "succeeded": progress.succeeded, "failed": progress.failed}
        moments = {
            "created_at": job.created_at,
            "started_at": progress.started_at,
            "updated_at": progress.completed_at or progress.started_at or job.created_at,
            "completed_at": progress.completed_at,
        }
        for field, _ in self._fields():
            group, _, name = field.partition(".")
            value: Any = None
            if field in self.unplayed:
                continue
            if group == "status" and not is_scripted:
                value = self._word(STATES[progress.phase])
            elif group in whole:
                value = whole[group]
            elif group == "error" and progress.phase is Phase.FAILED and not is_scripted:
                value = FAILURE
            elif group == "counters":
                value = counts.get(name, progress.processed)
            elif group == "times" and moments.get(name) is not None:
                value = timestamp(moments[name] or 0.0, "milliseconds")
            elif group == "outputs" and progress.phase is Phase.SUCCEEDED and not is_scripted:
                value = f"sandbox-{name}"
            if value is not None:
                yield field, value

    def _word(self, state: str) -> str:
        """Return a word for a state: the connection's own, or one that it gives no other meaning."""
        own = {
            str(word): str(meaning).strip().lower()
            for word, meaning in (self._extra.get("states") or {}).items()
        }
        taken = {word.casefold() for word in own}
        free = (word for word in WORDS[state] if word not in taken)
        return next((word for word, meaning in own.items() if meaning == state), None) or next(free, state)
