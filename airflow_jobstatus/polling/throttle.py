"""When an account may be asked next: its rate limit, and its pauses after a 429 or during an outage."""

from __future__ import annotations

import math

from airflow_jobstatus.protocol.bounds import KNOCK_EVERY
from airflow_jobstatus.protocol.errors import TransientError
from airflow_jobstatus.waiting.schedule import backoff

OUTAGE = 3
"""How many requests in a row must fail before the account counts as out of order."""
TOO_MANY_REQUESTS = 429
BURST = 0.1
"""How many seconds' worth of requests may go at once; a whole second's would be twice the rate at first."""
SLOWEST = 0.1
"""The least requests per second to which throttling slows an account down."""
RECOVERY = 1.02
"""The factor by which every good answer speeds a throttled account up again."""
HUNG_AFTER = 15.0
"""Seconds after which the request that tries whether a pause is over counts as hung: nobody waits for it."""
CALM = 120.0
"""Seconds without a 429 after which the rate may grow beyond the one that was last refused."""


class Throttle:
    """Says when the next request of an account may go; it only counts, and never waits itself.

    A token bucket bounds the rate. After a 429, or several failures in a row, the account pauses; then one
    request goes first, and only its good answer lets the others follow, at half the former rate after a 429.

    :param rate: Requests per second.
    :param seed: What makes this account's jitter differ from others'.
    :param now: Seconds that never run backwards.
    """

    def __init__(self, rate: float, seed: str, now: float) -> None:
        self._seed = seed
        self._limit = self._rate = rate
        self._refused_rate = math.inf
        self._refused_at = -math.inf
        self._tokens = _burst(rate)
        self._filled_at = now
        self._resumes_at = -math.inf
        self._went_at = -math.inf
        self._failures = 0
        self._pauses = 0
        self._trying = False
        self._tried_at = -math.inf
        self._error: TransientError | None = None

    def set_rate(self, rate: float) -> None:
        """Set the most requests per second."""
        if rate != self._limit:
            self._limit = self._rate = rate
            self._tokens = min(self._tokens, _burst(rate))

    @property
    def is_unsure(self) -> bool:
        """Whether the account paused, and no good answer has shown since that it need not."""
        return self._error is not None

    def may_knock(self, now: float) -> bool:
        """Return whether a pause has lasted as long as it may, and nobody tries yet whether it is over.

        :param now: Seconds that never run backwards.
        """
        return self._error is not None and not self._trying and now >= self._resumes_at

    def paused_by(self, now: float) -> TransientError | None:
        """Return the error for which the account pauses, None if it does not.

        It stays paused while the request that tries whether the pause is over hangs. ``retry_after`` of the
        error is the seconds left, where they are known.
        """
        left = self._resumes_at - now
        if self._error is None or (left <= 0 and not self._hangs(now)):
            return None
        error, reason = self._error, self._error.reason
        return TransientError(
            error.vendor,
            reason if left > 0 else f"no answer yet to the request that was tried after: {reason}",
            http_status=error.http_status,
            retry_after=left if left > 0 else None,
            layer=error.layer,
            from_vendor=error.from_vendor,
        )

    def delay(self, now: float, *, urgent: bool = False) -> float:
        """Return the seconds until a request may go.

        While one tries whether a pause is over: the seconds until that one counts as hung, and then infinity.

        :param now: Seconds that never run backwards.
        :param urgent: Whether the request must not wait for the end of a pause: it goes at the mere rate.
        """
        if urgent and self._error is not None:
            return max(self._went_at + 1 / self._rate - now, 0.0)
        if self._trying:
            return math.inf if self._hangs(now) else self._tried_at + HUNG_AFTER - now
        self._fill(now)
        token = 0.0 if self._tokens >= 1 else (1 - self._tokens) / self._rate
        return max(token, self._resumes_at - now, 0.0)

    def enter(self, now: float) -> None:
        """Count a request that goes."""
        self._went_at = now
        if now < self._resumes_at:  # an urgent one
            return
        self._fill(now)
        self._tokens -= 1
        if not self._trying:
            self._trying, self._tried_at = self._error is not None, now

    def leave(self, error: Exception | None, now: float) -> None:
        """Count how a request ended.

        :param error: What it met; None for a good answer.
        :param now: Seconds that never run backwards.
        """
        self._trying = False
        if not isinstance(error, TransientError):
            self._failures = self._pauses = 0
            self._error = None if now >= self._resumes_at else self._error
            self._recover(now)
            return
        self._failures += 1
        throttled = error.http_status == TOO_MANY_REQUESTS
        if throttled or error.retry_after or self._failures >= OUTAGE or self._error is not None:
            self._pause(error, now, throttled=throttled)

    def abandon(self) -> None:
        """Count a request of which nothing is known, not even whether it went."""
        self._trying = False

    def give_back(self) -> None:
        """Take back the permission of a request that did not go."""
        self._trying = False
        self._tokens += 1

    def remembers(self, now: float) -> bool:
        """Return whether the account pauses, or is slower than it may be.

        :param now: Seconds that never run backwards.
        """
        return now < self._resumes_at or self._rate < self._limit

    def _hangs(self, now: float) -> bool:
        return self._trying and now >= self._tried_at + HUNG_AFTER

    def _pause(self, error: TransientError, now: float, *, throttled: bool) -> None:
        if now >= self._resumes_at:
            self._pauses += 1
            if throttled and self._error is None:  # of one request after a pause it is not the rate
                self._refused_rate, self._refused_at = self._rate, now
                self._rate = min(self._limit, max(SLOWEST, self._rate / 2))
        pause = min(error.retry_after or backoff(self._pauses, self._seed), KNOCK_EVERY)
        self._resumes_at = max(self._resumes_at, now + pause)
        self._error = error
        self._tokens = 1.0
        self._filled_at = max(self._resumes_at, self._filled_at)

    def _recover(self, now: float) -> None:
        """Speed up after a good answer, but stay below the rate that was refused until it has been calm."""
        if self._rate < self._limit:
            calm = now - self._refused_at > CALM
            most = self._limit if calm else min(self._limit, self._refused_rate * 0.9)
            self._rate = max(self._rate, min(self._rate * RECOVERY, most))

    def _fill(self, now: float) -> None:
        if now > self._filled_at:
            # After a throttling they go one by one.
            most = 1.0 if self._rate < self._limit else _burst(self._rate)
            self._tokens = min(most, self._tokens + (now - self._filled_at) * self._rate)
            self._filled_at = now


def _burst(rate: float) -> float:
    return max(1.0, BURST * rate)
