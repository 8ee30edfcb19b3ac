"""Drives one wait in time that does not pass, so that the pages show what the code says and when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from airflow_jobstatus.protocol.account import Account
from airflow_jobstatus.protocol.api import Api
from airflow_jobstatus.protocol.errors import CallError
from airflow_jobstatus.protocol.job import Job
from airflow_jobstatus.vendors.geobridge import GEOBRIDGE
from airflow_jobstatus.waiting.outcome import Outcome
from airflow_jobstatus.waiting.wait import Wait
from airflow_jobstatus.waiting.watch import Watch

Answer = Callable[[float], Job | CallError]


@dataclass
class ScriptedWait:
    """A wait for a job of GeoBridge, whose answers are given.

    :param wait: What is asked for.
    :param answer: What a poll meets, by its moment in seconds since the epoch.
    """

    wait: Wait
    answer: Answer
    lines: list[tuple[float, str]] = field(default_factory=list)
    """The lines of the log, each with its moment."""
    polls: list[tuple[float, Job | CallError]] = field(default_factory=list)
    """What each poll met, with its moment."""

    def run(self) -> tuple[float, Outcome]:
        """Return when the wait ended, and how."""
        now = self.wait.began
        watch = Watch(self.wait, self._source(), say=lambda *words, **_: self._say(now, *words))
        while True:
            seen = self.answer(now)
            self.polls.append((now, seen))
            if outcome := watch.observe(seen, now):
                return now, outcome
            now = watch.next_poll(now)

    def _say(self, now: float, _level: int, event: str, **_fields: Any) -> None:
        self.lines.append((now, event))

    @staticmethod
    def _source() -> Api:
        return Api(Account(vendor=GEOBRIDGE, base_url=GEOBRIDGE.base_url, secret="", ca_bundle=""))
