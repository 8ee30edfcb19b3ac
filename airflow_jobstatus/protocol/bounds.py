"""The bounds of everything that comes from outside, each with its reason.

Nothing that a vendor, a connection or a DAG says is trusted with our time, memory or log.
"""

from __future__ import annotations

# Delays, in seconds

LONGEST_PAUSE = 3600.0
"""The most seconds for which a vendor's Retry-After puts a poll off: an hour of maintenance is told in good
faith, more is a mistake that would hide a job's end."""
NONSENSE_PAUSE = 86400.0
"""Seconds beyond which a Retry-After counts as absent: ``1700000000`` is a moment, not a length."""
KNOCK_EVERY = 300.0
"""The most seconds for which a whole account pauses before one request tries whether the pause is over."""
LONGEST_CALL = 3600.0
"""The longest time limit that a connection may set for one request: a status is no download."""
LONGEST_LIFETIME = 1e9
"""Thirty years; a token that claims to live longer is not believed."""

# Sizes of an answer, in bytes

LARGEST_ANSWER = 256 * 1024
"""The most of a poll's answer that is read, decoded: a job has a few hundred bytes, one that lists a thousand
failed records a few ten thousand."""
LARGEST_PAGE_ANSWER = 4 * 1024 * 1024
"""The most of a list's page that is read, decoded: a thousand jobs of four kilobytes."""
LARGEST_PARSED_AT_ONCE = 64 * 1024
"""The largest body that is parsed in the event loop, which takes it a few milliseconds; a larger one goes to
another thread."""
LONGEST_FIELD = 64_000
"""The longest header field, name and value: both HTTP libraries can read lines of 64 KiB."""
LARGEST_HEAD = 256 * 1024
"""All header fields of an answer together: as much as a body may have."""
LONGEST_LINE = 65_536
"""The longest line of a head that the HTTP libraries read; http.client knows no other."""

# Counts

MOST_VALUES = 100_000
"""The most values in a JSON body. To parse so many takes up to 30 ms, in which no other thread runs; a
thousand jobs of a hundred fields have as many."""
MOST_ENTRIES = 100
"""How many entries of a list an expression opens: ten errors say what a hundred say."""
MOST_FIELDS = 99
"""The most header fields of an answer: http.client reads a hundred lines, the empty one included."""
MOST_REDIRECTS = 5
"""How many redirects are followed: one to https, one for a slash, and some to spare."""
LARGEST_PAGE = 10_000
"""The most jobs on a page of a list: more would not fit into the bytes that are read of it."""
LARGEST_COUNT = 2**53
"""The largest counter: beyond it, JSON's numbers are not exact."""

# Texts, in characters

LONGEST_JOB_ID = 512
"""The longest job id: it is a part of each URL and each log line; a UUID has 36."""
LONGEST_WORD = 64
"""The longest status word: it is one word, and shown in every line of a wait."""
LONGEST_MOMENT = 64
"""The longest text that is read as a time: with zone and nanoseconds one has 35."""
LONGEST_SAID = 4096
"""How much of an error is read, in characters or bytes: to redact and search more takes long."""
EXCERPT = 300
"""How much of an error is shown: two lines of a log."""
LONGEST_TEXT = 2048
"""The longest text in a vendor's declaration: as long as a URL may be anywhere."""
