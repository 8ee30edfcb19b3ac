"""How long to wait for an answer: as long as answers take here, not as long as one may take at most."""

from __future__ import annotations

LEAST = 5.0
"""No answer is given up sooner, in seconds."""
LENIENCY = 10.0
"""How many times the slowest of the recent answers one may take."""
FORGETTING = 0.95
"""The factor by which a slow answer counts less after each quicker one."""


class AdaptiveTimeout:
    """Learns from the answers of one account how long to wait for the next.

    A request that hangs would cost as much as the time limit of the connection, which allows for the slowest
    answer ever; an account that answers in milliseconds is not waited for so long. Whoever gives up too soon
    waits twice as long the next time.

    :param most: The time limit of the connection, in seconds.
    """

    def __init__(self, most: float) -> None:
        self._most = most
        self._slowest = most / LENIENCY

    @property
    def limit(self) -> float:
        """Return the seconds to wait for the next answer."""
        return min(self._most, max(LEAST, LENIENCY * self._slowest))

    def answered(self, seconds: float) -> None:
        """Learn from an answer."""
        self._slowest = max(seconds, self._slowest * FORGETTING)

    def gave_up(self, after: float) -> None:
        """Record that an answer was given up; of many that hang at once, only one counts.

        :param after: The limit that it had, in seconds.
        """
        self._slowest = max(self._slowest, 2 * after / LENIENCY)
