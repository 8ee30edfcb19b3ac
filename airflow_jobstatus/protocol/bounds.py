"""The bounds of everything that comes from outside, each with its reason.

Nothing that a vendor, a connection or a DAG says is trusted with our time, memory or log.
"""

from __future__ import annotations

# Delays, in seconds

LONGEST_PAUSE = 3600.0
"""The most seconds for which a vendor's Retry-After puts a poll off: an hour of maintenance may be meant,
more is a mistake that would hide a job's end."""
NONSENSE_PAUSE = 86400.0
"""Seconds beyond which a Retry-After counts as absent: ``1700000000`` is a moment, not a length."""
KNOCK_EVERY = 300.0
"""The most seconds for which a whole account pauses before one request tries whether the pause is over."""
LONGEST_CALL = 3600.0
"""The longest time limit that a connection may set for one request: a status is no download."""
SHORTEST_CALL = 0.01
"""The shortest such limit: even a neighbour takes some milliseconds to answer."""
LONGEST_LIFETIME = 1e9
"""Thirty years; a token that claims to live longer is not believed."""
FEWEST_REQUESTS = 1 / 3600
"""The lowest rate of an account, in requests per second: a wait may poll once an hour, not less often."""
MOST_REQUESTS = 10_000.0
"""The highest rate of an account, in requests per second: a triggerer on one core makes some two thousand."""
LONGEST_WAIT = 10 * 366 * 86400.0
"""The longest time limit of a wait: ten years; a date beyond the calendar cannot be kept in a database."""

LONGEST_REPEAT_PAUSE = 60.0
"""The most seconds for which a write waits before it is repeated: a worker is held meanwhile, and a vendor
that asks for more is asked again in the task's next try."""

# Sizes of an answer, in bytes

LARGEST_ANSWER = 256 * 1024
"""The most of a poll's answer that is read, decoded: a job has a few hundred bytes, one that lists a thousand
failed records a few ten thousand."""
LARGEST_PAGE_ANSWER = 4 * 1024 * 1024
"""The most of a list's page that is read, decoded: a thousand jobs of four kilobytes."""
LARGEST_RESULTS = 1024**4
"""The most of a job's results that is written, decoded: a terabyte is a billion records, more has no end."""
LEAST_PROGRESS = 64 * 1024
"""How much of them has to arrive within the time limit of one request: a slower server holds a worker for
nothing."""
LARGEST_PARSED_AT_ONCE = 64 * 1024
"""The largest body that is parsed in the event loop, which takes it a few milliseconds; a larger one goes to
another thread."""
LONGEST_FIELD = 64_000
"""The longest header field, name and value: both HTTP libraries can read lines of 64 KiB."""
LONGEST_CREDENTIAL = 20_000
"""The longest login and the longest password: base64 of both has to fit into a header field."""
LARGEST_EXTRA = 256 * 1024
"""The largest extra of a connection, in characters: three of the longest queries, and what is beside them."""
LARGEST_HEAD = 256 * 1024
"""All header fields of an answer together: as much as a body may have."""
LONGEST_LINE = 65_536
"""The longest line of a head that the HTTP libraries read; http.client knows no other."""

# Sizes of what is sent, in bytes

LARGEST_PAYLOAD = 64 * 1024 * 1024
"""The largest payload of a job, as JSON: a task holds it in memory several times over."""

# Counts

MOST_VALUES = 100_000
"""The most values and keys in a JSON body. To parse so many takes up to 30 ms, in which no other thread runs;
a thousand jobs of fifty fields have as many."""
MOST_MEMBERS = 1000
"""The most members of a body of gzip: a server that flushes makes one each time, an attacker empty ones."""
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
MOST_PAGES = 100_000
"""How many pages of results are read: with more of them a cursor goes round in a circle."""
MOST_JOBS = 50_000
"""How many jobs one task may wait for: their ids are kept in the database with the task's state."""

# Texts, in characters

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
SHORTEST_KEPT = 8
"""A secret that is shorter stays in a result, which must arrive whole: it may be a part of any word."""
DEEPEST_WORDS = 3
"""How deep in a body the vendor's words stand: ``error.details.message`` is the deepest that is known."""
MOST_WORDS = 3
"""How many entries of a list of errors are shown."""
MOST_SEARCHED = 2000
"""How many values of a body are searched for secrets, and how many for words; an error has a dozen."""
MOST_SECRETS = 100
"""How many secrets of a body are searched for in its words: each is searched for in many forms."""
LONGEST_LIST = 4 * 1024 * 1024
"""Characters of a list of job ids that a template renders: reading more takes seconds."""
LONGEST_JOB_ID = 512
"""The longest job id: it is a part of each URL and each log line; a UUID has 36."""
LONGEST_KEY = 128
"""The longest idempotency key of a submission: a step of it may add to that, and 255 is what others take."""
LONGEST_WORD = 64
"""The longest status word: it is one word, and shown in every line of a wait."""
LONGEST_MOMENT = 64
"""The longest text that is read as a time: with zone and nanoseconds one has 35."""
LONGEST_URL = 8192
"""The longest link to results: a presigned URL with a session token has two thousand."""
LONGEST_EXPRESSION = 2048
"""The longest expression that the library jmespath parses: the longest of those that are in use has a
tenth."""
DEEPEST_EXPRESSION = 50
"""How many of its brackets may be open at once: the parser calls itself for each."""
LONGEST_BODY = 65_536
"""The longest JSON body that a declaration sends: a long GraphQL query has a few thousand."""
LARGEST_OUTPUT = 65_536
"""The longest result, as JSON: more is a file that wants to be fetched, not an XCom."""
SHORTEST_OF_COMPOSED = 8
"""Parts of a secret that was composed, such as ``id:key``, are no secrets of their own where shorter."""
LONGEST_TEXT = 2048
"""The longest text in a vendor's declaration: as long as a URL may be anywhere."""
