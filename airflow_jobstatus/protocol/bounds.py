"""The bounds of everything that comes from outside, each with its reason.

Nothing that a vendor, a connection or a DAG says is trusted with our time, memory or log.
"""

from __future__ import annotations

LONGEST_PAUSE = 3600.0
"""The most seconds for which a vendor's Retry-After puts a poll off: an hour of maintenance may be, more
is a mistake that would hide a job's end."""
NONSENSE_PAUSE = 86400.0
"""Seconds beyond which a Retry-After counts as absent: ``1700000000`` is a moment, not a length."""
KNOCK_EVERY = 300.0
"""The most seconds for which a whole account pauses before one request tries whether the pause is over."""
LONGEST_SAID = 4096
"""How much of a text from outside is read in order to show it, in characters or bytes: decoding and searching
more takes long."""
SHOWN = 300
"""How many characters of it are shown: a person reads no more in a line of a log."""
SHOWN_OF_A_PAGE = 120
"""How many characters are shown of an answer that is no JSON; it is rarely worth more."""
MOST_DECODINGS = 4
"""How often a text is decoded: a proxy, a framework and an API may each encode once, an attacker for ever."""
SHORTEST_PART = 4
"""Parts of a secret that are shorter, such as ``en``, are parts of common words."""
DEEPEST_WORDS = 3
"""How deep in a body the vendor's words stand: ``error.details.message`` is the deepest that is known."""
MOST_WORDS = 3
"""How many entries of a list of errors are shown."""
MOST_VALUES = 2000
"""How many values of a body are searched for secrets; an error has a dozen."""
LONGEST_JOB_ID = 512
"""Characters of a job id: it is part of a URL, and servers take URLs of 2,000 characters or more."""
MOST_JOBS = 50_000
"""How many jobs one task may wait for: their ids are kept in the database with the task's state."""
LONGEST_LIST = 4 * 1024 * 1024
"""Characters of a list of job ids that a template renders: reading more takes seconds."""
LONGEST_CALL = 3600.0
"""The most seconds that one request may take: nobody waits longer for a job's state."""
SHORTEST_CALL = 0.01
"""The fewest: light needs a tenth of a second around the earth, a neighbour's answer some milliseconds."""
FEWEST_REQUESTS = 1 / 3600
"""The fewest requests per second of an account: one an hour is as slow as a wait may be."""
MOST_REQUESTS = 1000.0
"""The most: no triggerer polls faster."""
