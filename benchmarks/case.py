"""One case: who waits for how many jobs of what length, over what network, with what going wrong."""

from __future__ import annotations

import json
import random
from dataclasses import asdict, dataclass, replace
from typing import Any

HOST = "127.0.0.1"
SEED = 20260801
"""Jobs take the same time in every run and for every peer."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One case, passed to the client's and the server's process alike.

    :param peer: The name of who waits.
    :param waiters: How many jobs are waited for, each by a waiter of its own.
    :param tls: Whether the server is called over TLS.
    :param fault: The name of what goes wrong, None for nothing.
    :param interval: Seconds between two polls.
    :param spread: Seconds over which the waits begin.
    :param shortest: The least seconds from the begin of a wait to the end of its job.
    :param longest: The most.
    :param within: Seconds after the last job's end in which a wait may still end.
    :param rounds: How often the case is measured in one process.
    :param collects: Whether Python's garbage collector runs.
    :param account_rate: What the connection says of requests per second; None for the vendor's default.
    """

    peer: str
    waiters: int
    tls: bool = False
    fault: str | None = None
    interval: float = 5.0
    spread: float = 5.0
    shortest: float = 10.0
    longest: float = 18.0
    within: float = 30.0
    rounds: int = 1
    collects: bool = True
    account_rate: float | None = 10_000.0

    def starts(self) -> list[float]:
        """Return when each wait begins, in seconds after the round's begin."""
        return [self.spread * number / self.waiters for number in range(self.waiters)]

    def ends(self) -> list[float]:
        """Return when each job ends, in seconds after the round's begin."""
        chance = random.Random(SEED)  # noqa: S311  no secret
        return [start + chance.uniform(self.shortest, self.longest) for start in self.starts()]

    @property
    def most_seconds(self) -> float:
        """The most seconds that all rounds may take, with what comes before and after them."""
        return 60 + self.rounds * (self.spread + self.longest + self.within + 10)

    def brief(self) -> Case:
        """Return the case with the shortest jobs that still take more than an interval, measured once."""
        return replace(self, rounds=1, spread=2.5, interval=2.5, shortest=5.5, longest=8)

    def to_json(self) -> str:
        """Return the case as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Case:
        """Return the case that :meth:`to_json` described."""
        values: dict[str, Any] = json.loads(text)
        return cls(**values)
