"""The only I/O: two thin ways to carry the flows of the core over HTTP."""

MAX_BODY = 16 * 1024 * 1024
"""The most bytes of an answer that are read; a status answer has a few hundred."""
