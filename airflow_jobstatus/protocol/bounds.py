"""The bounds of everything that comes from outside, each with its reason.

Nothing that a vendor, a connection or a DAG says is trusted with our time, memory or log.
"""

from __future__ import annotations

LONGEST_PAUSE = 3600.0
"""The most seconds for which a vendor's Retry-After puts a poll off: an hour of maintenance may be meant,
more is a mistake that would hide a job's end."""
NONSENSE_PAUSE = 86400.0
"""Seconds beyond which a Retry-After counts as absent: ``1700000000`` is a moment, not a length."""
KNOCK_EVERY = 300.0
"""The most seconds for which a whole account pauses before one request tries whether the pause is over."""
